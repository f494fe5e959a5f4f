/** The worker in this process, on a throwaway root: when it begins, and what its viewers get. */
import * as fs from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {RunEvent} from '../../src/apply/events.ts';
import {type WorkerAnswer, work} from '../../src/apply/worker.ts';
import type {Host} from '../../src/host/host.ts';
import {createRootedHost} from '../../src/host/rooted.ts';
import {journalFile} from '../../src/layout.ts';
import {finishPlan} from '../../src/plan/finish.ts';
import {makeStep} from '../../src/plan/make-step.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';

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
			{of: '/var/lib/x', title: 'Make it', why: 'a test', undo: 'undo it'},
		),
	],
	notes: [],
	command: 'x',
});

/** Starts a run and gives its answer and its end. */
async function started(): Promise<{socket: string; over: Promise<void>}> {
	let over: Promise<void> = Promise.resolve();
	const answer = await new Promise<WorkerAnswer>(resolve => {
		const {getuid, getgid} = process;
		const task = {plan, run: 'r1', by: 'ops', uid: getuid?.() ?? 0, gid: getgid?.() ?? 0, network: {}};
		over = work(host, task, resolve);
	});
	if (!('socket' in answer)) throw new Error(answer.error.message);
	return {socket: answer.socket, over};
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
