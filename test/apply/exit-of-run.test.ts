/** How a run's end becomes an exit code: the same without screens, in the wizard, and by itself. */
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {leave} from '../../screens/journey/leaving.ts';
import {startOf} from '../../screens/journey/state.ts';
import {foldEvents} from '../../screens/run-view.ts';
import type {RunEvent, RunOutcome} from '../../src/apply/events.ts';
import {exitOfRun} from '../../src/apply/exit-of-run.ts';
import {follow} from '../../src/cli/follow.ts';
import {type ErrorReport, type ExitName, exitCodes} from '../../src/errors.ts';
import {FakeRun} from '../screens/fake-session.ts';

beforeEach(() => {
	for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockReturnValue(true);
});
afterEach(() => {
	vi.restoreAllMocks();
});

const ends: [outcome: RunOutcome, error: ExitName | null, exit: ExitName][] = [
	['done', null, 'ok'],
	// Something stays that is not as it should be.
	['done', 'host', 'host'],
	['unproven', 'unproven', 'unproven'],
	['unproven', null, 'unproven'],
	// What was undone, or refused before its first step, exits with its reason.
	['undone', 'undone', 'undone'],
	['undone', 'changed', 'changed'],
	['undone', 'release', 'release'],
	['undone', 'unproven', 'unproven'],
	['undone', 'interrupted', 'interrupted'],
	['undone', 'bug', 'bug'],
	['undone', null, 'undone'],
	['stopped', 'incomplete', 'incomplete'],
	// A run that was to be finished, and was refused.
	['stopped', 'changed', 'changed'],
	['stopped', null, 'incomplete'],
	// What a person must know first is that something is left, whatever the reason was.
	['incomplete', 'release', 'incomplete'],
	['incomplete', 'interrupted', 'incomplete'],
];

describe.each(ends)('a run that ends %s, with an error of the exit %s', (outcome, exit, wanted) => {
	const error: ErrorReport | null = exit && {exit, message: 'm', why: null, remedy: [], evidence: []};
	const finished: RunEvent = {
		number: 1,
		at: '2026-01-01T00:00:00.000Z',
		event: 'run-finished',
		outcome,
		error,
		left: [],
	};

	it(`exits with ${wanted}`, () => {
		expect(exitOfRun(outcome, error)).toBe(wanted);
	});

	it('does so on the command line', async () => {
		const run = new FakeRun().push(finished);
		expect(await follow(run, {json: false, onInterrupt: 'cancel'})).toBe(exitCodes[wanted].code);
	});

	it('does so in the wizard', () => {
		const state = {...startOf({}, null), screen: 'result' as const, run: foldEvents(null, [finished])};
		expect(leave(state, null).end?.exit).toBe(wanted);
	});
});
