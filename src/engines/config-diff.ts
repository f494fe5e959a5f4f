/**
 * What differs between two of containerd's configuration dumps, and what of it we may be the cause of. Pure.
 *
 * `config dump` ends with 0 for files that lose the user's settings, so the difference is the judge, not the exit code.
 */
import {isSecretName, redaction, withoutPasswords} from '../facts/secrets.ts';
import {criPlugins} from './containerd-dump.ts';
import {imagesPlugin} from './snapshotter-edit.ts';
import {type Toml, tableOf} from './toml-text.ts';

/** One key that is not the same; `before` or `after` is undefined where the key was not there. */
export interface Difference {
	path: string[];
	before: unknown;
	after: unknown;
}

/** Every leaf by its path. Arrays are leaves; an empty table is none. */
function leavesOf(toml: Toml): Map<string, {path: string[]; value: unknown}> {
	const leaves = new Map<string, {path: string[]; value: unknown}>();
	const walk = (value: unknown, path: string[]): void => {
		if (value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date))
			for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
		else leaves.set(JSON.stringify(path), {path, value});
	};
	walk(toml, []);
	return leaves;
}

// A 64-bit integer that JavaScript's numbers cannot hold comes out of the parser as a BigInt, which JSON refuses.
const textOf = (value: unknown, replaced = (_key: string, inner: unknown): unknown => inner): string =>
	JSON.stringify(value, (key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : replaced(key, inner))) ??
	'';

/** The keys added, removed and changed from one parsed dump to another, in the order of the first. */
export function compareDumps(before: Toml, after: Toml): Difference[] {
	const old = leavesOf(before);
	const now = leavesOf(after);
	const differences: Difference[] = [];
	for (const [key, {path, value}] of old) {
		const other = now.get(key);
		if (!other || textOf(other.value) !== textOf(value)) differences.push({path, before: value, after: other?.value});
	}
	for (const [key, {path, value}] of now) if (!old.has(key)) differences.push({path, before: undefined, after: value});
	return differences;
}

/**
 * The differences that registering `handler` does not account for; empty is what a good edit gives.
 * @param sections a snapshotter's that we set up now, and one that an earlier run did, by the plugin's name
 * `imports` is left out: 1.x lists there the files that it loaded, and adding our drop-in is a part of the edit.
 */
export const foreignDifferences = (
	differences: Difference[],
	handler: string,
	sections: readonly Readonly<Record<string, Toml>>[] = [],
): Difference[] => differences.filter(difference => !isOurs(difference, handler) && !isOfSection(difference, sections));

/** A key of a snapshotter's section that is as we wrote it, or empty. */
function isOfSection({path, before, after}: Difference, sections: readonly Readonly<Record<string, Toml>>[]): boolean {
	const [plugins, plugin = '', key = ''] = path;
	const ours = sections.flatMap(section => (section[plugin] ? [tableOf(section[plugin])] : []));
	if (plugins !== 'plugins' || path.length !== 3 || ours.length === 0) return false;
	return [before, after].every(
		value => value === undefined || isEmptyValue(value) || ours.some(section => textOf(value) === textOf(section[key])),
	);
}

function isOurs({path, before, after}: Difference, handler: string): boolean {
	if (path.length === 1 && path[0] === 'imports') return true;
	const [plugins, plugin = '', containerd, runtimes, name] = path;
	if (plugin === imagesPlugin && containerd === 'runtime_platforms' && runtimes === handler) return true;
	if (plugins !== 'plugins' || containerd !== 'containerd' || runtimes !== 'runtimes') return false;
	if (!criPlugins.some(known => known === plugin)) return false;
	if (name === handler) return true;
	// A runtime that 1.x had built in and that is now spelled out: keys that were empty are no longer printed.
	return after === undefined && isEmptyValue(before);
}

/** What a dump prints for a setting that nobody made. */
export const isEmptyValue = (value: unknown): boolean =>
	value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0);

/** A value as others may read it: without the secrets of the settings in it, and without passwords in addresses. */
function tellable(value: unknown, key: string | undefined): string {
	if (key !== undefined && isSecretName(key)) return JSON.stringify(redaction);
	return withoutPasswords(textOf(value, (inner, held) => (isSecretName(inner) ? redaction : held)));
}

/** A difference in one line, for an error's evidence, which everybody may read. */
export function differenceLine({path, before, after}: Difference): string {
	const told = (value: unknown): string => tellable(value, path.at(-1));
	const key = path.map(part => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.');
	if (after === undefined) return `${key} = ${told(before)} is lost`;
	return before === undefined
		? `${key} = ${told(after)} is new`
		: `${key} changes from ${told(before)} to ${told(after)}`;
}
