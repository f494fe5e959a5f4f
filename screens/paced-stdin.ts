/**
 * Standard input, one key at a time.
 *
 * A slow line delivers several keys in one read. Ink hands them all out before React has drawn again, and a list that
 * reads its state from the last drawing takes the wrong item (`↓↓⏎` takes the first); letters of one read even arrive
 * as one "key". So every key is passed on in an event-loop turn of its own.
 */
import {PassThrough} from 'node:stream';
import {StringDecoder} from 'node:string_decoder';
import type {ReadStream} from 'node:tty';

const escapeKey = '\u001b';
const pasteStart = `${escapeKey}[200~`;
const pasteEnd = `${escapeKey}[201~`;

/** One control sequence (CSI or SS3), or any single character. */
const keyPattern = /\u001b(?:\[\[?[0-?]*[ -/]*[@-~]|O[0-9;]*[@-~]|\[[0-?]*$|O$)|[\s\S]/gu;

/** Some terminals and all scripts send a line feed for Enter. */
const keysOf = (text: string): string[] => (text.match(keyPattern) ?? []).map(key => (key === '\n' ? '\r' : key));

/** Ink waits 20 ms whether an escape is a key or the beginning of a sequence; a key behind it waits longer. */
const afterEscapeMs = 30;

/** The part of a terminal's input stream that is used. */
export type KeySource = Pick<ReadStream, 'on' | 'off' | 'setRawMode' | 'ref' | 'unref' | 'pause' | 'resume'> & {
	isTTY?: boolean;
};

export class PacedStdin extends PassThrough {
	readonly isTTY = true;
	private readonly queue: string[] = [];
	private readonly decoder = new StringDecoder('utf8');
	private inPaste = false;
	private scheduled = false;
	/** How many escapes were passed on, and whether Ink still waits what the last one means. */
	private escapes = 0;
	private settling = false;
	private reading = false;

	constructor(
		private readonly source: KeySource,
		/** Called when the terminal is gone: nothing more will ever be read. */
		private readonly onGone: () => void = () => {},
	) {
		super();
		source.on('error', this.gone);
		source.on('end', this.gone);
	}

	/** Raw mode is when keys are wanted: without it nothing is read, so that sudo can ask its question. */
	setRawMode(enabled: boolean): this {
		this.source.setRawMode(enabled);
		if (enabled === this.reading) return this;
		this.reading = enabled;
		if (enabled) {
			this.source.on('data', this.receive);
			this.source.resume();
		} else {
			this.source.off('data', this.receive);
			this.source.pause();
			this.queue.length = 0;
		}
		return this;
	}

	ref(): this {
		this.source.ref();
		return this;
	}

	unref(): this {
		this.source.unref();
		return this;
	}

	/** Lets go of the source: no listener of ours stays on it. */
	close(): void {
		this.source.off('data', this.receive);
		this.source.off('end', this.gone);
		this.queue.length = 0;
	}

	private readonly gone = (): void => this.onGone();

	private readonly receive = (chunk: Buffer | string): void => {
		const text = typeof chunk === 'string' ? chunk : this.decoder.write(chunk);
		this.queue.push(...this.keysIn(text));
		this.schedule();
	};

	/** The keys of one read. What is pasted is no keys: it stays whole between its markers. */
	private keysIn(text: string): string[] {
		if (this.inPaste) {
			const end = text.indexOf(pasteEnd);
			if (end < 0) return [text];
			this.inPaste = false;
			return [text.slice(0, end + pasteEnd.length), ...this.keysIn(text.slice(end + pasteEnd.length))];
		}
		const start = text.indexOf(pasteStart);
		if (start < 0) return keysOf(text);
		this.inPaste = true;
		return [...keysOf(text.slice(0, start)), pasteStart, ...this.keysIn(text.slice(start + pasteStart.length))];
	}

	private schedule(): void {
		if (this.scheduled || this.queue.length === 0) return;
		const next = this.queue[0] ?? '';
		const continuesEscape = next.startsWith('[') || next.startsWith('O');
		if (this.settling && !continuesEscape) return;
		this.scheduled = true;
		setImmediate(this.pass);
	}

	private readonly pass = (): void => {
		this.scheduled = false;
		const key = this.queue.shift();
		if (key === undefined) return;
		this.write(key);
		this.settling = key === escapeKey;
		if (this.settling) this.settle();
		this.schedule();
	};

	/**
	 * Ink reads what was written before the next turn, and starts its timer then. Ours is started after it, and so ends after
	 * it, however long this process was not let run in between: a time taken here would be no measure of Ink's.
	 */
	private settle(): void {
		this.escapes += 1;
		const mine = this.escapes;
		setImmediate(() =>
			setTimeout(() => {
				if (mine !== this.escapes) return;
				this.settling = false;
				this.schedule();
			}, afterEscapeMs),
		);
	}
}
