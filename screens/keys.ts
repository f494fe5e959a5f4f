/**
 * The one table of keys. Handlers look a key up here, footers are printed from here, and no other file names a key.
 * A command does something only where `bindings.ts` lists it for the screen, so that a footer cannot lie.
 */
import type {Key} from 'ink';
import type {Glyphs} from './theme.ts';

export type Command =
	| 'up'
	| 'down'
	| 'left'
	| 'right'
	| 'page-up'
	| 'page-down'
	| 'first'
	| 'last'
	| 'take'
	| 'back'
	| 'quit'
	| 'interrupt'
	| 'look-again'
	| 'rehearse'
	| 'compare'
	| 'options'
	| 'reset'
	| 'settings'
	| 'details'
	| 'why'
	| 'advanced'
	| 'install'
	| 'accept'
	| 'log';

interface KeyEntry {
	/** How the footer calls the key. */
	cap(glyphs: Glyphs): string;
	matches(input: string, key: Key): boolean;
}

const letter = (wanted: string): KeyEntry => ({
	cap: () => wanted,
	matches: (input, key) => input === wanted && !key.ctrl && !key.meta,
});

const keyTable: Record<Command, KeyEntry> = {
	up: {cap: glyphs => glyphs.upDown, matches: (input, key) => key.upArrow || plain(input, key, 'k')},
	down: {cap: glyphs => glyphs.upDown, matches: (input, key) => key.downArrow || plain(input, key, 'j')},
	left: {cap: glyphs => glyphs.leftRight, matches: (input, key) => key.leftArrow || plain(input, key, 'h')},
	right: {cap: glyphs => glyphs.leftRight, matches: (input, key) => key.rightArrow || plain(input, key, 'l')},
	'page-up': {cap: () => 'PgUp', matches: (input, key) => key.pageUp || plain(input, key, 'b')},
	'page-down': {cap: () => 'PgDn', matches: (input, key) => key.pageDown || plain(input, key, ' ')},
	first: {cap: () => 'g', matches: (input, key) => key.home || plain(input, key, 'g')},
	last: {cap: () => 'G', matches: (input, key) => key.end || plain(input, key, 'G')},
	take: {cap: glyphs => glyphs.enter, matches: (_input, key) => key.return},
	back: {cap: () => 'esc', matches: (_input, key) => key.escape},
	quit: letter('q'),
	interrupt: {cap: () => 'ctrl-c', matches: (input, key) => key.ctrl && input === 'c'},
	'look-again': letter('a'),
	rehearse: letter('r'),
	compare: letter('c'),
	options: letter('o'),
	reset: letter('x'),
	settings: letter('t'),
	details: letter('d'),
	why: letter('?'),
	advanced: letter('a'),
	install: letter('i'),
	accept: letter('u'),
	log: letter('l'),
};

function plain(input: string, key: Key, wanted: string): boolean {
	return input === wanted && !key.ctrl && !key.meta;
}

export const capOf = (command: Command, glyphs: Glyphs): string => keyTable[command].cap(glyphs);

/** The first of these commands that a key stands for, or null. */
export function commandFor(commands: readonly Command[], input: string, key: Key): Command | null {
	return commands.find(command => keyTable[command].matches(input, key)) ?? null;
}
