/** A table that is larger than the screen: which columns and rows are seen, and what is beyond each edge. */
import {type Line, type Span, span} from './doc.ts';
import type {Look} from './look.ts';
import {clean, pad, shorten, widthOf, wrap} from './text.ts';
import type {Tone} from './theme.ts';

export interface Cell {
	readonly text: string;
	readonly tone: Tone;
}

export interface Table {
	/** The names of the columns; they stay on top. The marked one is where the cursor is. */
	readonly names: readonly (Cell & {readonly marked?: boolean})[];
	/** The label stays on the left. Each row has a cell for each name. */
	readonly rows: readonly {readonly label: string; readonly cells: readonly Cell[]}[];
	readonly look: Look;
}

/** A table as it is laid out in the room there is. */
export interface Layout {
	readonly lines: readonly Line[];
	/** The farthest first row and first column: from there all that follows is seen. */
	readonly maxTop: number;
	readonly maxLeft: number;
	/** How many rows are seen whole. */
	readonly seen: number;
}

/** Columns of a cell with the blank behind it: narrower than that, prose has a word or two a line. */
const cellWidth = 20;

/** The table has all the width there is, up to where the eye loses the line. */
export const tableWidth = ({columns}: Look): number => Math.max(1, Math.min(columns - 2, 140));

/**
 * @param top the first row wanted, `left` the first column wanted: both are kept where something follows
 * @param rows the lines there are
 */
export function layoutOf(table: Table, {top, left}: {top: number; left: number}, rows: number): Layout {
	const {look} = table;
	const width = tableWidth(look);
	const labels = table.rows.map(({label}) => clean(label, look.glyphs));
	// Where it is narrow one column must be left: long labels are wrapped.
	const labelWidth = Math.min(Math.max(...labels.map(widthOf)) + 2, Math.floor(width / 3));
	const room = width - labelWidth;
	const count = Math.max(1, Math.min(table.names.length, Math.floor(room / cellWidth)));
	const column = Math.floor(room / count);
	const maxLeft = table.names.length - count;
	const from = Math.min(Math.max(0, left), maxLeft);
	const line = (label: string, cells: readonly Cell[]): Line[] =>
		rowLines(label, labelWidth, cells.slice(from, from + count), column, look);

	const marked = table.names.map(name => (name.marked ? {...name, text: `${look.glyphs.cursor} ${name.text}`} : name));
	const head = line('', marked);
	// The names, a blank line and the edges stand around the rows; in few lines the blank one goes.
	const gap = look.compact ? 0 : 1;
	const space = rows - head.length - gap - 1;
	const body = table.rows.map(({cells}, index) => capped(line(labels[index] ?? '', cells), space, look));
	const maxTop = farthest(body, space);
	const first = Math.min(Math.max(0, top), maxTop);
	const shown: Line[] = [];
	let seen = 0;
	for (const lines of body.slice(first)) {
		if (shown.length > 0) shown.push([]);
		shown.push(...lines);
		if (shown.length <= space) seen += 1;
	}
	while (shown.length < space) shown.push([]);
	const edges = edgeWords(
		{
			left: table.names.slice(0, from),
			right: table.names.slice(from + count),
			above: first,
			below: body.length - first - seen,
		},
		width,
		look,
	);
	return {
		lines: [...head, ...(gap === 1 ? [[]] : []), ...shown.slice(0, space), [span(edges, 'dim')]],
		maxTop,
		maxLeft,
		seen,
	};
}

function rowLines(label: string, labelWidth: number, cells: readonly Cell[], width: number, look: Look): Line[] {
	const labels = wrap(label, labelWidth - 1);
	const columns = cells.map(({text, tone}) => ({tone, lines: wrap(clean(text, look.glyphs), width - 2)}));
	const height = Math.max(labels.length, ...columns.map(({lines}) => lines.length));
	return Array.from({length: height}, (_, y): Span[] => [
		span(pad(labels[y] ?? '', labelWidth), 'dim'),
		...columns.map(({lines, tone}) => span(pad(lines[y] ?? '', width), tone)),
	]);
}

/** A row that is higher than the screen ends with a mark: the whole of it is on the page of details. */
function capped(lines: Line[], rows: number, {glyphs}: Look): Line[] {
	if (lines.length <= rows) return lines;
	return [...lines.slice(0, Math.max(0, rows - 1)), [span(glyphs.more, 'dim')]];
}

/** The first row from which all the others are seen, with a blank line between two. */
function farthest(body: readonly Line[][], rows: number): number {
	let used = -1;
	for (let index = body.length - 1; index >= 0; index -= 1) {
		used += 1 + (body[index]?.length ?? 0);
		if (used > rows) return Math.min(index + 1, body.length - 1);
	}
	return 0;
}

interface Beyond {
	readonly left: readonly Cell[];
	readonly right: readonly Cell[];
	readonly above: number;
	readonly below: number;
}

/** What is beyond each edge, by name where there is room, else by number. */
function edgeWords({left, right, above, below}: Beyond, width: number, {glyphs}: Look): string {
	const names = (cells: readonly Cell[]): string => cells.map(({text}) => clean(text, glyphs).trim()).join(', ');
	const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
	const rows = [
		...(above > 0 ? [`above: ${count(above, 'row')}`] : []),
		...(below > 0 ? [`below: ${count(below, 'row')}`] : []),
	];
	const forms = [
		[
			...(left.length > 0 ? [`left: ${names(left)}`] : []),
			...(right.length > 0 ? [`right: ${names(right)}`] : []),
			...rows,
		],
		[
			...(left.length > 0 ? [`left: ${count(left.length, 'column')}`] : []),
			...(right.length > 0 ? [`right: ${count(right.length, 'column')}`] : []),
			...rows,
		],
		[
			...(left.length > 0 ? [`${left.length} left`] : []),
			...(right.length > 0 ? [`${right.length} right`] : []),
			...(above > 0 ? [`${above} above`] : []),
			...(below > 0 ? [`${below} below`] : []),
		],
	].map(parts => parts.join('; '));
	return forms.find(form => widthOf(form) <= width) ?? shorten(forms.at(-1) ?? '', width, glyphs);
}
