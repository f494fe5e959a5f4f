/** How a finding's severity is shown: a sign, a tone and words, so that nothing is said by colour alone. */
import type {Finding, Severity} from '../src/facts/findings.ts';
import type {Glyphs, Tone} from './theme.ts';

export interface Mark {
	glyph(glyphs: Glyphs): string;
	readonly tone: Tone;
	readonly word: string;
}

export const marks: Record<Severity, Mark> = {
	blocker: {glyph: glyphs => glyphs.failed, tone: 'bad', word: 'in the way'},
	warning: {glyph: glyphs => glyphs.warning, tone: 'warn', word: 'a warning'},
	unknown: {glyph: glyphs => glyphs.unknown, tone: 'warn', word: 'could not be told'},
	note: {glyph: glyphs => glyphs.note, tone: 'dim', word: 'good to know'},
	ok: {glyph: glyphs => glyphs.done, tone: 'good', word: 'fine'},
};

/** What stands in the way of some pairs only leaves the others: among the findings it weighs as a warning. */
export const weightOf = ({severity, affects}: Finding): Severity =>
	severity === 'blocker' && affects !== 'all' ? 'warning' : severity;
