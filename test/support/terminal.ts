import {constants} from 'node:os';
import type {ReadStream} from 'node:tty';
import {type IPty, spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** What keys send. `press` takes these, plain characters, or several of them joined: they then arrive in one burst. */
export const KEYS = {
	up: '\x1b[A',
	down: '\x1b[B',
	right: '\x1b[C',
	left: '\x1b[D',
	pageUp: '\x1b[5~',
	pageDown: '\x1b[6~',
	enter: '\r',
	escape: '\x1b',
	tab: '\t',
	backspace: '\x7f',
	ctrlC: '\x03',
	ctrlD: '\x04',
} as const;

export interface TerminalOptions {
	readonly cols?: number;
	readonly rows?: number;
	/** The whole environment of the program; nothing is inherited when this is given. TERM is set where it is missing. */
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
}

export interface TerminalExit {
	/** Exit status; 0 when a signal ended the program, as Node's own shells report it: look at `signal` too. */
	readonly code: number;
	/** The signal's name, or null. */
	readonly signal: NodeJS.Signals | null;
}

/** A program running in a real pseudo-terminal, with a terminal emulator keeping its screen. */
export interface TestTerminal {
	readonly pid: number;
	/**
	 * Waits until the visible screen matches, and gives that screen. A screen that matches already counts.
	 * Throws, with the screen in the message, after `timeoutMs` (default 20 000) or when the program ends before.
	 */
	until(pattern: RegExp | string, timeoutMs?: number): Promise<string>;
	/** Types these characters, as one write. */
	press(keys: string): void;
	/** The visible screen, lines without trailing blanks. */
	text(): string;
	/** Everything the terminal remembers: what has scrolled away (up to 5 000 lines), then the screen. */
	history(): string;
	resize(cols: number, rows: number): void;
	/** Waits for the end of the program and of its output. Throws after `timeoutMs` (default 20 000). */
	exit(timeoutMs?: number): Promise<TerminalExit>;
	/** How many bytes the program has written to the terminal so far. */
	bytes(): number;
	/** All of these bytes as text, escape sequences included. */
	raw(): string;
	/** Sends a signal (default SIGKILL). A program that has ended is left alone. */
	kill(signal?: NodeJS.Signals): void;
}

/**
 * Starts a program in a pseudo-terminal of `cols`×`rows` (default 80×24).
 * Queries the program sends (device attributes, cursor position) are answered as xterm answers them.
 */
export function openTerminal(file: string, args: readonly string[], options: TerminalOptions = {}): TestTerminal {
	const cols = options.cols ?? 80;
	const rows = options.rows ?? 24;
	const env = {TERM: 'xterm-256color', ...(options.env ?? process.env)};
	const screen = new xterm.Terminal({cols, rows, scrollback: 5000, allowProposedApi: true});
	// A null encoding keeps the bytes as they come; the package's types know only strings.
	const pty = spawn(file, [...args], {name: env.TERM, cols, rows, env, cwd: options.cwd, encoding: null});
	keepLastOutput(pty);

	const chunks: Buffer[] = [];
	// A frame between these two (synchronized output, DEC private mode 2026) is not looked at before it is whole.
	let drawing = false;
	const frames = {h: true, l: false};
	for (const [final, begins] of Object.entries(frames))
		screen.parser.registerCsiHandler({prefix: '?', final}, params => {
			if (params.includes(2026)) drawing = begins;
			return false;
		});

	let bytes = 0;
	let ended: TerminalExit | undefined;
	const watchers = new Set<() => void>();
	const changed = () => {
		for (const watcher of [...watchers]) watcher();
	};
	const write = (data: string) => {
		if (ended === undefined) pty.write(data);
	};
	pty.onData(data => {
		bytes += data.length;
		chunks.push(Buffer.from(data));
		screen.write(data, changed);
	});
	pty.onExit(({exitCode, signal}) => {
		// Behind the last output in xterm's queue, so that whoever hears of the end sees the last frame.
		screen.write('', () => {
			ended = {code: exitCode, signal: signalName(signal)};
			changed();
		});
	});
	screen.onData(write);

	const lines = (from: number, to: number) => {
		const text: string[] = [];
		for (let y = from; y < to; y += 1) text.push(screen.buffer.active.getLine(y)?.translateToString(true) ?? '');
		return text.join('\n').trimEnd();
	};
	const text = () => lines(screen.buffer.active.baseY, screen.buffer.active.baseY + screen.rows);

	/** Asks `look` after every change until it gives something other than undefined. */
	const waitFor = <T>(what: string, timeoutMs: number, look: () => T | undefined): Promise<T> =>
		new Promise((resolve, reject) => {
			const fail = (why: string) => finish(() => reject(new Error(`${why} ${what}. The screen:\n${frame(text())}`)));
			const timer = setTimeout(() => fail(`After ${timeoutMs} ms the terminal still had not`), timeoutMs);
			const finish = (settle: () => void) => {
				clearTimeout(timer);
				watchers.delete(check);
				settle();
			};
			const check = () => {
				const found = drawing && ended === undefined ? undefined : look();
				if (found !== undefined) finish(() => resolve(found));
				else if (ended !== undefined) fail(`The program ended (${describeExit(ended)}) before it had`);
			};
			watchers.add(check);
			check();
		});

	return {
		pid: pty.pid,
		until: (pattern, timeoutMs = 20_000) =>
			waitFor(`shown ${pattern}`, timeoutMs, () => {
				const now = text();
				const matches = typeof pattern === 'string' ? now.includes(pattern) : now.search(pattern) >= 0;
				return matches ? now : undefined;
			}),
		press: write,
		text,
		history: () => lines(0, screen.buffer.active.baseY + screen.rows),
		resize: (newCols, newRows) => {
			screen.resize(newCols, newRows);
			if (ended === undefined) pty.resize(newCols, newRows);
		},
		exit: (timeoutMs = 20_000) => waitFor('ended', timeoutMs, () => ended),
		bytes: () => bytes,
		raw: () => Buffer.concat(chunks).toString(),
		kill: (signal = 'SIGKILL') => {
			if (ended === undefined) pty.kill(signal);
		},
	};
}

/** For one whose terminal a child of it keeps open: then nothing tells that its output is over. */
const patienceMs = 5_000;

/**
 * node-pty closes its side 200 ms after a program's end, read or not (DESTROY_SOCKET_TIMEOUT_MS, for a fault of macOS): on a
 * busy machine the last output is lost. On Linux the end of the output is told by an error or the stream's end, which are
 * let through; without either it gets more time.
 */
export function keepLastOutput(pty: IPty): void {
	const socket = (pty as unknown as {_socket: ReadStream})._socket;
	const destroy = socket.destroy.bind(socket);
	socket.destroy = error => {
		if (error || socket.readableEnded || socket.destroyed) return destroy(error);
		setTimeout(destroy, patienceMs).unref();
		return socket;
	};
}

function signalName(number: number | undefined): NodeJS.Signals | null {
	if (number === undefined || number === 0) return null;
	const found = Object.entries(constants.signals).find(([, value]) => value === number);
	return (found?.[0] as NodeJS.Signals | undefined) ?? null;
}

function describeExit(exit: TerminalExit): string {
	return exit.signal === null ? `code ${exit.code}` : exit.signal;
}

function frame(text: string): string {
	return text
		.split('\n')
		.map(line => `  | ${line}`)
		.join('\n');
}
