/** What is said of every recorded host: in a document of the published schema, in 80 columns, and as the plan does it. */
import {describe, expect, it, vi} from 'vitest';
import {pairName} from '../../src/catalogue/catalogue.ts';
import {defaultGuestMemory, fittingGuestMemory} from '../../src/catalogue/guest-memory.ts';
import {checkDocument} from '../../src/facts/check-document.ts';
import {architectures, type Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {outlookOf, type PairOutlook} from '../../src/facts/outlook.ts';
import {parseFacts} from '../../src/facts/recorded.ts';
import {reportFacts} from '../../src/facts/report.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Step} from '../../src/plan/plan.ts';
import {play} from '../corpus/play.ts';
import {loadRecording, recordingNames} from '../corpus/recording.ts';
import {sampleChoice} from '../support/facts.ts';
import {faultsOf} from '../support/schema.ts';

// The library that fills gaps looks at the machine of the test, not at the recorded one.
vi.mock('systeminformation', () => ({default: {}}));

/** What is promised of a pair, by the steps that would make it so. */
function promised(pair: PairOutlook, facts: Facts): {modules: string[]; dropIn: boolean} {
	const {runtime, hypervisor} = pair;
	const architecture = architectures.find(name => name === facts.machine) ?? 'x86_64';
	const {mib} = fittingGuestMemory(facts, hypervisor);
	const {release} = sampleChoice();
	const choice = sampleChoice({
		runtime,
		hypervisor,
		release: {...release, architecture, archives: release.archives.map(one => ({...one, carries: [runtime]}))},
		...(mib === defaultGuestMemory ? {} : {guestMemoryMiB: mib}),
	});
	const {steps}: {steps: Step[]} = planInstall(facts, choice, {rehearsal: false});
	return {
		modules: steps.flatMap(step => (step.kind === 'load-module' ? [step.args.module] : [])),
		dropIn: steps.some(({id}) => id.endsWith('/10-kata-setup.toml')),
	};
}

describe.each(recordingNames)('%s', name => {
	const played = (): Promise<{facts: Facts; findings: Finding[]}> => play(loadRecording(name));

	it('is a document of the schema, and comes back from it', async () => {
		const {facts, findings} = await played();
		const document = JSON.parse(JSON.stringify(checkDocument(facts, findings, outlookOf(facts, findings)))) as object;
		expect(faultsOf('check.schema.json', document)).toEqual([]);
		expect(parseFacts(document)).toEqual((document as {facts: Facts}).facts);
	});

	it('is told in 80 columns of ASCII', async () => {
		const {facts, findings} = await played();
		for (const line of reportFacts(facts, findings, outlookOf(facts, findings))) {
			// A command is never wrapped, and a path is never broken: they are there to be copied.
			if (!/^ *(\$ |(- )?\S+$)/.test(line)) expect(line.length, line).toBeLessThanOrEqual(80);
			expect(line).toMatch(/^[ -~]*$/);
		}
	});

	it('gets from the plan what its pairs are promised', async () => {
		const {facts, findings} = await played();
		for (const pair of outlookOf(facts, findings).pairs) {
			if (pair.outlook === 'no') continue;
			const {modules, dropIn} = promised(pair, facts);
			const loads = pair.changes.filter(change => change.startsWith('loads the kernel module'));
			expect(loads, pairName(pair)).toEqual(modules.map(module => `loads the kernel module ${module}`));
			expect(pair.changes.length > loads.length, pairName(pair)).toBe(dropIn);
		}
	});
});
