/** All hypervisors beside each other, in a table that scrolls both ways. */
import {catalogue, type Hypervisor, hypervisors} from '../src/catalogue/catalogue.ts';
import {hereWords, isRecommended, remedyIn} from './here.ts';
import {availabilityIn} from './journey/questions.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import type {Cell, Table} from './table.ts';
import {traits} from './traits.ts';
import type {ScreenView} from './view.ts';

/** @param at the first visible row and column */
export function compareView(state: Journey, at: {top: number; left: number}, look: Look): ScreenView {
	return {
		title: 'The hypervisors compared',
		aside: `runtime ${state.runtime}`,
		body: {kind: 'table', table: tableOf(state, look), top: at.top, left: at.left},
	};
}

function tableOf(state: Journey, look: Look): Table {
	const row = (label: string, of: (hypervisor: Hypervisor) => string) => ({
		label,
		cells: hypervisors.map(hypervisor => cellOf(state, hypervisor, of(hypervisor))),
	});
	const names = hypervisors.map(hypervisor => ({
		...cellOf(state, hypervisor, catalogue.hypervisors[hypervisor].name),
		marked: hypervisor === state.hypervisor,
	}));
	const greyed = hypervisors.some(hypervisor => remedyIn(state, hypervisor) !== null);
	return {
		names,
		look,
		rows: [
			row(
				'On this host',
				hypervisor => `${isRecommended(state, hypervisor) ? 'recommended; ' : ''}${hereWords(state, hypervisor)}`,
			),
			...(greyed ? [row('To get it', hypervisor => remedyIn(state, hypervisor) ?? '')] : []),
			row('In short', hypervisor => catalogue.hypervisors[hypervisor].summary),
			...traits.map(({label, of}) => row(label, hypervisor => of(catalogue.hypervisors[hypervisor]))),
		],
	};
}

const cellOf = (state: Journey, hypervisor: Hypervisor, text: string): Cell => ({
	text,
	tone:
		hypervisor === state.hypervisor
			? 'strong'
			: availabilityIn(state, {runtime: state.runtime, hypervisor}).state === 'ok'
				? 'plain'
				: 'dim',
});
