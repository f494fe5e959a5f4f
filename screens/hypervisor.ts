/** Hypervisor: what starts the VMs. The trade-offs stand beside the list while the cursor moves. */
import {catalogue, type Hypervisor, type HypervisorEntry, hypervisors, runtimes} from '../src/catalogue/catalogue.ts';
import {type Doc, span, Writer} from './doc.ts';
import {availabilityIn, type Journey, runtimeAvailable} from './journey-state.ts';
import type {Look} from './look.ts';
import {wrap} from './text.ts';
import type {Tone} from './theme.ts';
import type {ChoiceItem, ScreenView} from './view.ts';

/** The traits, in the order in which they help to decide; the same in the panel, the details and the table. */
export const traits: readonly {label: string; of: (entry: HypervisorEntry) => string}[] = [
	{label: 'Creation speed', of: entry => entry.creationSpeed},
	{label: 'Memory density', of: entry => entry.memoryDensity},
	{label: 'Hotplug', of: entry => entry.hotplug},
	{label: 'File sharing', of: entry => entry.fileSharing},
	{label: 'GPU, TDX, SNP', of: entry => entry.gpuAndConfidential},
	{label: 'Good for', of: entry => entry.useCases},
	{label: 'Limitations', of: entry => entry.limitations},
	{label: 'Features', of: entry => entry.features},
	{label: 'Processes', of: entry => entry.processes},
	{label: 'Written in', of: entry => entry.writtenIn},
];

/** How many of the traits help to decide at first sight. */
const decisive = 6;

export function hypervisorView(state: Journey, look: Look, panelWidth: number): ScreenView {
	const items = hypervisors.map((hypervisor): ChoiceItem => {
		const availability = availabilityIn(state, {runtime: state.runtime, hypervisor});
		const disabled = availability.state !== 'ok';
		const recommended = state.pairs.some(
			pair => pair.recommended && pair.runtime === state.runtime && pair.hypervisor === hypervisor,
		);
		// Beside the panel there is room for a word only; the whole reason stands in the panel and below the list.
		const greyed = disabled ? (look.wide ? 'not here' : availability.reason) : '';
		return {
			value: hypervisor,
			label: catalogue.hypervisors[hypervisor].name,
			tag: disabled ? greyed : recommended ? 'recommended' : '',
			tagTone: disabled ? 'dim' : 'good',
			disabled,
		};
	});
	return {
		title: 'Which hypervisor starts the VMs?',
		aside: `runtime ${state.runtime}`,
		body: {
			kind: 'choice',
			items,
			index: hypervisors.indexOf(state.hypervisor),
			panel: hypervisorPanel(state, state.hypervisor, new Writer(look, panelWidth)),
			below: look.wide ? reasonsBelow(state, look, look.width - panelWidth - 3) : new Writer(look).doc(),
		},
	};
}

const hereRow = (state: Journey, hypervisor: Hypervisor): {label: string; value: string; tone: Tone} => {
	const availability = availabilityIn(state, {runtime: state.runtime, hypervisor});
	return availability.state === 'ok'
		? {label: 'On this host', value: ['runs', ...availability.changes].join('; '), tone: 'good'}
		: {label: 'On this host', value: `cannot run: ${availability.reason}`, tone: 'warn'};
};

function hypervisorPanel(state: Journey, hypervisor: Hypervisor, writer: Writer): Doc {
	const entry = catalogue.hypervisors[hypervisor];
	const row = ({label, of}: (typeof traits)[number]) => ({label, value: of(entry)});
	const here = hereRow(state, hypervisor);
	const [first, last] = [traits.slice(0, decisive), traits.slice(decisive, decisive + 1)];
	if (!writer.look.wide) {
		// The list stands above, with little room for reasons: what is greyed says why at once, and words come last.
		const rows = here.tone === 'good' ? [...first.map(row), here] : [here, ...first.map(row)];
		return writer
			.rows([...rows, ...last.map(row)])
			.text(entry.summary)
			.doc();
	}
	writer.line(span(entry.name, 'accent'));
	writer.text(entry.summary);
	// Every trait stays on its line while the cursor moves, so that the eye can compare.
	while (writer.lines.length < 1 + summaryLines(writer.width)) writer.blank();
	if (!writer.look.compact) writer.blank();
	return writer.rows([...first.map(row), here, ...last.map(row)]).doc();
}

const summaryLines = (width: number): number =>
	Math.max(...hypervisors.map(hypervisor => wrap(catalogue.hypervisors[hypervisor].summary, width).length));

function reasonsBelow(state: Journey, look: Look, width: number): Doc {
	const writer = new Writer(look, width);
	for (const hypervisor of hypervisors) {
		const availability = availabilityIn(state, {runtime: state.runtime, hypervisor});
		if (availability.state === 'ok') continue;
		writer.text(`${catalogue.hypervisors[hypervisor].name}: ${availability.reason}`, 'dim', 2, 2);
	}
	return writer.doc();
}

/** All there is to say of one hypervisor. */
export function hypervisorDetails(state: Journey, top: number, look: Look): ScreenView {
	const entry = catalogue.hypervisors[state.hypervisor];
	const writer = new Writer(look)
		.text(entry.summary, 'strong')
		.text(entry.comment)
		.blank()
		.rows([hereRow(state, state.hypervisor), ...traits.map(({label, of}) => ({label, value: of(entry)}))])
		.blank()
		.text(catalogue.source, 'dim');
	return {title: entry.name, aside: `runtime ${state.runtime}`, body: {kind: 'page', doc: writer.doc(), top}};
}

/** Why what is greyed cannot be chosen: on Runtime for every pair, on Hypervisor for the chosen runtime. */
export function whyView(state: Journey, top: number, look: Look): ScreenView {
	const writer = new Writer(look);
	const shown = state.screen === 'runtime' ? runtimes : [state.runtime];
	for (const runtime of shown) {
		const greyed = hypervisors.flatMap(hypervisor => {
			const availability = availabilityIn(state, {runtime, hypervisor});
			return availability.state === 'ok'
				? []
				: [{label: catalogue.hypervisors[hypervisor].name, value: availability.reason}];
		});
		if (greyed.length === 0) continue;
		writer.heading(
			runtimeAvailable(state, runtime)
				? `With the ${runtime} runtime`
				: `${runtime}: none of its hypervisors can run here`,
		);
		writer.rows(greyed, 2).blank();
	}
	writer.text('What can be chosen is decided by the release for this architecture and by this host.', 'dim');
	return {title: 'Why some cannot be chosen', aside: '', body: {kind: 'page', doc: writer.doc(), top}};
}
