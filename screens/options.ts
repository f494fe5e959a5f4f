/** Options: what a guest gets, for those who want it otherwise than it is shipped. Nobody has to pass through here. */
import {titleOfPair} from '../src/catalogue/availability.ts';
import type {Pair} from '../src/catalogue/catalogue.ts';
import type {Facts} from '../src/facts/facts.ts';
import {
	type ChoiceOption,
	type ChosenOptions,
	choiceOptionEntry,
	choiceOptions,
	reasonAgainst,
	unsetValue,
	valueIn,
	valuesOf,
	valueWords,
} from '../src/kataconfig/option-choices.ts';
import {type Doc, span, Writer} from './doc.ts';
import {pairOf} from './journey/questions.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import type {ChoiceItem, ScreenView} from './view.ts';

export function optionsView(state: Journey, look: Look, panelWidth: number): ScreenView {
	const {facts} = state;
	const writer = new Writer(look, panelWidth);
	if (!facts) return {title: '', aside: '', body: {kind: 'page', doc: writer.doc(), top: 0}};
	const pair = pairOf(state);
	const items = choiceOptions.map(name => itemOf(state, facts, pair, name));
	return {
		title: 'What does a guest get?',
		aside: `${pair.runtime} ${look.glyphs.dot} ${titleOfPair(pair)}`,
		body: {
			kind: 'choice',
			items,
			index: state.optionCursor,
			panel: panelOf(state, facts, pair, choiceOptions[state.optionCursor] ?? 'vcpus', writer),
			below: new Writer(look).doc(),
		},
	};
}

function itemOf({options}: Journey, facts: Facts, pair: Pair, name: ChoiceOption): ChoiceItem {
	const fixed = reasonAgainst(pair, facts, name, options) !== null;
	const value = valueIn(options, pair, facts, name);
	return {
		value: name,
		// The flags' names are the shorter ones; the title stands in the panel.
		label: name,
		// A value that was set is marked by a sign, and not by its colour alone.
		tag: value === null ? 'none' : `${shortWords(name, value)}${options[name] === undefined ? '' : ' *'}`,
		tagTone: options[name] === undefined ? 'dim' : 'good',
		disabled: fixed,
	};
}

/** Beside the titles there is no room for units. */
const shortWords = (name: ChoiceOption, value: NonNullable<ReturnType<typeof valueIn>>): string =>
	typeof value === 'number' ? String(value) : valueWords(name, value);

function panelOf({options}: Journey, facts: Facts, pair: Pair, name: ChoiceOption, writer: Writer): Doc {
	const {title, effect, cost, key} = choiceOptionEntry(name);
	const {look} = writer;
	writer.line(span(title, 'accent')).text(effect);
	if (!look.compact) writer.blank();
	writer.text(cost, 'dim');
	if (!look.compact) writer.blank();
	const against = reasonAgainst(pair, facts, name, options);
	const values = valuesOf(pair, facts, name, options);
	writer.rows([
		{label: 'Now', value: nowWords(options, facts, pair, name), tone: 'good'},
		against === null
			? {label: 'Can be', value: values.map(value => shortWords(name, value)).join(', ')}
			: {label: 'Fixed', value: against, tone: 'warn'},
		{label: "In Kata's file", value: key},
	]);
	if (Object.keys(options).length > 0 && !look.compact)
		writer.blank().text('* is set otherwise than it would be by itself.', 'dim');
	return writer.doc();
}

function nowWords(options: ChosenOptions, facts: Facts, pair: Pair, name: ChoiceOption): string {
	const now = valueWords(name, valueIn(options, pair, facts, name));
	return options[name] === undefined ? now : `${now}; by itself ${valueWords(name, unsetValue(pair, facts, name))}`;
}
