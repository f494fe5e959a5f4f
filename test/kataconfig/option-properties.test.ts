/** What must hold of every option: on every recorded host, for every pair that it offers, whatever pages and rights it has. */
import {beforeAll, describe, expect, it, vi} from 'vitest';
import {allAvailability} from '../../src/catalogue/availability.ts';
import {newestDescribed} from '../../src/catalogue/by-release.ts';
import {pairName} from '../../src/catalogue/catalogue.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {judge} from '../../src/facts/judge.ts';
import {
	type ChoiceOption,
	choiceOptions,
	reasonAgainst,
	unsetValue,
	valuesOf,
} from '../../src/kataconfig/option-choices.ts';
import {type OptionValue, tablesFor} from '../../src/kataconfig/options.ts';
import {planInstall} from '../../src/plan/install.ts';
import {play} from '../corpus/play.ts';
import {loadRecording, recordingNames} from '../corpus/recording.ts';
import {sampleChoice} from '../support/facts.ts';

// The library that fills gaps looks at the machine of the test, not at the recorded one.
vi.mock('systeminformation', () => ({default: {}}));

const pages = (freePages: number, mounted: boolean): Facts['memory']['hugePages'] => ({
	pageBytes: 2 ** 21,
	freePages,
	mounted,
});

/** The host as it was recorded, with and without huge pages, and with a /dev/kvm for everybody and for nobody but root. */
const variantsOf = (facts: Facts): Facts[] => [
	facts,
	{...facts, memory: {...facts.memory, hugePages: pages(0, true)}, kvm: {...facts.kvm, mode: 0o600}},
	{...facts, memory: {...facts.memory, hugePages: pages(4096, false)}, kvm: {...facts.kvm, mode: 0o660}},
	{...facts, memory: {...facts.memory, hugePages: pages(4096, true)}, kvm: {...facts.kvm, mode: 0o666}},
];

const set = (name: ChoiceOption, value: OptionValue) =>
	name === 'guest-memory' ? {guestMemoryMiB: Number(value)} : {options: {[name]: value}};

describe.each(recordingNames)('on %s', name => {
	let recorded: Facts;
	beforeAll(async () => {
		recorded = (await play(loadRecording(name))).facts;
	});

	it('a value that is offered plans, and an option that cannot be changed has its reason', () => {
		for (const [index, facts] of variantsOf(recorded).entries()) {
			const findings = judge(facts);
			if (findings.some(({severity, affects}) => severity === 'blocker' && affects === 'all')) continue;
			for (const pair of allAvailability(facts, newestDescribed, findings)) {
				if (pair.availability.state !== 'ok') continue;
				// The others do not depend on what the variants change.
				for (const option of index === 0 ? choiceOptions : (['hugepages', 'rootless'] as const)) {
					const what = `${option} of ${pairName(pair)}`;
					const values = valuesOf(pair, facts, option);
					const unset = unsetValue(pair, facts, option);
					if (values.length < 2) expect(reasonAgainst(pair, facts, option), what).toMatch(/^.{3,}$/);
					if (option !== 'guest-memory' && unset !== null) expect(tablesFor(pair, option), what).not.toEqual([]);
					for (const value of values.filter(one => one !== unset)) {
						const {runtime, hypervisor} = pair;
						const {release} = sampleChoice();
						const memory = unsetValue(pair, facts, 'guest-memory');
						const guest = memory === 2048 ? {} : {guestMemoryMiB: Number(memory)};
						const choice = sampleChoice({
							runtime,
							hypervisor,
							release: {...release, version: newestDescribed, architecture: facts.machine as 'x86_64'},
							...guest,
							...set(option, value),
						});
						expect(() => planInstall(facts, choice, {rehearsal: false}), `${what}: ${value}`).not.toThrow();
					}
				}
			}
		}
	});
});
