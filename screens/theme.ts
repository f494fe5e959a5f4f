/** What things mean, and how that looks: tones and glyphs by meaning. No screen names a colour or a character. */
import type {TextProps} from 'ink';

export type Tone = 'plain' | 'dim' | 'strong' | 'accent' | 'good' | 'warn' | 'bad' | 'mark';

/** `mark` is the rehearsal's: it must be seen without colour too. */
export const tones: Record<Tone, Omit<TextProps, 'children'>> = {
	plain: {},
	dim: {dimColor: true},
	strong: {bold: true},
	accent: {color: 'cyan', bold: true},
	good: {color: 'green'},
	warn: {color: 'yellow'},
	bad: {color: 'red', bold: true},
	mark: {inverse: true, bold: true},
};

export type GlyphSet = 'unicode' | 'ascii';

/** All are one column wide, so that columns line up in every terminal. */
export interface Glyphs {
	readonly name: GlyphSet;
	readonly cursor: string;
	readonly done: string;
	readonly failed: string;
	readonly running: string;
	readonly waiting: string;
	readonly undone: string;
	readonly warning: string;
	readonly note: string;
	readonly unknown: string;
	readonly link: string;
	readonly dot: string;
	readonly more: string;
	readonly barDone: string;
	readonly barLeft: string;
	readonly upDown: string;
	readonly leftRight: string;
	readonly enter: string;
}

const unicode: Glyphs = {
	name: 'unicode',
	cursor: '❯',
	done: '✔',
	failed: '✖',
	running: '▸',
	waiting: '·',
	undone: '↶',
	warning: '!',
	note: '·',
	unknown: '?',
	link: '─',
	dot: '·',
	more: '…',
	barDone: '━',
	barLeft: '─',
	upDown: '↑↓',
	leftRight: '←→',
	enter: '⏎',
};

const ascii: Glyphs = {
	name: 'ascii',
	cursor: '>',
	done: '+',
	failed: 'x',
	running: '>',
	waiting: '.',
	undone: '<',
	warning: '!',
	note: '-',
	unknown: '?',
	link: '-',
	dot: '-',
	more: '~',
	barDone: '#',
	barLeft: '-',
	upDown: 'up/down',
	leftRight: 'left/right',
	enter: 'enter',
};

export const glyphSets: Record<GlyphSet, Glyphs> = {unicode, ascii};

/**
 * Which glyphs a terminal can be expected to show.
 * @param env the environment: the locale decides, as it does for every program; the Linux console has a small font
 */
export function glyphSetFor(env: Readonly<Record<string, string | undefined>>): GlyphSet {
	if (env.TERM === 'linux' || env.TERM === 'dumb') return 'ascii';
	const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
	return /utf-?8/i.test(locale) ? 'unicode' : 'ascii';
}
