/** Hypervisor: what starts the VMs. The trade-offs stand beside the list while the cursor moves. */
import {catalogue, type Hypervisor, hypervisors, type Pair, runtimes} from '../src/catalogue/catalogue.ts';
import {type Doc, span, Writer} from './doc.ts';
import {hereRows, isRecommended, recommendationWords, recommendedRows, remedyIn} from './here.ts';
import {availabilityIn, runtimeAvailable} from './journey/questions.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import {wrap} from './text.ts';
import {decisiveTraits, type Trait, traits} from './traits.ts';
import type {ChoiceItem, ScreenView} from './view.ts';

/** From so many rows on there is room for all the traits. */
const rowsForAll = 30;

export function hypervisorView(state: Journey, look: Look, panelWidth: number): ScreenView {
	const items = hypervisors.map((hypervisor): ChoiceItem => {
		const availability = availabilityIn(state, {runtime: state.runtime, hypervisor});
		const disabled = availability.state !== 'ok';
		// Beside the panel there is room for a word only; the whole reason stands in the panel and below the list.
		const greyed = disabled ? (look.wide ? 'not here' : availability.reason) : '';
		return {
			value: hypervisor,
			label: catalogue.hypervisors[hypervisor].name,
			tag: disabled ? greyed : isRecommended(state, hypervisor) ? 'recommended' : '',
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

function hypervisorPanel(state: Journey, hypervisor: Hypervisor, writer: Writer): Doc {
	const {look} = writer;
	const entry = catalogue.hypervisors[hypervisor];
	const row = ({label, of}: Trait) => ({label, value: of(entry)});
	const here = hereRows(state, hypervisor);
	const first = decisiveTraits.map(row);
	const rest = traits.filter(({label}) => !decisiveTraits.some(trait => trait.label === label)).map(row);
	if (!look.wide) {
		// The list stands above, with little room for reasons: what is greyed says why at once, and words come last.
		const greyed = availabilityIn(state, {runtime: state.runtime, hypervisor}).state !== 'ok';
		const rows = greyed ? [...here, ...first] : [...recommendedRows(state, hypervisor), ...first, ...here];
		return writer
			.rows([...rows, ...rest])
			.text(entry.summary)
			.doc();
	}
	writer.line(span(entry.name, 'accent'));
	writer.text(entry.summary);
	// Every trait stays on its line while the cursor moves, so that the eye can compare.
	while (writer.lines.length < 1 + summaryLines(writer.width)) writer.blank();
	if (!look.compact) writer.blank();
	return writer.rows(look.rows >= rowsForAll ? [...traits.map(row), ...here] : [...first, ...here, ...rest]).doc();
}

const summaryLines = (width: number): number =>
	Math.max(...hypervisors.map(hypervisor => wrap(catalogue.hypervisors[hypervisor].summary, width).length));

/** Below the list, beside the panel: why one is recommended, why the greyed ones cannot be chosen; the highlighted first. */
function reasonsBelow(state: Journey, look: Look, width: number): Doc {
	const writer = new Writer(look, width);
	const greyed = hypervisors.flatMap(hypervisor => {
		const availability = availabilityIn(state, {runtime: state.runtime, hypervisor});
		return availability.state === 'ok' ? [] : [{hypervisor, reason: availability.reason}];
	});
	const sayWhy = ({hypervisor, reason}: (typeof greyed)[number]): void => {
		if (writer.lines.length > 0) writer.blank();
		writer.text(`${catalogue.hypervisors[hypervisor].name}: ${reason}`, 'dim');
		const remedy = hypervisor === state.hypervisor ? remedyIn(state, hypervisor) : null;
		if (remedy !== null) writer.text(`To get it: ${remedy}`);
	};
	for (const one of greyed) if (one.hypervisor === state.hypervisor) sayWhy(one);
	const recommended = recommendationWords(state);
	if (recommended !== null) {
		if (writer.lines.length > 0) writer.blank();
		writer.text(recommended);
	}
	for (const one of greyed) if (one.hypervisor !== state.hypervisor) sayWhy(one);
	return writer.doc();
}

/** All there is to say of one hypervisor. */
export function hypervisorDetails(state: Journey, top: number, look: Look): ScreenView {
	const entry = catalogue.hypervisors[state.hypervisor];
	const writer = new Writer(look)
		.text(entry.summary, 'strong')
		.blank()
		.rows([
			...hereRows(state, state.hypervisor),
			...recommendedRows(state, state.hypervisor),
			...traits.map(({label, of}) => ({label, value: of(entry)})),
		])
		.blank()
		.text(catalogue.source, 'dim');
	return {title: entry.name, aside: `runtime ${state.runtime}`, body: {kind: 'page', doc: writer.doc(), top}};
}

/** Why not, and what would make it available. */
function whyWords(state: Journey, {runtime, hypervisor}: Pair, reason: string): string {
	const remedy = remedyIn(state, hypervisor, runtime);
	return remedy === null ? reason : `${reason}. To get it: ${remedy}.`;
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
				: [
						{
							label: catalogue.hypervisors[hypervisor].name,
							value: whyWords(state, {runtime, hypervisor}, availability.reason),
						},
					];
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
