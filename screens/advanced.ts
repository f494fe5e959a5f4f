/** Advanced: the variants for special hosts, and what nobody has described yet. What can run here can be chosen. */
import {availabilityOf} from '../src/catalogue/availability.ts';
import {pairOfVariant, variantName} from '../src/catalogue/variants.ts';
import type {VariantHere} from '../src/catalogue/variants-here.ts';
import {type Doc, type Row, Writer} from './doc.ts';
import {type AdvancedEntry, advancedEntries} from './journey/entries.ts';
import {versionIn} from './journey/questions.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import type {ChoiceItem, ScreenView} from './view.ts';

/** What a story takes in the narrowest terminal that all of it is seen in: the list above it scrolls. */
const storyRows = 10;

export function advancedView(state: Journey, look: Look, panelWidth: number): ScreenView {
	const entries = advancedEntries(state);
	const chosen = entries[state.advancedCursor];
	const count = entries.length > 0 ? ` ${look.glyphs.dot} ${state.advancedCursor + 1} of ${entries.length}` : '';
	return {
		title: 'Advanced: for special hosts',
		aside: `runtime ${state.runtime}${count}`,
		body: {
			kind: 'choice',
			items: entries.map(entry => itemOf(entry, look)),
			index: state.advancedCursor,
			panel: chosen ? storyOf(state, chosen, new Writer(look, panelWidth)) : new Writer(look).doc(),
			panelRows: storyRows,
			below: new Writer(look).doc(),
		},
	};
}

function itemOf(entry: AdvancedEntry, look: Look): ChoiceItem {
	if (entry.entry === 'undescribed')
		return {value: entry.file, label: shortName(entry.file), tag: 'unknown', tagTone: 'dim', disabled: true};
	const {name, available, reason} = entry.variant;
	// Beside the story there is room for a word only.
	const greyed = look.wide ? 'not here' : (reason ?? '');
	return {
		value: name,
		label: name,
		tag: available ? 'runs' : greyed,
		tagTone: available ? 'good' : 'dim',
		disabled: !available,
	};
}

const shortName = (file: string): string => file.replace(/^configuration-|\.toml$/g, '');

/** What it is and whether it can be chosen: all that decides is seen at once, the rest is a page away. */
function storyOf(state: Journey, entry: AdvancedEntry, writer: Writer): Doc {
	if (entry.entry === 'undescribed')
		return writer
			.text(entry.file, 'accent')
			.text('In the installed release, and not described yet: what it needs is not known to this kata-setup.')
			.rows([{label: 'On this host', value: 'cannot be chosen', tone: 'warn'}])
			.doc();
	const {title, summary} = entry.variant;
	writer.text(title, 'accent').text(summary);
	if (!writer.look.compact) writer.blank();
	return writer.rows([...hereRows(state, entry.variant), ...needRows(entry.variant)]).doc();
}

function hereRows(state: Journey, variant: VariantHere): Row[] {
	const {available, reason, remedy} = variant;
	const value = available ? ['runs', ...changesOf(state, variant)].join('; ') : (reason ?? '');
	return [
		{label: 'On this host', value, tone: available ? 'good' : 'warn'},
		...(remedy === null ? [] : [{label: 'To get it', value: remedy}]),
	];
}

/** What the plan changes on this host for it. */
function changesOf(state: Journey, variant: VariantHere): string[] {
	const pair = pairOfVariant(variant);
	const availability = pair && state.facts ? availabilityOf(pair, state.facts, versionIn(state)) : null;
	return availability?.state === 'ok' ? availability.changes : [];
}

const needRows = ({needs}: VariantHere): Row[] =>
	needs.length === 0 ? [] : [{label: 'Needs', value: needs.join(', ')}];

/** All that is known of the highlighted one. */
export function advancedDetails(state: Journey, top: number, look: Look): ScreenView {
	const entry = advancedEntries(state)[state.advancedCursor];
	const writer = new Writer(look);
	if (entry?.entry === 'variant') {
		const {variant} = entry;
		const {summary, architectures, since, until, file, table, testedUpstream, experimental, source} = variant;
		writer
			.text(summary, 'strong')
			.blank()
			.rows([
				...hereRows(state, variant),
				...needRows(variant),
				{label: 'On', value: architectures.join(', ')},
				{label: 'In releases', value: `known since Kata ${since}${until ? `, until ${until}` : ''}`},
				{label: 'Configuration', value: file},
				{label: 'Table', value: `[hypervisor.${table}]`},
				{label: 'Tested by Kata', value: testedUpstream.length > 0 ? testedUpstream.join(', ') : 'no'},
				...(experimental ? [{label: 'State', value: 'experimental'}] : []),
				{label: 'Source', value: source},
				{label: 'In a terminal', value: `kata-setup explain ${variantName(variant)}`, command: true},
			])
			.blank();
	}
	writer.text('All of them for both runtimes, to print or as JSON: kata-setup list --advanced', 'dim');
	const title = entry?.entry === 'variant' ? entry.variant.title : (entry?.file ?? '');
	return {title, aside: `runtime ${state.runtime}`, body: {kind: 'page', doc: writer.doc(), top}};
}
