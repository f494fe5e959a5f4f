/** The wizard in a terminal emulator, in this process: what a person would see, and the keys that they would press. */
import {EventEmitter} from 'node:events';
import {Writable} from 'node:stream';
import xterm from '@xterm/headless';
import type {KeySource} from '../../screens/paced-stdin.ts';
import {runWizard} from '../../screens/render.tsx';
import type {Session, WizardResult} from '../../screens/session.ts';
import type {GlyphSet} from '../../screens/theme.ts';

/** A keyboard: what is typed in one call arrives in one read. */
export class Keyboard extends EventEmitter {
	readonly isTTY = true;
	raw = false;
	reading = false;
	setRawMode = (raw: boolean): this => {
		this.raw = raw;
		return this;
	};
	resume = (): this => {
		this.reading = true;
		return this;
	};
	pause = (): this => {
		this.reading = false;
		return this;
	};
	ref = (): void => {};
	unref = (): void => {};
	type(keys: string): void {
		this.emit('data', Buffer.from(keys));
	}
}

class Screen extends Writable {
	readonly isTTY = true;
	bytes = 0;
	readonly terminal: InstanceType<typeof xterm.Terminal>;

	constructor(
		public columns: number,
		public rows: number,
	) {
		super({decodeStrings: false});
		// A real terminal's line discipline makes CR LF of LF.
		this.terminal = new xterm.Terminal({
			cols: columns,
			rows,
			convertEol: true,
			allowProposedApi: true,
			scrollback: 200,
		});
	}

	override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
		this.bytes += Buffer.byteLength(chunk);
		this.terminal.write(chunk, () => {
			done();
			this.emit('drawn');
		});
	}

	resizeTo(columns: number, rows: number): void {
		this.columns = columns;
		this.rows = rows;
		this.terminal.resize(columns, rows);
		this.emit('resize');
	}
}

export interface OpenWizard {
	readonly keyboard: Keyboard;
	readonly signals: EventEmitter;
	readonly result: Promise<WizardResult>;
	/** The visible lines without trailing blanks. */
	lines(): string[];
	text(): string;
	/** Waits until the screen matches, or a condition on its lines holds; fails with the screen in the message. */
	until(wanted: RegExp | string | ((lines: string[]) => boolean)): Promise<string>;
	type(keys: string): void;
	resize(columns: number, rows: number): void;
	/** Does a line run over the edge of the terminal? */
	overflows(): boolean;
	bytes(): number;
	/** Lets the terminal go away: every further write fails. */
	hangUp(): void;
}

const opened = new Set<OpenWizard>();

/** A ceiling, not a wait: two slow cores that run other tests too must not reach it. */
const untilMs = 30_000;

/** The terminals that every screen must work in: the smallest, the usual, a large one. */
export const sizes = [
	{columns: 60, rows: 20},
	{columns: 80, rows: 24},
	{columns: 140, rows: 40},
];

export const keys = {
	up: '\u001b[A',
	down: '\u001b[B',
	enter: '\r',
	escape: '\u001b',
	ctrlC: '\u0003',
	pageDown: '\u001b[6~',
};

export function openWizard(
	session: Session,
	{columns = 80, rows = 24, glyphs = 'unicode'}: {columns?: number; rows?: number; glyphs?: GlyphSet} = {},
): OpenWizard {
	const screen = new Screen(columns, rows);
	const keyboard = new Keyboard();
	const signals = new EventEmitter();
	const result = runWizard(session, {
		stdin: keyboard as unknown as KeySource,
		stdout: screen as unknown as NodeJS.WriteStream,
		glyphs,
		signals,
	});
	const buffer = () => screen.terminal.buffer.active;
	const lines = () =>
		Array.from(
			{length: screen.rows},
			(_, y) =>
				buffer()
					.getLine(buffer().baseY + y)
					?.translateToString(true) ?? '',
		);
	const text = () => lines().join('\n').trimEnd();
	const matches = (now: string, wanted: Parameters<OpenWizard['until']>[0]): boolean => {
		if (typeof wanted === 'function') return wanted(lines());
		return typeof wanted === 'string' ? now.includes(wanted) : wanted.test(now);
	};
	const wizard: OpenWizard = {
		keyboard,
		signals,
		result,
		lines,
		text,
		until: wanted =>
			new Promise((resolve, reject) => {
				const settle = (act: () => void) => {
					clearTimeout(timer);
					screen.off('drawn', look);
					act();
				};
				const look = () => {
					const now = text();
					if (matches(now, wanted)) settle(() => resolve(now));
				};
				const timer = setTimeout(
					() => settle(() => reject(new Error(`never shown: ${wanted}\n${lines().join('\n')}`))),
					untilMs,
				);
				screen.on('drawn', look);
				look();
			}),
		type: typed => keyboard.type(typed),
		resize: (wide, high) => screen.resizeTo(wide, high),
		overflows: () =>
			Array.from({length: screen.rows}, (_, y) => buffer().getLine(buffer().baseY + y)?.isWrapped).includes(true),
		bytes: () => screen.bytes,
		hangUp: () => screen.destroy(Object.assign(new Error('write EIO'), {code: 'EIO'})),
	};
	opened.add(wizard);
	void result.finally(() => opened.delete(wizard));
	return wizard;
}

/** Ends what a test left open. */
export async function closeWizards(): Promise<void> {
	const left = [...opened];
	for (const wizard of left) wizard.signals.emit('SIGTERM');
	await Promise.all(left.map(({result}) => result));
}
