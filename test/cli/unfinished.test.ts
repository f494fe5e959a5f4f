/** What a command says that meets a run which was not finished. */
import {describe, expect, it} from 'vitest';
import {firstLines} from '../../src/cli/unfinished.ts';
import type {InstallationFacts} from '../../src/facts/facts.ts';

const met = (verb: 'switch' | 'uninstall' | null): string[] => {
	const unfinished = verb && {run: 'r2', verb, begun: '2026-11-23T09:00:00.000Z', by: 'ops'};
	return firstLines({unfinishedRun: 'r2', unfinished} as InstallationFacts);
};

describe('a command that meets a run which was not finished', () => {
	it.each([
		['switch', 'The switch that ops began on 2026-11-23 09:00 UTC'],
		[null, 'The run r2'],
	] as const)('undoes it first, and names what else can be done: %s', (verb, run) => {
		expect(met(verb)).toEqual([
			`${run} was not finished. It is undone first.`,
			'To do the rest of it instead: kata-setup finish. To undo it and no more: kata-setup undo. To look at it: kata-setup status.',
		]);
	});

	it('goes on with an uninstall first', () => {
		expect(met('uninstall')).toEqual([
			'The uninstall that ops began on 2026-11-23 09:00 UTC was not finished. It is gone on with first.',
			'To do that alone: kata-setup finish. To look at it: kata-setup status.',
		]);
	});
});
