/**
 * The worker: a process of its own session that applies one plan and serves its events on a unix socket.
 *
 * Whoever started it may go away; the plan goes on. It takes a plan, checks it itself and takes no orders but `cancel`.
 */
import {chmod, chown, rm} from 'node:fs/promises';
import {createServer, type Server, type Socket} from 'node:net';
import {KataSetupError, reportOf} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {takeLock} from '../host/lock.ts';
import {runFolder, socketFile} from '../layout.ts';
import {hashHolds} from '../plan/finish.ts';
import type {Plan} from '../plan/plan.ts';
import type {RunEvent, UnstampedEvent, WorkerCommand} from './events.ts';
import {executePlan, type RunResult} from './executor.ts';
import {readJournal} from './journal.ts';
import {ProgressMeter} from './progress.ts';
import {foldJournal} from './receipt.ts';
import {removeState, writeSummary} from './summary.ts';

/** What the worker is given on its standard input. */
export interface WorkerTask {
	plan: Plan;
	run: string;
	/** The person: the socket is theirs, and the journal names them. */
	by: string;
	uid: number;
	gid: number;
	/** The person's variables that say how the network is reached: sudo drops them on the way. */
	network: Record<string, string>;
}

/** The one line that it answers on its standard output before it turns to the socket. */
export type WorkerAnswer = {socket: string} | {error: ReturnType<typeof reportOf>};

/** How long the beginning of a run waits for the one who started it: a short run would be over before they look. */
const welcome = 10_000;
/** How long the end of a run waits for its viewers to have read everything. */
const farewell = 10_000;

/** Runs one task to its end. `answer` is called once: when the socket serves, or with the error that prevented it. */
export async function work(host: Host, task: WorkerTask, answer: (line: WorkerAnswer) => void): Promise<void> {
	const {plan, run, by} = task;
	const abort = new AbortController();
	const cancel = (): void => abort.abort();
	for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, cancel);
	// The login that started us may end; we do not.
	process.on('SIGHUP', () => undefined);
	let release: () => Promise<void>;
	try {
		if (!hashHolds(plan))
			throw new KataSetupError('changed', 'The plan does not match its own hash and is not applied.', {
				why: 'It was changed after it was made.',
				remedy: 'Make it again with `kata-setup plan --json`.',
			});
		release = await takeLock(host, {run, verb: plan.verb, by});
	} catch (error) {
		answer({error: reportOf(error)});
		return;
	}
	const viewers = new Viewers(host, cancel);
	try {
		await viewers.listen(task);
		answer({socket: host.files.physical(socketFile)});
		await viewers.first();
		const result = await executePlan(host, plan, {run, by, signal: abort.signal, emit: event => viewers.emit(event)});
		await settle(host, task, result, viewers.watched);
		await viewers.end();
	} catch (error) {
		answer({error: reportOf(error)});
	} finally {
		await viewers.close();
		await release();
		await host.files.removeDirectory(runFolder);
	}
}

/** After the run: the summary for everybody, or no trace at all where nothing of ours stands and someone was told so. */
async function settle(host: Host, task: WorkerTask, result: RunResult, watched: boolean): Promise<void> {
	const receipt = foldJournal(await readJournal(host));
	if (receipt.standing.length === 0 && result.outcome !== 'incomplete' && (watched || result.outcome === 'done')) {
		await removeState(host);
		return;
	}
	const {outcome, error} = result;
	if (receipt.sequence === 0) return;
	await writeSummary(host, {
		run: task.run,
		verb: task.plan.verb,
		at: new Date(host.now()).toISOString(),
		outcome,
		error,
	});
}

/** Everybody who looks at the run: a newcomer first gets what has happened so far. */
class Viewers {
	readonly #host: Host;
	readonly #cancel: () => void;
	readonly #meter: ProgressMeter;
	readonly #sockets = new Set<Socket>();
	#past: RunEvent[] = [];
	#number = 0;
	#server: Server | null = null;
	#arrived: () => void = () => undefined;

	constructor(host: Host, cancel: () => void) {
		this.#host = host;
		this.#cancel = cancel;
		this.#meter = new ProgressMeter(() => host.now());
	}

	get watched(): boolean {
		return this.#sockets.size > 0;
	}

	async listen({uid, gid}: WorkerTask): Promise<void> {
		const path = this.#host.files.physical(socketFile);
		await rm(path, {force: true});
		const server = createServer(socket => this.#welcome(socket));
		this.#server = server;
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(path, resolve);
		});
		await chmod(path, 0o600);
		if (process.getuid?.() === 0) await chown(path, uid, gid);
	}

	emit(event: UnstampedEvent): void {
		const thinned = event.event === 'step-progress' ? this.#meter.measure(event) : event;
		if (!thinned) return;
		this.#number += 1;
		const stamped = {at: new Date(this.#host.now()).toISOString(), number: this.#number, ...thinned} as RunEvent;
		// Only the last progress of a step tells a newcomer anything.
		if (stamped.event === 'step-progress')
			this.#past = this.#past.filter(past => past.event !== 'step-progress' || past.step !== stamped.step);
		this.#past.push(stamped);
		for (const socket of this.#sockets) socket.write(`${JSON.stringify(stamped)}\n`);
	}

	#welcome(socket: Socket): void {
		this.#sockets.add(socket);
		this.#arrived();
		socket.on('close', () => this.#sockets.delete(socket));
		socket.on('error', () => socket.destroy());
		for (const event of this.#past) socket.write(`${JSON.stringify(event)}\n`);
		let rest = '';
		socket.on('data', chunk => {
			const lines = (rest + chunk.toString()).split('\n');
			rest = lines.pop() ?? '';
			for (const line of lines) if (isCancel(line)) this.#cancel();
		});
	}

	/** Until somebody looks. Whoever started the run may have died meanwhile: it then begins without them. */
	async first(): Promise<void> {
		const timer = new AbortController();
		const somebody = new Promise<void>(resolve => {
			this.#arrived = resolve;
			if (this.watched) resolve();
		});
		await Promise.race([somebody, this.#after(welcome, timer.signal)]);
		timer.abort();
	}

	/** Lets every viewer read to the end. */
	async end(): Promise<void> {
		const closed = [...this.#sockets].map(
			socket =>
				new Promise<void>(resolve => (socket.destroyed ? resolve() : socket.once('close', () => resolve()).end())),
		);
		const timer = new AbortController();
		await Promise.race([Promise.all(closed), this.#after(farewell, timer.signal)]);
		timer.abort();
	}

	async #after(ms: number, signal: AbortSignal): Promise<void> {
		await new Promise<void>(resolve => {
			const timer = setTimeout(resolve, ms);
			signal.addEventListener('abort', () => {
				clearTimeout(timer);
				resolve();
			});
		});
	}

	async close(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		await new Promise<void>(resolve => (this.#server ? this.#server.close(() => resolve()) : resolve()));
		await rm(this.#host.files.physical(socketFile), {force: true});
	}
}

function isCancel(line: string): boolean {
	try {
		return (JSON.parse(line) as WorkerCommand).command === 'cancel';
	} catch {
		return false;
	}
}
