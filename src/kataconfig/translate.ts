/**
 * A person's own settings, in the words of another runtime or hypervisor. Nothing is dropped silently: every setting has a
 * row that says what became of it.
 *
 * The runtimes' names and units: docs/migrating-config-go-runtime-to-runtime-rs.md of Kata 4.1.0, and its packaged files.
 */
import {parse, stringify} from '@iarna/toml';
import {tableName} from '../catalogue/by-release.ts';
import {type Pair, pairEntry, samePair} from '../catalogue/catalogue.ts';
import {type Rule, rules, valueIn} from './translation-rules.ts';
import {knowsOption} from './vocabulary.ts';

export type Value = string | number | boolean | Value[];

export interface Setting {
	/** The table as the file has it, for example `hypervisor.qemu`. */
	table: string;
	option: string;
	value: Value;
}

/** What became of a setting. `changed`: another name, table, unit or value, as `why` tells. */
export type Fate = 'same' | 'changed' | 'dropped';

export interface TranslatedSetting {
	from: Setting;
	/** Null if it was dropped. */
	to: Setting | null;
	fate: Fate;
	/** One sentence; null for what stays as it is. */
	why: string | null;
}

/** The releases on either side of a change: they may call a hypervisor's table differently. */
export interface Releases {
	from: string;
	to: string;
}

/**
 * @param text a drop-in for the configuration of `from`
 * @param releases absent: the newest one known on both sides
 * @returns a row for every setting in the order of the file, and the drop-in for `to` (null if nothing is left of it)
 * @throws Error of the TOML parser if `text` is none
 */
export function translateDropIn(
	text: string,
	from: Pair,
	to: Pair,
	releases: Releases | null = null,
): {rows: TranslatedSetting[]; content: string | null} {
	const isSame = samePair(from, to) && releases !== null && releases.from === releases.to;
	const rows = settingsOf(text).map(setting =>
		isSame ? keptSetting(setting) : translateSetting(setting, from, to, releases),
	);
	const kept = rows.flatMap(row => (row.to ? [row.to] : []));
	return {rows, content: kept.length > 0 ? settingsText(kept) : null};
}

/** The parser takes neither a byte order mark nor a CRLF after a comment, which TOML and both runtimes do. */
export const withoutMarks = (text: string): string => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');

/**
 * Every setting of a configuration file or drop-in, in its order.
 * @throws Error of the TOML parser if `text` is none
 */
export const settingsOf = (text: string): Setting[] => settingsIn(parse(withoutMarks(text)));

/** Every option of a parsed drop-in with its table; arrays are values, also those of tables. */
function settingsIn(toml: Record<string, unknown>, table = ''): Setting[] {
	return Object.entries(toml).flatMap(([name, value]) =>
		typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
			? settingsIn(value as Record<string, unknown>, table === '' ? name : `${table}.${name}`)
			: [{table, option: name, value: value as Value}],
	);
}

/**
 * A setting that goes along with its own pair and release: all but a program of people's own in the place of the release's,
 * which no switch and no upgrade would change, and with which nothing is proven of the release.
 */
function keptSetting(setting: Setting): TranslatedSetting {
	const {option, value} = setting;
	const isOutside = [value]
		.flat()
		.some(one => typeof one === 'string' && one.startsWith('/') && !one.startsWith('/opt/kata/'));
	if (programs.includes(option) && isOutside)
		return {
			from: setting,
			to: null,
			fate: 'dropped',
			why: 'It names a program outside of the release, which would stay through every switch and upgrade; the packaged value holds.',
		};
	return {from: setting, to: setting, fate: 'same', why: null};
}

export function translateSetting(
	setting: Setting,
	from: Pair,
	to: Pair,
	releases: Releases | null = null,
): TranslatedSetting {
	const dropped = (why: string): TranslatedSetting => ({from: setting, to: null, fate: 'dropped', why});
	const general = withoutSection(setting.table, sectionOf(from, releases?.from));
	if (general === null)
		return dropped(
			`[${setting.table}] is not the table of this configuration: ${pairEntry(from).hypervisor} does not read it.`,
		);
	const rule = from.runtime === to.runtime ? undefined : ruleFor(general, setting.option, from);
	if (rule && !rule[to.runtime]) return dropped(rule.why);
	const target = rule?.[to.runtime] ?? {table: general, option: setting.option};
	const moved: Setting = {
		table: withSection(target.table, sectionOf(to)),
		option: target.option,
		value: rule ? converted(rule, setting.value, from) : setting.value,
	};
	const own = ofThePair(setting, from, to);
	if (own) return dropped(own);
	// What the runtime itself reads, it reads with every hypervisor, whether or not the packaged file has a line for it.
	if (from.runtime === to.runtime && ofTheRuntime.test(general))
		return {from: setting, to: setting, fate: 'same', why: null};
	const value = valueIn(to, moved);
	if (value === null) return dropped(`${to.hypervisor} has no value of ${moved.option} that means this.`);
	if (!knowsOption(to, moved.table, moved.option))
		return dropped(`The configuration of ${to.hypervisor} with ${to.runtime} has no such option.`);
	const result = {...moved, table: withSection(target.table, sectionOf(to, releases?.to)), value};
	const same = result.table === setting.table && result.option === setting.option && equal(value, setting.value);
	return same
		? {from: setting, to: result, fate: 'same', why: null}
		: {from: setting, to: result, fate: 'changed', why: rule?.why ?? 'The other configuration calls it so.'};
}

const equal = (a: Value, b: Value): boolean => JSON.stringify(a) === JSON.stringify(b);

const ruleFor = (table: string, option: string, {runtime}: Pair): Rule | undefined =>
	rules.find(rule => rule[runtime]?.table === table && rule[runtime]?.option === option);

const converted = (rule: Rule, value: Value, from: Pair): Value =>
	typeof value === 'number' && rule.convert ? rule.convert[from.runtime === 'go' ? 'toRust' : 'toGo'](value) : value;

/** `hypervisor.qemu.factory` → `hypervisor.*.factory`; null for the table of another hypervisor. */
function withoutSection(table: string, own: string): string | null {
	const [first, section, ...rest] = table.split('.');
	if (first !== 'hypervisor') return table;
	return section === own ? ['hypervisor', '*', ...rest].join('.') : null;
}

const withSection = (table: string, section: string): string => table.replace('*', section);

/** @param release absent: the newest */
const sectionOf = (pair: Pair, release?: string): string =>
	release === undefined ? pairEntry(pair).section : tableName(pair, release);

/** The tables that are the runtime's own and no hypervisor's. */
const ofTheRuntime = /^(?:runtime|factory|agent\.kata)$/;

/** Options that name a program or file of the pair itself. A file of the person's own may be kept. */
const programs = [
	'path',
	'jailer_path',
	'virtio_fs_daemon',
	'valid_hypervisor_paths',
	'valid_jailer_paths',
	'valid_virtio_fs_daemon_paths',
	'machine_type',
	'hypervisor_name',
];
const files = ['kernel', 'image', 'initrd', 'firmware', 'firmware_volume'];

function ofThePair({option, value}: Setting, from: Pair, to: Pair): string | null {
	if (programs.includes(option) && (from.hypervisor !== to.hypervisor || from.runtime !== to.runtime))
		return 'It belongs to the hypervisor that is left; the packaged value holds.';
	if (files.includes(option) && typeof value === 'string' && (value === '' || value.startsWith('/opt/kata/')))
		return "It names a file of Kata's own, which the packaged configuration chooses.";
	return null;
}

/** Settings as the text of a drop-in. */
export function settingsText(settings: readonly Setting[]): string {
	const root: Record<string, unknown> = {};
	for (const {table, option, value} of settings) {
		let at = root;
		for (const name of table === '' ? [] : table.split('.')) {
			at[name] ??= {};
			at = at[name] as Record<string, unknown>;
		}
		at[option] = value;
	}
	// The library writes 60000 as 60_000, which is TOML and reads like none.
	return stringify(root as Parameters<typeof stringify>[0]).replaceAll(/(?<==\s*[\d_]*\d)_(?=\d)/g, '');
}
