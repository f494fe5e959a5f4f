/**
 * Screens are written as lines of toned text, already wrapped to their width: how high a screen is, what is cut and
 * how far it scrolls is then plain arithmetic, and can be tested without a terminal.
 */
import type {Look} from './look.ts';
import {chop, clean, pad, shorten, widthOf, wrap, wrapCommand} from './text.ts';
import type {Tone} from './theme.ts';

export interface Span {
	readonly text: string;
	readonly tone: Tone;
}

export type Line = readonly Span[];

export interface Doc {
	readonly lines: readonly Line[];
	/** For a list with a cursor: the line on which each entry stands. */
	readonly entries: readonly number[];
}

export const span = (text: string, tone: Tone = 'plain'): Span => ({text, tone});

export const lineWidth = (line: Line): number => line.reduce((sum, {text}) => sum + widthOf(text), 0);

/** A line cut to `width` columns. */
export function fitLine(line: Line, width: number, look: Look): Line {
	if (lineWidth(line) <= width) return line;
	const fitted: Span[] = [];
	let room = width;
	for (const {text, tone} of line) {
		if (room <= 0) break;
		const part = shorten(text, room, look.glyphs);
		fitted.push({text: part, tone});
		room -= widthOf(part);
		if (part !== text) break;
	}
	return fitted;
}

/** Two texts at the two ends of one line; the right one is cut last. */
export function ends(left: Line, right: Line, width: number, look: Look): Line {
	const rightWidth = lineWidth(right);
	if (rightWidth === 0 || rightWidth >= width) return fitLine(rightWidth === 0 ? left : right, width, look);
	const fitted = fitLine(left, width - rightWidth - 2, look);
	return [...fitted, span(' '.repeat(width - rightWidth - lineWidth(fitted))), ...right];
}

/** A word and its value; a command can be pasted as it stands. */
export interface Row {
	readonly label: string;
	readonly value: string;
	readonly tone?: Tone;
	readonly command?: boolean;
}

/** Writes a screen from top to bottom. All text that comes in is cleaned here, and nowhere else. */
export class Writer {
	readonly lines: Line[] = [];
	readonly entries: number[] = [];

	constructor(
		readonly look: Look,
		readonly width: number = look.width,
	) {}

	clean(text: string): string {
		return clean(text, this.look.glyphs);
	}

	blank(): this {
		this.lines.push([]);
		return this;
	}

	/** One line; what does not fit is cut. */
	line(...spans: Span[]): this {
		const cleaned = spans.map(({text, tone}) => ({text: this.clean(text), tone}));
		this.lines.push(fitLine(cleaned, this.width, this.look));
		return this;
	}

	/** Prose, wrapped, with all lines `indent` columns in; `hang` more for all but the first. */
	text(text: string, tone: Tone = 'plain', indent = 0, hang = 0): this {
		const first = wrap(this.clean(text), this.width - indent - hang);
		first.forEach((part, index) => {
			this.lines.push([span(' '.repeat(indent + (index > 0 ? hang : 0)) + part, tone)]);
		});
		return this;
	}

	heading(text: string): this {
		return this.line(span(text, 'strong'));
	}

	/** A mark in a column of its own before wrapped prose. */
	bullet(mark: Span, text: string, tone: Tone = 'plain', indent = 0): this {
		const parts = wrap(this.clean(text), this.width - indent - 2);
		parts.forEach((part, index) => {
			const lead = index === 0 ? [span(' '.repeat(indent)), mark, span(' ')] : [span(' '.repeat(indent + 2))];
			this.lines.push([...lead, span(part, tone)]);
		});
		return this;
	}

	/** A command to be typed or pasted; a long one is continued as a shell reads it. */
	command(text: string, indent = 2): this {
		for (const part of wrapCommand(this.clean(text), this.width - indent))
			this.lines.push([span(' '.repeat(indent) + part, 'accent')]);
		return this;
	}

	/** Words before their values, in two columns; values are wrapped. Where it is narrow the values go below. */
	rows(rows: readonly Row[], indent = 0): this {
		const labels = rows.map(({label}) => this.clean(label));
		const labelWidth = Math.max(0, ...labels.map(widthOf)) + 2;
		const below = this.width - indent - labelWidth < 16;
		rows.forEach(({value, command = false, tone = command ? 'accent' : 'plain'}, index) => {
			const label = labels[index] ?? '';
			const left = indent + (below ? 2 : labelWidth);
			const parts = (command ? wrapCommand : wrap)(this.clean(value), this.width - left);
			if (below) this.lines.push([span(' '.repeat(indent) + label, 'dim')]);
			parts.forEach((part, partIndex) => {
				const lead = partIndex === 0 && !below ? ' '.repeat(indent) + pad(label, labelWidth) : ' '.repeat(left);
				this.lines.push([span(lead, 'dim'), span(part, tone)]);
			});
		});
		return this;
	}

	/** Text whose blanks and line ends mean something; long lines are continued behind a mark, never cut. */
	verbatim(text: string, tone: Tone = 'plain', indent = 2): this {
		const mark = `${this.look.glyphs.more} `;
		for (const part of text.split('\n')) {
			const [first = '', ...rest] = continued(this.clean(part), this.width - indent, widthOf(mark));
			this.lines.push([span(' '.repeat(indent) + first, tone)]);
			for (const piece of rest) this.lines.push([span(' '.repeat(indent)), span(mark, 'dim'), span(piece, tone)]);
		}
		return this;
	}

	/** The next line written is an entry of the list. */
	entry(): this {
		this.entries.push(this.lines.length);
		return this;
	}

	doc(): Doc {
		return {lines: this.lines, entries: this.entries};
	}
}

/** Which line is on top, so that the cursor's line is seen, with two lines of what follows it. */
export function topFor(cursorLine: number, total: number, rows: number): number {
	const following = Math.min(2, Math.max(0, rows - 3));
	return Math.min(Math.max(0, cursorLine + 1 + following - rows), Math.max(0, total - rows));
}

/** Rows that a list must have below what is pinned, so that its cursor can be seen and moved. */
const movingRows = 5;

/** How many of the first lines stay where they are: none where all fit, and never so many that the rest cannot move. */
export const pinnedIn = ({lines}: Doc, pinned: number, rows: number): number =>
	lines.length <= rows ? 0 : Math.max(0, Math.min(pinned, rows - movingRows));

/** The first `count` lines, and the rest. */
export const split = ({lines, entries}: Doc, count: number): [Doc, Doc] => [
	{lines: lines.slice(0, count), entries: entries.filter(line => line < count)},
	{lines: lines.slice(count), entries: entries.filter(line => line >= count).map(line => line - count)},
];

/** A text in lines of `width` columns, each rather ended behind a blank; all but the first leave room for a mark. */
function continued(text: string, width: number, markWidth: number): string[] {
	const [part = ''] = chop(text, width);
	const blank = part.lastIndexOf(' ') + 1;
	const first = part !== text && blank > part.length / 2 ? part.slice(0, blank) : part;
	const rest = text.slice(first.length);
	const room = Math.max(1, width - markWidth);
	return rest === '' ? [first] : [first, ...continued(rest, room, 0)];
}
