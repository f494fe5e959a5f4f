/**
 * Everybody who looks at a run, over the worker's socket: a newcomer first gets what has happened so far, and all get the
 * same events. Nobody holds the worker up: who does not read is let go of, and can come back by `kata-setup attach`.
 */
import {chmod, chown, rm} from 'node:fs/promises';
import {createServer, type Server, type Socket} from 'node:net';
import type {Host} from '../host/host.ts';
import {socketFile} from '../layout.ts';
import type {RunEvent, UnstampedEvent, WorkerCommand} from './events.ts';
import {ProgressMeter} from './progress.ts';

/** Bytes that wait for one viewer before it is let go of: far more than a whole run tells. */
const patience = 8 * 1024 * 1024;
/** Bytes of one line that a viewer may send: no command is longer. */
const longestCommand = 1024;
/** Lines of a run's log that a newcomer gets. */
const rememberedLines = 5000;

/** What a viewer may ask for. */
export type Orders = Record<WorkerCommand['command'], () => void>;

export class Viewers {
	readonly #host: Host;
	readonly #orders: Orders;
	readonly #meter: ProgressMeter;
	readonly #sockets = new Set<Socket>();
	#past: RunEvent[] = [];
	#number = 0;
	#server: Server | null = null;
	#arrived: () => void = () => undefined;

	constructor(host: Host, orders: Orders) {
		this.#host = host;
		this.#orders = orders;
		this.#meter = new ProgressMeter(() => host.now());
	}

	get watched(): boolean {
		return this.#sockets.size > 0;
	}

	/** Serves the socket: to the person whose run it is, and to root. The caller holds the lock, and so owns the name. */
	async listen({uid, gid}: {uid: number; gid: number}): Promise<void> {
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

	/** Tells everybody. Progress is thinned out. */
	emit(event: UnstampedEvent): void {
		const thinned = event.event === 'step-progress' ? this.#meter.measure(event) : event;
		if (!thinned) return;
		this.#number += 1;
		const stamped = {at: new Date(this.#host.now()).toISOString(), number: this.#number, ...thinned} as RunEvent;
		this.#remember(stamped);
		for (const socket of this.#sockets) {
			if (socket.writableLength > patience) socket.destroy();
			else socket.write(`${JSON.stringify(stamped)}\n`);
		}
	}

	#remember(event: RunEvent): void {
		// Only the last progress of a step tells a newcomer anything.
		if (event.event === 'step-progress')
			this.#past = this.#past.filter(past => past.event !== 'step-progress' || past.step !== event.step);
		this.#past.push(event);
		if (event.event !== 'step-log') return;
		const lines = this.#past.filter(past => past.event === 'step-log');
		if (lines.length > rememberedLines) this.#past.splice(this.#past.indexOf(lines[0] as RunEvent), 1);
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
			if (rest.length > longestCommand) socket.destroy();
			else for (const line of lines) this.#obey(line);
		});
	}

	/** Anything that is no known command means nothing. */
	#obey(line: string): void {
		let sent: unknown;
		try {
			sent = (JSON.parse(line) as {command?: unknown} | null)?.command;
		} catch {
			return;
		}
		if (sent === 'cancel' || sent === 'stop') this.#orders[sent]();
	}

	/** Until somebody looks, at most `ms`. Whoever started the run may have died meanwhile: it then begins without them. */
	async first(ms: number): Promise<void> {
		const timer = new AbortController();
		const somebody = new Promise<void>(resolve => {
			this.#arrived = resolve;
			if (this.watched) resolve();
		});
		await Promise.race([somebody, after(ms, timer.signal)]);
		timer.abort();
	}

	/** No newcomers any more; those who are here stay. The socket's name is gone when this returns, for the next worker's use. */
	closeDoor(): void {
		this.#server?.close();
	}

	/** Lets every viewer read to the end, for at most `ms`. */
	async end(ms: number): Promise<void> {
		const closed = [...this.#sockets].map(
			socket =>
				new Promise<void>(resolve => (socket.destroyed ? resolve() : socket.once('close', () => resolve()).end())),
		);
		const timer = new AbortController();
		await Promise.race([Promise.all(closed), after(ms, timer.signal)]);
		timer.abort();
		for (const socket of this.#sockets) socket.destroy();
	}
}

async function after(ms: number, signal: AbortSignal): Promise<void> {
	await new Promise<void>(resolve => {
		const timer = setTimeout(resolve, ms);
		signal.addEventListener('abort', () => {
			clearTimeout(timer);
			resolve();
		});
	});
}
