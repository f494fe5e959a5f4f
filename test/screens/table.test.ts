import {describe, expect, it} from 'vitest';
import {type Line, lineWidth} from '../../screens/doc.ts';
import {lookFor} from '../../screens/look.ts';
import {type Layout, layoutOf, type Table, tableWidth} from '../../screens/table.ts';

const names = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon'];
const textOf = (line: Line | undefined): string => (line ?? []).map(({text}) => text).join('');

function tableAt(columns: number, rows: number, glyphs: 'unicode' | 'ascii' = 'unicode'): Table {
	return {
		look: lookFor({columns, rows}, glyphs),
		names: names.map(text => ({text, tone: 'plain'})),
		rows: Array.from({length: 12}, (_, row) => ({
			label: `Row ${row}`,
			cells: names.map(name => ({
				text: `${name} ${row}${row % 3 === 0 ? ' with words enough for more than a line of it' : ''}`,
				tone: 'plain' as const,
			})),
		})),
	};
}

/** The names of the columns, the labels of the rows that are begun, and the words on the edges. */
function seenIn({lines}: Layout) {
	const last = textOf(lines.at(-1));
	const labels = lines.slice(1, -1).map(line => /^Row \d+/.exec(textOf(line))?.[0]);
	return {names: textOf(lines[0]).trim().split(/\s+/), rows: labels.filter(label => label !== undefined), edges: last};
}

describe.each([
	{columns: 60, rows: 20, count: 2},
	{columns: 80, rows: 24, count: 3},
	{columns: 140, rows: 40, count: 5},
])('a table in $columns x $rows', ({columns, rows, count}) => {
	const table = tableAt(columns, rows);
	const space = rows - 6;
	const at = (top: number, left: number): Layout => layoutOf(table, {top, left}, space);

	it('takes exactly the lines there are, none wider than its place', () => {
		for (let top = 0; top < 12; top += 1) {
			const {lines} = at(top, top % 4);
			expect(lines).toHaveLength(space);
			for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(tableWidth(table.look));
		}
	});

	it('shows every column once in its order, with the names on top whatever the row', () => {
		const {maxLeft, maxTop} = at(0, 0);
		expect(maxLeft).toBe(names.length - count);
		for (let left = 0; left <= maxLeft; left += 1)
			for (const top of [0, maxTop]) expect(seenIn(at(top, left)).names).toEqual(names.slice(left, left + count));
	});

	it('begins with the wanted row, its label before its cells', () => {
		for (let top = 0; top <= at(0, 0).maxTop; top += 1) {
			const layout = at(top, 0);
			expect(seenIn(layout).rows[0]).toBe(`Row ${top}`);
			expect(layout.lines.map(textOf).find(line => line.startsWith(`Row ${top} `))).toMatch(
				new RegExp(`^Row ${top} +Alpha ${top}\\b`),
			);
		}
	});

	it('ends with its last row whole, and goes no further', () => {
		const {maxTop, maxLeft} = at(0, 0);
		const end = at(1000, 1000);
		expect(end).toEqual(at(maxTop, maxLeft));
		expect(seenIn(end).rows.at(-1)).toBe('Row 11');
		expect(seenIn(end).edges).not.toContain('below');
		// One row earlier does not show all that follows: nothing is scrolled that could be seen.
		if (maxTop > 0) expect(seenIn(at(maxTop - 1, 0)).edges).toContain('below');
	});

	it('says what is beyond each edge, and nothing where there is nothing', () => {
		const {maxTop, maxLeft} = at(0, 0);
		const start = seenIn(at(0, 0)).edges;
		expect(start).not.toMatch(/left|above/);
		expect(start.includes('right')).toBe(maxLeft > 0);
		expect(start.includes('below')).toBe(maxTop > 0);
		if (maxTop > 1) expect(seenIn(at(2, 0)).edges).toMatch(/above: 2 rows|2 above/);
		if (maxLeft > 0) expect(seenIn(at(0, 1)).edges).toMatch(/left: Alpha/);
	});

	it('counts as below every row that is not seen whole', () => {
		const {lines, seen} = at(0, 0);
		if (seen === 12) return expect(textOf(lines.at(-1))).not.toContain('below');
		expect(textOf(lines.at(-1))).toMatch(new RegExp(`below: ${12 - seen} rows|${12 - seen} below`));
	});
});

describe('a table', () => {
	it('says by number what is beyond an edge where the names do not fit', () => {
		const edges = (columns: number): string => seenIn(layoutOf(tableAt(columns, 20), {top: 1, left: 1}, 12)).edges;
		expect(edges(66)).toMatch(/^left: Alpha; right: Delta, Epsilon; above: 1 row; below: \d+ rows$/);
		expect(edges(60)).toMatch(/^1 left; 2 right; 1 above; \d+ below$/);
		expect(edges(46)).toMatch(/^1 left; 3 right; 1 above; \d+ below$/);
	});

	it('marks a column in the line of the names alone', () => {
		const table = tableAt(80, 24);
		const marked = {...table, names: table.names.map(name => ({...name, marked: name.text === 'Alpha'}))};
		expect(textOf(layoutOf(marked, {top: 0, left: 0}, 18).lines[0])).toMatch(/^ +❯ Alpha {2,}Beta/);
		expect(seenIn(layoutOf(marked, {top: 0, left: 1}, 18)).edges).toMatch(/^left: Alpha; /);
	});

	it('marks a row that is higher than the screen, and still goes on to the next', () => {
		const table = tableAt(40, 12);
		const long = {...table, rows: table.rows.map((row, index) => (index === 3 ? tall(row) : row))};
		const layout = layoutOf(long, {top: 3, left: 0}, 8);
		expect(layout.lines.map(textOf)).toContain('…');
		expect(seenIn(layoutOf(long, {top: 4, left: 0}, 8)).rows[0]).toBe('Row 4');
	});

	it('keeps to ASCII where only that shows', () => {
		const table = tableAt(60, 20, 'ascii');
		const odd = {...table, rows: [{label: 'µ', cells: names.map(() => ({text: '≥ 3 – 4…', tone: 'plain' as const}))}]};
		for (const line of layoutOf(odd, {top: 0, left: 0}, 12).lines) expect(textOf(line)).toMatch(/^[\u0020-\u007e]*$/);
	});
});

const tall = (row: Table['rows'][number]): Table['rows'][number] => ({
	...row,
	cells: row.cells.map(cell => ({...cell, text: 'word '.repeat(60)})),
});
