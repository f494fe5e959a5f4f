/** The worker in this process, on a throwaway root: when it begins, and what its viewers get. */
import {existsSync} from 'node:fs';
import * as fs from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {startRun} from '../../src/apply/client.ts';
import type {RunEvent} from '../../src/apply/events.ts';
import {readSummary} from '../../src/apply/summary.ts';
import {tidy} from '../../src/apply/tidy.ts';
import {Viewers} from '../../src/apply/viewers.ts';
import {type WorkerAnswer, type WorkerTask, work} from '../../src/apply/worker.ts';
import {KataSetupError} from '../../src/errors.ts';
import type {Host} from '../../src/host/host.ts';
import {takeLock} from '../../src/host/lock.ts';
import {createRootedHost} from '../../src/host/rooted.ts';
import {journalFile, keptPlanFile, lockFile, summaryFile} from '../../src/layout.ts';
import {finishPlan} from '../../src/plan/finish.ts';
import {makeStep} from '../../src/plan/make-step.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {refusalOf} from '../support/refusal.ts';

let root: string;
let host: Host;

beforeEach(async () => {
	root = await fs.mkdtemp(join(tmpdir(), 'kata-setup-worker-'));
	await fs.mkdir(join(root, 'var/lib'), {recursive: true});
	await fs.mkdir(join(root, 'run'));
	host = createRootedHost({
		root,
		kind: 'rehearsal',
		run: async file => ({command: file, code: 0, stdout: '', stderr: '', timedOut: false, notStarted: null}),
	});
});
afterEach(() => fs.rm(root, {recursive: true, force: true}));

const plan = finishPlan(sampleFacts(), {
	verb: 'install',
	rehearsal: true,
	choice: sampleChoice(),
	steps: [
		makeStep(
			'make-directory',
			{path: '/var/lib/x', mode: 0o755},
			{
				of: '/var/lib/x',
				title: 'Make it',
				why: 'a test',
				undo: 'undo it',
				pre: [{kind: 'path', path: '/var/lib/x', state: 'absent'}],
			},
		),
	],
	notes: [],
	command: 'x',
});

const taskOf = (run: string, its = plan): WorkerTask => ({
	plan: its,
	run,
	by: 'ops',
	uid: process.getuid?.() ?? 0,
	gid: process.getgid?.() ?? 0,
	network: {},
});

/** Starts a run and gives its answer and its end. */
async function started(run = 'r1'): Promise<{socket: string; over: Promise<void>}> {
	let over: Promise<void> = Promise.resolve();
	const answer = await new Promise<WorkerAnswer>(resolve => {
		over = work(host, taskOf(run), resolve);
	});
	if (!('socket' in answer)) throw new Error(answer.error.message);
	return {socket: answer.socket, over};
}

/** Looks at a run to its end. */
async function watched({socket, over}: {socket: string; over: Promise<void>}) {
	let last: RunEvent | null = null;
	for await (const line of createInterface({input: connect(socket)})) last = JSON.parse(line) as RunEvent;
	return {last, over};
}

describe('a run that is over in a moment', () => {
	it('does not begin before the one who started it looks, and is seen from its first event to its last', async () => {
		const {socket, over} = await started();
		// Long enough for the whole run: it takes some milliseconds.
		await new Promise(resolve => setTimeout(resolve, 500));
		expect(await host.files.stat(journalFile)).toBeNull();
		const events: RunEvent[] = [];
		for await (const line of createInterface({input: connect(socket)})) events.push(JSON.parse(line) as RunEvent);
		expect(events.map(({number}) => number)).toEqual(events.map((_, index) => index + 1));
		expect(events[0]?.event).toBe('run-started');
		expect(events.at(-1)).toMatchObject({event: 'run-finished', outcome: 'done'});
		await over;
		expect((await host.files.stat('/var/lib/x'))?.type).toBe('directory');
		expect(await host.files.stat('/run/kata-setup')).toBeNull();
	});
});

describe('the end of a run', () => {
	it('comes when its lock and socket are free: a command right after it meets neither, thirty times', async () => {
		for (let round = 0; round < 30; round += 1) {
			const {socket, over} = await started();
			for await (const line of createInterface({input: connect(socket)})) {
				if ((JSON.parse(line) as RunEvent).event !== 'run-finished') continue;
				expect(existsSync(host.files.physical(lockFile))).toBe(false);
				expect(existsSync(socket)).toBe(false);
				await (await takeLock(host, {run: 'next', verb: 'test', by: 'ops'}))();
			}
			await over;
			await fs.rm(join(root, 'var/lib/kata-setup'), {recursive: true, force: true});
			await fs.rm(join(root, 'var/lib/x'), {recursive: true, force: true});
		}
	});

	it('leaves its result for whoever asks next, when nobody looked', async () => {
		const {socket, over} = await started();
		connect(socket).destroy();
		await over;
		expect((await readSummary(host)).lastRun).toMatchObject({run: 'r1', verb: 'install', outcome: 'done'});
	});
});

describe('a failure that names an address with a password', () => {
	it('is told to viewers and to whoever asks next without it', async () => {
		const {files} = host;
		const mkdir = files.makeDirectory.bind(files);
		vi.spyOn(files, 'makeDirectory').mockImplementation((path, ...rest) =>
			path === '/var/lib/x'
				? Promise.reject(new KataSetupError('release', 'It broke.', {evidence: 'https://ops:hunter@mirror.example/x'}))
				: mkdir(path, ...rest),
		);
		const {socket, over} = await started();
		const lines: string[] = [];
		for await (const line of createInterface({input: connect(socket)})) lines.push(line);
		await over;
		expect(lines.join()).toContain('step-failed');
		expect(lines.join()).not.toContain('hunter');
		// A result that somebody saw is not kept where nothing of ours stands.
		const unseen = await started('r2');
		connect(unseen.socket).destroy();
		await unseen.over;
		const summary = await files.readText(summaryFile);
		expect(summary).toContain('https://REDACTED@mirror.example/x');
		expect(summary).not.toContain('hunter');
	});
});

describe('a run after whose end the disk takes nothing more', () => {
	it('is told as done, and leaves its lock, by which the next command knows to settle what it could not', async () => {
		const {files} = host;
		const erofs = Object.assign(new Error('EROFS: read-only file system'), {code: 'EROFS'});
		const readonly = vi.spyOn(files, 'remove').mockRejectedValue(erofs);
		const write = files.write.bind(files);
		const unwritten = vi
			.spyOn(files, 'write')
			.mockImplementation((path, ...rest) => (path === summaryFile ? Promise.reject(erofs) : write(path, ...rest)));
		const {last, over} = await watched(await started());
		await over;
		expect(last).toMatchObject({event: 'run-finished', outcome: 'done'});
		readonly.mockRestore();
		unwritten.mockRestore();
		expect(await files.stat(keptPlanFile)).not.toBeNull();
		expect(await files.stat(summaryFile)).toBeNull();

		const lock = JSON.parse((await files.readText(lockFile)) ?? '');
		expect(lock).toMatchObject({run: 'r1', pid: process.pid});
		await files.write(lockFile, JSON.stringify({...lock, startTime: '0'}));
		await tidy(host, {by: 'ops', forget: false});
		expect(await files.stat(keptPlanFile)).toBeNull();
		expect(await files.stat('/run/kata-setup')).toBeNull();
		const written = JSON.parse((await files.readText(summaryFile)) ?? '');
		expect(written.lastRun).toMatchObject({run: 'r1', verb: 'install', outcome: 'done'});
	});
});

describe('a run that is refused before it begins', () => {
	it('leaves the last one told as it was', async () => {
		await (await watched(await started())).over;
		const told = await readSummary(host);
		expect(told.lastRun).toMatchObject({run: 'r1', outcome: 'done'});
		const second = await watched(await started('r2'));
		expect(second.last).toMatchObject({event: 'run-finished', outcome: 'undone', error: {exit: 'changed'}});
		await second.over;
		expect(await readSummary(host)).toEqual(told);
	});

	it('writes what everybody may read anew where it was stale: the plan that was refused may come from it', async () => {
		await (await watched(await started())).over;
		const told = await readSummary(host);
		await host.files.write(summaryFile, '{"schema":1,"installation":null,"lastRun":null,"sequence":2}\n');
		await (await watched(await started('r2'))).over;
		expect(JSON.parse((await host.files.readText(summaryFile)) ?? '')).toEqual({
			...told,
			// The moment is the journal's.
			lastRun: {...told.lastRun, at: told.installation?.lastRun?.at},
		});
	});
});

describe('a run that is over before anybody looks', () => {
	it('is told so, with the way to see how it ended', async () => {
		const script = join(root, 'worker.mjs');
		await fs.writeFile(script, `console.log(JSON.stringify({socket: ${JSON.stringify(join(root, 'gone.sock'))}}));`);
		const report = await refusalOf(
			startRun(host, plan, {
				self: [process.execPath, script],
				asRoot: null,
				rehearsalRoot: null,
				by: 'ops',
				uid: 0,
				gid: 0,
				network: {},
			}),
		);
		expect(report.exit).toBe('incomplete');
		expect(report.remedy.join()).toContain('kata-setup status');
	});
});

describe('viewers', () => {
	it('that are several get the same events, whenever they come; what is no command means nothing', async () => {
		const orders: string[] = [];
		const viewers = new Viewers(host, {cancel: () => orders.push('cancel'), stop: () => orders.push('stop')});
		await fs.mkdir(join(root, 'run/kata-setup'), {recursive: true});
		await viewers.listen({uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0});
		const path = host.files.physical('/run/kata-setup/worker.sock');
		expect((await fs.stat(path)).mode & 0o777).toBe(0o600);
		const read = async (sent: string): Promise<string[]> => {
			const socket = connect(path);
			socket.write(sent);
			const lines: string[] = [];
			for await (const line of createInterface({input: socket})) lines.push(line);
			return lines;
		};
		const early = read('{"command":"rm"}\nnull\nnonsense\n{"command":"toString"}\n{"command":"stop"}\n');
		await vi.waitFor(() => expect(orders).toEqual(['stop']));
		viewers.emit({event: 'step-started', step: 'a'});
		const late = read('{"command":"cancel"}\n');
		await vi.waitFor(() => expect(orders).toEqual(['stop', 'cancel']));
		viewers.emit({event: 'step-done', step: 'a', ms: 1});
		viewers.closeDoor();
		expect(existsSync(path)).toBe(false);
		await viewers.end(5000);
		expect(await early).toHaveLength(2);
		expect(await late).toEqual(await early);
	});

	it.runIf(process.getuid?.() === 0)('are the person who started the run, and root, and nobody else', async () => {
		const viewers = new Viewers(host, {cancel: () => undefined, stop: () => undefined});
		await fs.mkdir(join(root, 'run/kata-setup'), {recursive: true});
		await fs.chmod(root, 0o755);
		const [person, other] = [54321, 54322];
		await viewers.listen({uid: person, gid: person});
		const path = host.files.physical('/run/kata-setup/worker.sock');
		/** How the kernel answers a user who connects. */
		const as = async (uid: number): Promise<string> => {
			process.seteuid?.(uid);
			const socket = connect(path);
			try {
				return await new Promise(resolve => {
					socket.on('connect', () => resolve('connected')).on('error', ({message}) => resolve(message));
				});
			} finally {
				socket.destroy();
				process.seteuid?.(0);
			}
		};
		expect(await as(person)).toBe('connected');
		expect(await as(0)).toBe('connected');
		expect(await as(other)).toContain('EACCES');
		viewers.closeDoor();
		await viewers.end(1000);
	});

	it('that do not read, or send without end, are let go of; the run does not wait for them', async () => {
		const viewers = new Viewers(host, {cancel: () => undefined, stop: () => undefined});
		await fs.mkdir(join(root, 'run/kata-setup'), {recursive: true});
		await viewers.listen({uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0});
		const slow = connect(host.files.physical('/run/kata-setup/worker.sock')).pause();
		await viewers.first(5000);
		const line = 'x'.repeat(1024 * 1024);
		for (let count = 0; count < 12; count += 1) viewers.emit({event: 'step-log', step: 'a', line});
		await vi.waitFor(() => expect(viewers.watched).toBe(false));
		slow.destroy();
		const loud = connect(host.files.physical('/run/kata-setup/worker.sock'));
		loud.on('error', () => undefined).resume();
		await vi.waitFor(() => expect(viewers.watched).toBe(true));
		loud.write('y'.repeat(5000));
		await vi.waitFor(() => expect(viewers.watched).toBe(false));
		viewers.closeDoor();
		await viewers.end(1000);
	});
});

describe('a plan that is none for this worker', () => {
	const {hash: _, kataSetup, ...parts} = plan;
	it.each([
		['was changed since', {...plan, notes: ['changed']}, 'does not match its own hash'],
		['is for a real host', finishPlan(sampleFacts(), {...parts, rehearsal: false}), 'not for this host'],
		['is of another schema', {...plan, schema: 2}, 'by another kata-setup'],
		['has a step that is not known', {...plan, steps: [{...plan.steps[0], kind: 'weave'}]}, 'by another kata-setup'],
	])('is not begun where it %s', async (_, unfit, words) => {
		const answers: WorkerAnswer[] = [];
		await work(host, taskOf('r1', unfit as typeof plan), answer => void answers.push(answer));
		expect(answers).toMatchObject([{error: {exit: 'changed', message: expect.stringContaining(words)}}]);
		expect(existsSync(join(root, 'var/lib/x'))).toBe(false);
		expect(existsSync(join(root, 'run/kata-setup'))).toBe(false);
	});
});
