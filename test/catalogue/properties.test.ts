/** What must hold of every choice: on every recorded host, for every architecture, release, runtime and hypervisor. */
import {beforeAll, describe, expect, it, vi} from 'vitest';
import {allAvailability, recommend, releaseDefault} from '../../src/catalogue/availability.ts';
import {ownDefault} from '../../src/catalogue/by-release.ts';
import {type Pair, pairIn, pairName, runtimes} from '../../src/catalogue/catalogue.ts';
import {fittingGuestMemory, shippedGuestMemory} from '../../src/catalogue/guest-memory.ts';
import {remedyFor} from '../../src/catalogue/remedy.ts';
import {type Architecture, architectures, type Facts} from '../../src/facts/facts.ts';
import {judge} from '../../src/facts/judge.ts';
import {outlookOf} from '../../src/facts/outlook.ts';
import {planInstall} from '../../src/plan/install.ts';
import {play} from '../corpus/play.ts';
import {loadRecording, recordingNames} from '../corpus/recording.ts';
import {sampleChoice, sampleContainerd, sampleFacts} from '../support/facts.ts';

// The library that fills gaps looks at the machine of the test, not at the recorded one.
vi.mock('systeminformation', () => ({default: {}}));

/** Every release that changed something, the current one, and one that nobody knows yet. */
const versions = [
	...['3.3.0', '3.9.0', '3.10.0', '3.20.0', '3.21.0', '3.22.0', '3.23.0', '3.24.0', '3.25.0', '3.29.0'],
	...['3.30.0', '3.31.0', '3.32.0', '4.0.0', '4.1.0', '4.9.0'],
];

/** The machines that a host may be: those that Kata is released for, and one more. */
const machines = [...architectures, 'riscv64'];

const choiceOf = (facts: Facts, pair: Pair, version: string) => {
	const {release} = sampleChoice();
	const {mib} = fittingGuestMemory(facts, pair);
	return sampleChoice({
		...pairIn(pair),
		release: {...release, version, architecture: facts.machine as Architecture},
		...(mib === shippedGuestMemory(pair) ? {} : {guestMemoryMiB: mib}),
	});
};

/** One clause: no sentence's end, no line's end, not longer than two lines of a terminal. */
const clause = /^(?!.*[.;\n] ?$)[^\n]{3,160}$/;

describe.each(recordingNames)('on %s', name => {
	let recorded: Facts;
	beforeAll(async () => {
		recorded = (await play(loadRecording(name))).facts;
	});

	it('an offered pair plans and a refused one has one reason, for every machine and release', () => {
		for (const machine of machines) {
			const facts = {...recorded, machine};
			const findings = judge(facts);
			// Without an engine to configure, with two, or with a Kata in the way no pair plans, and a finding says so.
			const blocked = findings.some(({severity, affects}) => severity === 'blocker' && affects === 'all');
			for (const version of versions)
				for (const pair of allAvailability(facts, version, findings)) {
					const what = `${pairName(pair)} of ${version} on ${machine}`;
					const {availability} = pair;
					if (availability.state === 'unavailable') {
						expect(availability.reason, what).toMatch(clause);
						continue;
					}
					expect(remedyFor(pair, facts, version, findings), what).toBeNull();
					if (blocked) continue;
					expect(() => planInstall(facts, choiceOf(facts, pair, version), {rehearsal: false}), what).not.toThrow();
				}
		}
	});

	it('what is recommended can be chosen, and has its reasons', () => {
		for (const machine of machines)
			for (const version of versions) {
				const facts = {...recorded, machine};
				const {pairs, recommendation} = outlookOf(facts, judge(facts), version);
				if (!recommendation) continue;
				const found = pairs.find(pair => pairName(pair) === pairName(recommendation.pair));
				expect(found?.outlook, `${version} on ${machine}`).not.toBe('no');
				expect(recommendation.reasons, `${version} on ${machine}`).not.toEqual([]);
			}
	});
});

describe('on a host that constrains nothing', () => {
	const on = (machine: string) =>
		sampleFacts({machine, containerd: [sampleContainerd({snapshotters: {blockfile: 'ok'}})]});

	it.each(architectures.flatMap(machine => versions.map(version => [machine, version] as const)))(
		'%s: the pair offered for %s is the release’s own default',
		(machine, version) => {
			const wanted = releaseDefault(version).pair;
			// rust came to ppc64le with 4.1 only: what 4.0 offers there is go's default.
			const its = allAvailability(on(machine), version).find(pair => pairName(pair) === pairName(wanted));
			const expected = its?.availability.state === 'ok' ? wanted : ownDefault('go', version);
			expect(recommend(on(machine), version)).toEqual(expected);
			for (const runtime of runtimes) {
				const own = ownDefault(runtime, version);
				const there = allAvailability(on(machine), version).find(pair => pairName(pair) === pairName(own));
				if (there?.availability.state === 'ok') expect(recommend(on(machine), version, {runtime})).toEqual(own);
			}
		},
	);
});
