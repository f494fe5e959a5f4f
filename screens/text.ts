/** Text that fits: cleaning, measuring, cutting and wrapping, so that no line is ever wider than its place. */
import {stripVTControlCharacters} from 'node:util';
import stringWidth from 'string-width';
import type {Glyphs} from './theme.ts';

export const widthOf = (text: string): number => stringWidth(text);

const asciiFor: Record<string, string> = {
	'·': '-',
	'–': '-',
	'—': '-',
	'−': '-',
	'─': '-',
	'…': '...',
	'→': '->',
	'×': 'x',
	'≥': '>=',
	'≤': '<=',
	'‘': "'",
	'’': "'",
	'“': '"',
	'”': '"',
	'°': ' deg',
	µ: 'u',
};

/** Text of others (a log, an engine's message) without escapes, tabs and controls; in ASCII where only that shows. */
export function clean(text: string, glyphs: Glyphs): string {
	const visible = stripVTControlCharacters(text)
		.replaceAll('\t', '    ')
		.replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
	if (glyphs.name === 'unicode') return visible;
	return visible.replace(/[^\u0000-\u007f]/gu, character => asciiFor[character] ?? '?');
}

/** The longest beginning of a text that is no wider than `width`. */
function take(text: string, width: number): string {
	if (widthOf(text) <= width) return text;
	let taken = '';
	let used = 0;
	for (const character of text) {
		const next = widthOf(character);
		if (used + next > width) break;
		taken += character;
		used += next;
	}
	return taken;
}

/** As `take`, but at least one character: a loop over it ends. */
const takeSome = (text: string, width: number): string => take(text, width) || ([...text][0] ?? '');

const reverse = (text: string): string => [...text].reverse().join('');

/** A text cut to `width` columns, at its end, or in its middle for paths, whose ends tell most. */
export function shorten(text: string, width: number, glyphs: Glyphs, where: 'end' | 'middle' = 'end'): string {
	if (widthOf(text) <= width) return text;
	if (width <= 1) return take(text, Math.max(0, width));
	if (where === 'end') return `${take(text, width - 1).trimEnd()}${glyphs.more}`;
	const head = Math.ceil((width - 1) / 2);
	return `${take(text, head)}${glyphs.more}${reverse(take(reverse(text), width - 1 - head))}`;
}

/** Filled with blanks to `width` columns. */
export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** The part of a word that stays on a line: a path is rather broken behind a slash, if that is not far. */
function breakable(part: string): string {
	const slash = part.lastIndexOf('/') + 1;
	return slash > part.length / 2 ? part.slice(0, slash) : part;
}

/** Wrapped at blanks; a word wider than the line is broken. At least one line. */
export function wrap(text: string, width: number): string[] {
	const room = Math.max(1, width);
	const lines: string[] = [];
	let current = '';
	for (const word of text.split(' ')) {
		let rest = word;
		const joined = current === '' ? rest : `${current} ${rest}`;
		if (widthOf(joined) <= room) {
			current = joined;
			continue;
		}
		if (current !== '') lines.push(current);
		while (widthOf(rest) > room) {
			const part = breakable(takeSome(rest, room));
			lines.push(part);
			rest = rest.slice(part.length);
		}
		current = rest;
	}
	lines.push(current);
	return lines;
}

/** A command wrapped as a shell reads it on: the lines can be pasted as they stand. All but the first are indented. */
export function wrapCommand(text: string, width: number): string[] {
	if (widthOf(text) <= width) return [text];
	const hang = 2;
	const room = width - hang - 2;
	// A line end inside of a word cannot be indented: then it is rather broken anywhere.
	if (text.split(' ').some(word => widthOf(word) > room)) return chop(text, width);
	const parts = wrap(text, room);
	return parts.map((part, index) => {
		const lead = index > 0 ? ' '.repeat(hang) : '';
		return `${lead}${part}${index < parts.length - 1 ? ' \\' : ''}`;
	});
}

/** Broken at the column, blanks kept: for files and commands, where indentation means something. */
export function chop(text: string, width: number): string[] {
	const lines: string[] = [];
	let rest = text;
	do {
		const part = takeSome(rest, Math.max(1, width));
		lines.push(part);
		rest = rest.slice(part.length);
	} while (rest !== '');
	return lines;
}
