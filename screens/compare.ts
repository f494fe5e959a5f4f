/** All hypervisors beside each other. */
import {catalogue, hypervisors} from '../src/catalogue/catalogue.ts';
import {type Line, span, Writer} from './doc.ts';
import {traits} from './hypervisor.ts';
import {availabilityIn, type Journey} from './journey-state.ts';
import type {Look} from './look.ts';
import {pad, wrap} from './text.ts';
import type {ScreenView} from './view.ts';

interface Cell {
	text: string;
	disabled: boolean;
	here: boolean;
}

export function compareView(state: Journey, top: number, look: Look): ScreenView {
	const writer = new Writer(look);
	const rows = [
		{label: 'Here', cells: hypervisors.map(hypervisor => cellOf(state, hypervisor, hereWord(state, hypervisor)))},
		...traits.map(({label, of}) => ({
			label,
			cells: hypervisors.map(hypervisor => cellOf(state, hypervisor, of(catalogue.hypervisors[hypervisor]))),
		})),
		{label: 'In short', cells: hypervisors.map(name => cellOf(state, name, catalogue.hypervisors[name].summary))},
		{label: 'Comment', cells: hypervisors.map(name => cellOf(state, name, catalogue.hypervisors[name].comment))},
	];
	if (look.wide)
		table(
			writer,
			rows,
			hypervisors.map(hypervisor => cellOf(state, hypervisor, catalogue.hypervisors[hypervisor].name)),
		);
	else for (const row of rows) block(writer, row);
	return {
		title: 'The hypervisors compared',
		aside: `runtime ${state.runtime}`,
		body: {kind: 'page', doc: writer.doc(), top},
	};
}

const hereWord = (state: Journey, hypervisor: (typeof hypervisors)[number]): string =>
	availabilityIn(state, {runtime: state.runtime, hypervisor}).state === 'ok' ? 'runs' : 'cannot run';

const cellOf = (state: Journey, hypervisor: (typeof hypervisors)[number], text: string): Cell => ({
	text,
	disabled: availabilityIn(state, {runtime: state.runtime, hypervisor}).state !== 'ok',
	here: hypervisor === state.hypervisor,
});

const toneOf = (cell: Cell) => (cell.here ? 'strong' : cell.disabled ? 'dim' : 'plain');

function table(writer: Writer, rows: {label: string; cells: Cell[]}[], names: Cell[]): void {
	const labelWidth = 12;
	const width = Math.floor((writer.width - labelWidth) / names.length);
	const tableRow = (label: string, cells: Cell[]) => {
		const columns = cells.map(cell => wrap(writer.clean(cell.text), width - 1));
		const labels = wrap(writer.clean(label), labelWidth - 1);
		const height = Math.max(labels.length, ...columns.map(({length}) => length));
		for (let y = 0; y < height; y += 1) {
			const line: Line = [
				span(pad(labels[y] ?? '', labelWidth), 'dim'),
				...columns.map((column, x) => {
					const cell = cells[x];
					return span(pad(column[y] ?? '', width), cell ? toneOf(cell) : 'plain');
				}),
			];
			writer.lines.push(line);
		}
	};
	tableRow('', names);
	for (const row of rows) {
		writer.blank();
		tableRow(row.label, row.cells);
	}
}

function block(writer: Writer, row: {label: string; cells: Cell[]}): void {
	writer.heading(row.label);
	writer.rows(
		row.cells.map((cell, index) => ({
			label: catalogue.hypervisors[hypervisors[index] ?? 'qemu'].name,
			value: cell.text,
			tone: toneOf(cell),
		})),
		2,
	);
	writer.blank();
}
