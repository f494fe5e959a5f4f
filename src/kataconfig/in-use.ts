/**
 * The options that people set on this host, in drop-ins of ours or for another Kata, and which of them a runtime has no
 * words for: what a person has to know before the runtime is changed. Pure.
 */
import {catalogue, type Pair, pairEntry, pairName, plainOf, type Runtime, variantOf} from '../catalogue/catalogue.ts';
import {installedPair} from '../catalogue/here-already.ts';
import type {Facts, KataConfigurationFacts} from '../facts/facts.ts';
import {type Setting, settingsOf, translateSetting} from './translate.ts';

/** An option in use that would be dropped. */
export interface LostOption {
	/** The file that sets it. */
	file: string;
	table: string;
	option: string;
	/** One sentence. */
	why: string;
}

export interface UnderRuntime {
	/** How many options people set in the words of the other runtime; 0: there is nothing to say. */
	inUse: number;
	lost: LostOption[];
}

interface Used extends Setting {
	file: string;
	pair: Pair;
}

/** @param runtime the one that may be changed to: what is set in its own words needs no other */
export function lostUnder(facts: Facts, runtime: Runtime): UnderRuntime {
	const used = [...inOurDropIns(facts), ...ofAnotherKata(facts.kataConfiguration ?? [])].filter(
		({pair}) => pair.runtime !== runtime,
	);
	return {
		inUse: used.length,
		lost: used.flatMap(({file, pair, ...setting}) => {
			const same: Pair = {...pair, runtime};
			const {fate, why} = translateSetting(setting, pair, variantOf(same) ? same : plainOf(same));
			return fate === 'dropped' ? [{file, table: setting.table, option: setting.option, why: why ?? ''}] : [];
		}),
	};
}

/** What is set for the pair in force; that of the other pairs is not in use. */
function inOurDropIns({installation, dropIns = []}: Facts): Used[] {
	const pair = installation && installedPair(installation);
	if (!pair) return [];
	return dropIns
		.filter(dropIn => dropIn.pair === pairName(pair))
		.flatMap(({path, text}) => (text === null ? [] : readable(text).map(setting => ({...setting, file: path, pair}))));
}

/** A file that is no TOML sets nothing; Review says so when it is not carried over. */
function readable(text: string): Setting[] {
	try {
		return settingsOf(text);
	} catch {
		return [];
	}
}

/** What was changed in the files of a Kata that is not ours. The value is not known, and decides nothing here. */
const ofAnotherKata = (files: readonly KataConfigurationFacts[]): Used[] =>
	files.flatMap(({path, runtime, set = []}) => {
		const pair = pairOf(runtime, set);
		return set.map(({table, option}) => ({table, option, value: '', file: path, pair}));
	});

/** The pair that a file is for, by the table of its hypervisor; QEMU's where it names none. */
function pairOf(runtime: Runtime, set: readonly {table: string}[]): Pair {
	const sections = set.flatMap(({table}) => (table.startsWith('hypervisor.') ? [table.split('.')[1]] : []));
	const entry = catalogue.pairs.find(
		pair => pair.runtime === runtime && sections.some(section => section === pairEntry(pair).section),
	);
	return {runtime, hypervisor: entry?.hypervisor ?? 'qemu'};
}

/** In half a line; null: nothing of it is in use. */
export function lostWords({inUse, lost}: UnderRuntime, runtime: Runtime): string | null {
	if (inUse === 0) return null;
	const options = inUse === 1 ? 'the one option that you set' : `all ${inUse} options that you set`;
	if (lost.length === 0) return `${runtime} has a counterpart of ${options}`;
	return `of ${inUse} options that you set ${runtime} has no counterpart of: ${[...new Set(lost.map(({option}) => option))].join(', ')}`;
}
