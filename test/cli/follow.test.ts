/** A run without screens: what is told, what Ctrl-C does, and the exit code. */
import {PassThrough} from 'node:stream';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import type {RunEvent} from '../../src/apply/events.ts';
import {follow, interruptedWords} from '../../src/cli/follow.ts';
import {RunText} from '../../src/cli/run-text.ts';
import {exitCodes} from '../../src/errors.ts';
import {FakeRun} from '../screens/fake-session.ts';

let run: FakeRun;
let answers: PassThrough;
let said: string[];

beforeEach(() => {
	run = new FakeRun();
	answers = new PassThrough();
	said = [];
	vi.spyOn(process.stdout, 'write').mockImplementation(chunk => said.push(String(chunk)) > 0);
});
afterEach(() => {
	vi.restoreAllMocks();
});

const finished: Extract<RunEvent, {event: 'run-finished'}> = {
	number: 1,
	at: '2026-01-01T00:00:00.000Z',
	event: 'run-finished',
	outcome: 'stopped',
	error: null,
	left: [],
};

const started: Extract<RunEvent, {event: 'run-started'}> = {
	number: 1,
	at: finished.at,
	event: 'run-started',
	run: 'r1',
	verb: 'repair',
	planHash: 'abc',
	rehearsal: false,
	notes: ['/etc/mine.toml stays.'],
	steps: [],
};

const followed = (onInterrupt: 'ask' | 'cancel' | 'detach'): Promise<number> =>
	follow(run, {json: false, onInterrupt, answers});

describe('Ctrl-C', () => {
	it('once asks and does nothing, twice cancels', async () => {
		const code = followed('ask');
		process.emit('SIGINT');
		expect(said.join('')).toContain(interruptedWords(null));
		expect(run).toMatchObject({cancelled: 0, stopped: 0, detached: 0});
		process.emit('SIGINT');
		expect(run.cancelled).toBe(1);
		run.push(finished);
		expect(await code).toBe(exitCodes.incomplete.code);
	});

	it.each([
		['s', {cancelled: 0, stopped: 1, detached: 0}],
		['d', {cancelled: 0, stopped: 0, detached: 1}],
		['', {cancelled: 0, stopped: 0, detached: 0}],
	])('answered with `%s`', async (answer, wanted) => {
		const code = followed('ask');
		process.emit('SIGINT');
		const before = said.length;
		answers.write(`${answer}\n`);
		await vi.waitFor(() => expect(said.length).toBeGreaterThan(before));
		expect(run).toMatchObject(wanted);
		run.close();
		expect(await code).toBe(answer === 'd' ? exitCodes.interrupted.code : exitCodes.incomplete.code);
	});

	it('asks again after a person went on', async () => {
		const code = followed('ask');
		process.emit('SIGINT');
		answers.write('\n');
		await vi.waitFor(() => expect(said.join('')).toContain('It goes on.'));
		process.emit('SIGINT');
		expect(run.cancelled).toBe(0);
		expect(said.join('').split(interruptedWords(null))).toHaveLength(3);
		run.close();
		await code;
	});

	it.each([
		['uninstall', 'kata-setup finish'],
		['undo', 'kata-setup undo'],
	] as const)('twice stops an %s after its step, as it is never turned round', async (verb, rest) => {
		const code = followed('ask');
		run.push({...started, verb});
		await vi.waitFor(() => expect(said.join('')).toContain(verb));
		process.emit('SIGINT');
		expect(said.join('')).toContain(`Ctrl-C again stops after this step; \`${rest}\` does the rest.`);
		expect(said.join('')).not.toContain('undoes');
		process.emit('SIGINT');
		expect(run).toMatchObject({cancelled: 0, stopped: 1});
		process.emit('SIGTERM');
		expect(run).toMatchObject({cancelled: 0, stopped: 2});
		run.push({...finished, number: 2});
		await code;
	});

	it('without a terminal cancels at once, as SIGTERM always does', async () => {
		const code = followed('cancel');
		process.emit('SIGINT');
		expect(run.cancelled).toBe(1);
		process.emit('SIGTERM');
		expect(run.cancelled).toBe(2);
		run.push(finished);
		await code;
	});
});

describe('what there is to know of a plan', () => {
	it.each([
		[false, 1],
		[true, 0],
	])('is told before the run, unless the plan was shown (%s)', async (planShown, times) => {
		const code = follow(run, {json: false, planShown, onInterrupt: 'cancel'});
		run.push(started, {...finished, number: 2, outcome: 'done'});
		expect(await code).toBe(0);
		expect(said.join('').split('Note: /etc/mine.toml stays.')).toHaveLength(times + 1);
	});
});

describe('a run of which nothing stands', () => {
	const undone = {...finished, number: 3, outcome: 'undone' as const};

	it('was refused where nothing was begun, and taken back where something was', () => {
		const refused = new RunText();
		refused.lines(started);
		expect(refused.lines(undone)).toEqual(['Refused before the first step; nothing was done.']);
		const failed = new RunText();
		failed.lines(started);
		failed.lines({...finished, number: 2, event: 'undo-started', reason: 'failed'});
		expect(failed.lines(undone)).toEqual(['Nothing of it stands: the host is as it was.']);
	});
});

describe('a run that could not be finished', () => {
	it.each([
		['install', ['To do the rest: kata-setup finish', 'To take it back: kata-setup undo']],
		['uninstall', ['To do the rest: kata-setup finish']],
		['undo', ['To do the rest: kata-setup undo']],
	] as const)('names the ways on, of an %s', (verb, ways) => {
		const text = new RunText();
		text.lines({...started, verb});
		const [first, ...rest] = text.lines({...finished, number: 2, outcome: 'incomplete'});
		expect(first).toBe(
			verb === 'install'
				? 'It failed, and not all of it could be taken back.'
				: 'It is not finished: what was done stands.',
		);
		expect(rest).toEqual(ways.map(way => `  ${way}`));
	});
});
