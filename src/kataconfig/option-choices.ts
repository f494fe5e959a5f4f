/** The options of a choice as a person goes through them: what is in force, and which values come next. Pure. */

import type {Pair} from '../catalogue/catalogue.ts';
import {defaultGuestMemory, doubtOf, fittingGuestMemory} from '../catalogue/guest-memory.ts';
import type {Facts} from '../facts/facts.ts';
import {hugePagesRefusal, sharedFileSystems} from './option-refusals.ts';
import {
	type OptionEntry,
	type OptionName,
	type OptionValue,
	type OptionValues,
	optionDefault,
	optionEntries,
	optionNames,
	optionRefusal,
} from './options.ts';

/** The options of a guest, and its memory, which has a flag and a place in the plan of its own. */
export type ChoiceOption = OptionName | 'guest-memory';

/** What the person set; what is absent stays as it is shipped, or as it fits. */
export interface ChosenOptions extends OptionValues {
	/** MiB. */
	'guest-memory'?: number;
}

const guestMemory: OptionEntry = {
	title: 'Guest memory',
	unit: 'MiB',
	type: 'number',
	key: 'default_memory',
	effect: 'How much memory a guest boots with when its container has no memory limit.',
	cost: 'A guest that gets more than the host has may be killed.',
};

/** In the order of the screen. */
export const choiceOptions: readonly ChoiceOption[] = ['vcpus', 'guest-memory', ...optionNames.slice(1)];

export const choiceOptionEntry = (name: ChoiceOption): OptionEntry =>
	name === 'guest-memory' ? guestMemory : optionEntries[name];

/** What holds where the person sets nothing; null: the pair has no such option. */
export function unsetValue(pair: Pair, facts: Facts, name: ChoiceOption): OptionValue | null {
	return name === 'guest-memory' ? fittingGuestMemory(facts, pair).mib : optionDefault(pair, facts.machine, name);
}

/** Guest sizes that are offered, in MiB. Any other can be given by --guest-memory. */
const memorySizes = [256, 512, 1024, defaultGuestMemory, 4096, 8192, 16_384, 32_768];

/**
 * The values that can be had here, in ascending order, with the one that holds by itself among them.
 * @param chosen what is set of the others: huge pages and the guest's memory bound each other
 * Fewer than two: there is nothing to change, and `reasonAgainst` says why.
 */
export function valuesOf(pair: Pair, facts: Facts, name: ChoiceOption, chosen: ChosenOptions = {}): OptionValue[] {
	const unset = unsetValue(pair, facts, name);
	if (unset === null) return [];
	return candidatesOf(pair, facts, name, unset).filter(
		value => value === unset || refusal(pair, facts, name, value, chosen) === null,
	);
}

function candidatesOf(pair: Pair, {cpu}: Facts, name: ChoiceOption, unset: OptionValue): OptionValue[] {
	if (name === 'guest-memory') return sortedWith(memorySizes, unset);
	if (name === 'vcpus')
		return sortedWith(
			Array.from({length: cpu.count}, (_, index) => index + 1),
			unset,
		);
	if (name === 'shared-fs') return [...new Set([String(unset), ...sharedFileSystems(pair)])];
	return [false, true];
}

const sortedWith = (sizes: readonly number[], unset: OptionValue): number[] =>
	[...new Set([...sizes, Number(unset)])].sort((a, b) => a - b);

function refusal(
	pair: Pair,
	facts: Facts,
	name: ChoiceOption,
	value: OptionValue,
	chosen: ChosenOptions,
): string | null {
	if (name !== 'guest-memory') return optionRefusal(pair, facts, name, value, chosen['guest-memory']);
	const lack = chosen.hugepages ? hugePagesRefusal(pair, facts, Number(value)) : null;
	if (lack) return lack;
	const doubt = doubtOf(facts, pair, Number(value));
	return doubt?.kind === 'refused' ? doubt.why : null;
}

/** Why an option cannot be changed, in one clause; null: it can. */
export function reasonAgainst(pair: Pair, facts: Facts, name: ChoiceOption, chosen: ChosenOptions = {}): string | null {
	const values = valuesOf(pair, facts, name, chosen);
	if (values.length > 1) return null;
	const other = values[0] === undefined ? true : typeof values[0] === 'boolean' ? !values[0] : values[0];
	return refusal(pair, facts, name, other, chosen) ?? 'there is only this one here';
}

/** What is set, or holds by itself; null: the pair has no such option. */
export const valueIn = (chosen: ChosenOptions, pair: Pair, facts: Facts, name: ChoiceOption): OptionValue | null =>
	chosen[name] ?? unsetValue(pair, facts, name);

/**
 * The options with the next value of one (`by` 1) or the one before (-1), round and round. What comes to the value that
 * holds by itself is set no more.
 */
export function changed(
	chosen: ChosenOptions,
	pair: Pair,
	facts: Facts,
	name: ChoiceOption,
	by: 1 | -1,
): ChosenOptions {
	const values = valuesOf(pair, facts, name, chosen);
	if (values.length < 2) return chosen;
	const at = values.indexOf(valueIn(chosen, pair, facts, name) ?? '');
	const next = values[(Math.max(0, at) + by + values.length) % values.length];
	const {[name]: _, ...others} = chosen;
	return next === unsetValue(pair, facts, name) ? others : {...others, [name]: next};
}

/** Only what the pair has and this host allows: a choice may have been made for another pair. */
export function fittingOptions(chosen: ChosenOptions, pair: Pair, facts: Facts): ChosenOptions {
	return Object.fromEntries(
		choiceOptions.flatMap(name => {
			const value = chosen[name];
			return value !== undefined &&
				unsetValue(pair, facts, name) !== null &&
				refusal(pair, facts, name, value, chosen) === null
				? [[name, value]]
				: [];
		}),
	);
}

/** A value as a person reads it: `on`, `2048 MiB`. */
export function valueWords(name: ChoiceOption, value: OptionValue | null): string {
	if (value === null) return 'not in this configuration';
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	const {unit} = choiceOptionEntry(name);
	return unit === null ? String(value) : `${value} ${value === 1 ? unit.replace(/s$/, '') : unit}`;
}
