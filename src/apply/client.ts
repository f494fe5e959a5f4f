/** The other end of the worker's socket: starts a worker, or finds one at work, and reads its events. */
import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {connect, type Socket} from 'node:net';
import {createInterface} from 'node:readline';
import {errnoOf, KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {socketFile} from '../layout.ts';
import type {Plan, Verb} from '../plan/plan.ts';
import {waysOn} from '../plan/ways-on.ts';
import type {RunEvent} from './events.ts';
import type {WorkerAnswer, WorkerTask} from './worker.ts';

/** A run that goes on, seen from outside. */
export interface RunView {
	/** Ends after `run-finished`. Throws a KataSetupError (`incomplete`) if the worker is gone before that. */
	events: AsyncIterable<RunEvent>;
	/** Asks the worker to stop and to undo. */
	cancel(): void;
	/** Asks the worker to end after the step that goes on; what is done stands. */
	stop(): void;
	/** Stops looking; the run goes on. */
	detach(): void;
}

export interface StartOptions {
	/** The program to start the worker with: `[node, script]`. */
	self: readonly [string, string];
	/** Starts the worker with a task, where we are not root; null: we start it ourselves. */
	asRoot: ((task: string) => Promise<WorkerAnswer>) | null;
	/** The rehearsal's root, or null. */
	rehearsalRoot: string | null;
	by: string;
	uid: number;
	gid: number;
	/** See `WorkerTask`. */
	network: Record<string, string>;
	/** The run that is to be finished with its own plan; absent: a new one. */
	finish?: string;
}

/**
 * Starts a worker for a plan.
 * @throws KataSetupError with the worker's own report (`locked`, `changed`), `host` if it could not be started, or what `asRoot` throws
 */
export async function startRun(host: Host, plan: Plan, options: StartOptions): Promise<RunView> {
	const {by, uid, gid, network, self, asRoot, rehearsalRoot} = options;
	const run = options.finish ?? `${stamp(host.now())}-${randomBytes(3).toString('hex')}`;
	const task: WorkerTask = {plan, run, by, uid, gid, network, finish: options.finish !== undefined};
	const words = [...self, 'worker', ...(rehearsalRoot === null ? [] : ['--root', rehearsalRoot])];
	const answer = await (asRoot ? asRoot(JSON.stringify(task)) : launch(words, JSON.stringify(task)));
	if ('error' in answer) throw KataSetupError.from(answer.error);
	try {
		return viewOf(await connected(answer.socket));
	} catch (error) {
		if (!isGone(error)) throw error;
		// A worker waits some seconds for whoever started it; a terminal or an authentication may have held us up for longer.
		throw new KataSetupError(
			'incomplete',
			`The run ${run} was begun, and its worker is gone before it could be looked at.`,
			{
				why: 'The run is over by now, or its worker was killed.',
				remedy: 'See how it ended: kata-setup status',
			},
		);
	}
}

const isGone = (error: unknown): boolean => ['ENOENT', 'ECONNREFUSED'].includes(errnoOf(error) ?? '');

/** `20261123T085300`: run ids sort by time. */
const stamp = (now: number): string => new Date(now).toISOString().replaceAll(/[-:]|\..*/g, '');

/** Starts the worker's program in a session of its own, hands it the task and reads its one line of answer. */
export async function launch(words: readonly string[], task: string): Promise<WorkerAnswer> {
	const [file = '', ...args] = words;
	const child = spawn(file, args, {detached: true, stdio: ['pipe', 'pipe', 'pipe'], cwd: '/'});
	let stderr = '';
	child.stderr.on('data', chunk => {
		stderr = (stderr + chunk).slice(-4000);
	});
	child.stdin.on('error', () => undefined); // its end is told by the answer that does not come
	child.stdin.end(task);
	const line = await new Promise<string | null>(resolve => {
		const lines = createInterface({input: child.stdout});
		lines.once('line', resolve);
		lines.once('close', () => resolve(null));
		child.once('error', error => {
			stderr += String(error);
			resolve(null);
		});
	});
	child.stdout.destroy();
	child.stderr.destroy();
	child.unref();
	if (line !== null) return JSON.parse(line) as WorkerAnswer;
	throw new KataSetupError('host', 'The worker could not be started.', {
		why: 'It ended before it answered.',
		remedy: 'Try again. If it stays so, look whether the kernel killed it for want of memory: dmesg | tail',
		evidence: stderr.trim().split('\n').filter(Boolean).slice(-5),
	});
}

/** Looks at the run that goes on now; null if there is none. */
export async function attach(host: Host): Promise<RunView | null> {
	try {
		return viewOf(await connected(host.files.physical(socketFile)));
	} catch (error) {
		if (isGone(error)) return null;
		if (errnoOf(error) === 'EACCES')
			throw new KataSetupError('privileges', 'The run that goes on belongs to another user.', {
				remedy: 'Look at it as that user, or as root: kata-setup attach',
			});
		throw error;
	}
}

function connected(path: string): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect(path);
		socket.once('connect', () => resolve(socket));
		socket.once('error', reject);
	});
}

function viewOf(socket: Socket): RunView {
	let detached = false;
	return {
		events: eventsOf(socket, () => detached),
		cancel: () => socket.write('{"command":"cancel"}\n'),
		stop: () => socket.write('{"command":"stop"}\n'),
		detach() {
			detached = true;
			socket.destroy();
		},
	};
}

async function* eventsOf(socket: Socket, detached: () => boolean): AsyncGenerator<RunEvent> {
	socket.on('error', () => undefined); // a broken line ends the loop; what it means is said below
	let verb: Verb = 'install';
	for await (const line of createInterface({input: socket, crlfDelay: Number.POSITIVE_INFINITY})) {
		const event = JSON.parse(line) as RunEvent;
		if (event.event === 'run-started') verb = event.verb;
		yield event;
		if (event.event === 'run-finished') return;
	}
	if (detached()) return;
	throw new KataSetupError('incomplete', 'The worker ended before its run did.', {
		why: 'It was killed, or it crashed.',
		remedy: waysOn(verb),
	});
}
