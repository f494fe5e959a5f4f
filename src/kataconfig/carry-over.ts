/**
 * What a change of the pair does with the drop-ins that people put beside those of ours: every pair reads its own config.d,
 * so that the same settings have to stand in the new one, in its words. Pure. Nothing is dropped silently.
 */
import {parse} from '@iarna/toml';
import {tableName} from '../catalogue/by-release.ts';
import {type Pair, pairName} from '../catalogue/catalogue.ts';
import type {DropInFacts} from '../facts/facts.ts';
import {pairFolder} from '../layout.ts';
import {
	type Fate,
	type Releases,
	type Setting,
	type TranslatedSetting,
	translateDropIn,
	withoutMarks,
} from './translate.ts';

export interface CarriedFile {
	/** In the config.d of the new pair; the same as in the old one's. */
	name: string;
	content: string;
	/** Permission bits: what others could not read, they still cannot. */
	mode: number;
}

/** A setting as its file has it; `value` in TOML's words, on one line. */
export interface SettingWords {
	table: string;
	option: string;
	value: string;
}

/** What becomes of one setting of a person's drop-in. */
export interface CarriedSetting {
	/** The drop-in that has it. */
	file: string;
	from: SettingWords;
	/** Null: it is dropped, and stays in the new file as a comment. */
	to: SettingWords | null;
	fate: Fate;
	/** One sentence; null for what stays as it is. */
	why: string | null;
}

/**
 * @param dropIns of all pairs; those of `from` are carried over, those of `to` stay
 * @param releases on either side of the change
 * @returns the files to write into the config.d of `to`, and a sentence for each that is not there as it was, and what
 * becomes of each setting in the files to write
 */
export function carryOver(
	dropIns: readonly DropInFacts[],
	from: Pair,
	to: Pair,
	releases: Releases,
): {files: CarriedFile[]; notes: string[]; settings: CarriedSetting[]} {
	const files: CarriedFile[] = [];
	const notes: string[] = [];
	const settings: CarriedSetting[] = [];
	const inTarget = new Map(dropIns.filter(({pair}) => pair === pairName(to)).map(file => [dropInName(file), file]));
	for (const dropIn of dropIns.filter(({pair}) => pair === pairName(from))) {
		const name = dropInName(dropIn);
		const there = inTarget.get(name);
		const carried = carriedDropIn(dropIn, from, to, releases);
		if (!there) {
			notes.push(...carried.notes);
			settings.push(...carried.settings);
			if (carried.content !== null) files.push({name, content: carried.content, mode: dropIn.mode});
		} else if (carried.content === null || there.text !== carried.content)
			notes.push(`${there.path} is there already and stays as it is; ${dropIn.path} is not carried over to it.`);
	}
	return {files, notes, settings};
}

const inWords = (file: string, {from, to, fate, why}: TranslatedSetting): CarriedSetting => ({
	file,
	from: settingWords(from),
	to: to && settingWords(to),
	fate,
	why,
});

const settingWords = ({table, option, value}: Setting): SettingWords => ({
	table,
	option,
	value: oneLine(JSON.stringify(value)),
});

/** The same in every pair. */
export const dropInName = ({path}: Pick<DropInFacts, 'path'>): string => path.slice(path.lastIndexOf('/') + 1);

/** One drop-in in the words of the new pair. Its content null: it cannot be carried over, as its note tells. */
export function carriedDropIn(
	dropIn: DropInFacts,
	from: Pair,
	to: Pair,
	releases: Releases,
): {content: string | null; notes: string[]; settings: CarriedSetting[]} {
	const {content, notes, rows} = carryOne(dropIn, from, to, releases);
	return {content, notes, settings: rows.map(row => inWords(dropIn.path, row))};
}

function carryOne(
	{path, text, redacted}: DropInFacts,
	from: Pair,
	to: Pair,
	releases: Releases,
): {content: string | null; notes: string[]; rows: TranslatedSetting[]} {
	const refused = (why: string) => ({
		content: null,
		rows: [],
		notes: [`${path} is not carried over to ${pairName(to)}: ${why}`],
	});
	if (text === null) return refused('it is no regular file of UTF-8 text up to 64 KiB that may be read here.');
	if (redacted) return refused('secrets were taken out of what is known of it.');
	const plain = withoutMarks(text);
	try {
		const {rows, content} = translateDropIn(plain, from, to, releases);
		if (rows.every(({fate}) => fate === 'same') && !hasForeignTable(plain, tableName(to, releases.to)))
			return {content: text, notes: [], rows};
		const lost = rows.filter(({fate}) => fate === 'dropped');
		return {
			content: [...headOf(plain), ...wordsOfOurs(path, from, to, lost), '', content ?? ''].join('\n'),
			notes: [noteOf(path, to, rows)],
			rows,
		};
	} catch (error) {
		const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
		return refused(`it is no TOML that kata-setup can read (${line.replace(/[.:]$/, '')}).`);
	}
}

/** Whether a table of a hypervisor is in it that the new pair does not read, though it be empty. */
const hasForeignTable = (text: string, own: string): boolean =>
	Object.keys((parse(text).hypervisor ?? {}) as object).some(name => name !== own);

/** The comments at the head of a file: what people wrote of it, and what an earlier change left there. */
function headOf(text: string): string[] {
	const lines = text.split('\n');
	const end = lines.findIndex(line => line.trim() !== '' && !line.startsWith('#'));
	const head = (end === -1 ? lines : lines.slice(0, end)).join('\n').trim();
	return head === '' ? [] : [head, '#'];
}

const wordsOfOurs = (path: string, from: Pair, to: Pair, lost: readonly TranslatedSetting[]): string[] => [
	`# Carried over by kata-setup from ${path},`,
	`# in the words of ${pairName(to)}. Comments between its settings stand there alone.`,
	...(lost.length > 0 ? ['#', `# Of ${pairName(from)} these have no counterpart here:`] : []),
	...lost.flatMap(({from: {table, option, value}, why}) => [
		'#',
		`# [${word(table)}] ${word(option)} = ${oneLine(JSON.stringify(value))}`,
		`# ${oneLine(why ?? '')}`,
	]),
];

/** A name as TOML has it. */
const word = (name: string): string => (/^[\w.-]*$/.test(name) ? name : oneLine(JSON.stringify(name)));

/** A comment must not end before its end. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ');

function noteOf(path: string, to: Pair, rows: readonly TranslatedSetting[]): string {
	const lost = rows.flatMap(({fate, from: {option}, why}) =>
		fate === 'dropped' ? [`${word(option)} (${oneLine(why ?? '')})`] : [],
	);
	const carried = `${path} is carried over to ${pairName(to)} in its words`;
	if (lost.length === 0) return `${carried}.`;
	return `${carried}; kept there as comments, for want of a counterpart: ${lost.join(' ')}`;
}

/**
 * What another release of the same pair does not read as it stands in a person's drop-in. The file stays as it is: it is
 * theirs, and the release before reads the same one.
 * @returns a sentence for each drop-in that has such a setting
 */
export function unreadNotes(dropIns: readonly DropInFacts[], pair: Pair, releases: Releases): string[] {
	return dropIns
		.filter(dropIn => dropIn.pair === pairName(pair) && dropIn.text !== null && !dropIn.redacted)
		.flatMap(({path, text}) => {
			const news = rowsOf(text ?? '', pair, releases).filter(({fate}) => fate !== 'same');
			if (news.length === 0) return [];
			const told = news.map(({from, to, why}) =>
				to
					? `${nameOf(from)} is ${nameOf(to)} there.`
					: `${nameOf(from)} is not read there, as far as kata-setup knows: ${oneLine(why ?? '')}`,
			);
			return [
				`${path} stays as it is, for Kata ${releases.from} reads it too; with ${releases.to} in force it needs a look. ${told.join(' ')}`,
			];
		});
}

const nameOf = ({table, option}: Setting): string => `[${word(table)}] ${word(option)}`;

/** None of a file that is no TOML: neither release reads it. */
function rowsOf(text: string, pair: Pair, releases: Releases): TranslatedSetting[] {
	try {
		return translateDropIn(withoutMarks(text), pair, pair, releases).rows;
	} catch {
		return [];
	}
}

/** Where the files of a pair go. */
export const dropInFolder = (pair: Pair): string => `${pairFolder(pair)}/config.d`;
