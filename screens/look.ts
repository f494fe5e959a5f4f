/** The room there is and how to write in it: computed once from the terminal's size, handed to every screen. */
import {type GlyphSet, type Glyphs, glyphSets} from './theme.ts';

export interface Look {
	readonly columns: number;
	readonly rows: number;
	readonly glyphs: Glyphs;
	/** Columns inside the margins. Longer lines than 100 columns are hard to read. */
	readonly width: number;
	/** In few rows (24 where one column stands under the other) the blank lines and the journey go first. */
	readonly compact: boolean;
	/** Two columns side by side; below that one stands under the other. */
	readonly wide: boolean;
	/** Below 40×12 nothing useful can be shown. */
	readonly tooSmall: boolean;
}

export const smallest = {columns: 40, rows: 12};

export function lookFor(size: {columns: number; rows: number}, glyphs: GlyphSet): Look {
	const {columns, rows} = size;
	const wide = columns >= 74;
	return {
		columns,
		rows,
		glyphs: glyphSets[glyphs],
		width: Math.max(1, Math.min(columns - 2, 100)),
		compact: rows < (wide ? 20 : 24),
		wide,
		tooSmall: columns < smallest.columns || rows < smallest.rows,
	};
}
