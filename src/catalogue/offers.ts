/**
 * What a release really offers, by its files: a configuration counts only with the shim and all that it names. The
 * catalogue explains; this has the last word. Pure.
 */
import {posix} from 'node:path';
import {parse} from '@iarna/toml';
import {withFolder} from '../kataconfig/left-out-folder.ts';
import {configurationInTree, kataPrefix, shimInTree} from '../layout.ts';
import {catalogue, type Pair, pairEntry, pairName, type Runtime, runtimes} from './catalogue.ts';
import {variantName} from './variants.ts';

/** The files of a tree or of archives. Paths are relative to the prefix /opt/kata. */
export interface ReleaseFiles {
	/** Every file and link; for a link its target as written, for others null. */
	paths: ReadonlyMap<string, string | null>;
	/** The text of each packaged configuration, by its path. */
	configurations: ReadonlyMap<string, string>;
}

export interface Offer {
	runtime: Runtime;
	/** The configuration's file name. */
	file: string;
	/** The pair that the catalogue describes by it. */
	pair: Pair | null;
	/** The pair's or variant's name, or the file's where nothing is described yet. */
	name: string;
	described: boolean;
	/** What the release lacks of it, as paths relative to the prefix; empty: it is complete. */
	missing: string[];
	/** Why it cannot be read; null if it could. */
	error: string | null;
}

/** The keys of `[hypervisor.X]` that name a file without which no sandbox starts. */
export const neededFiles = ['path', 'kernel', 'image', 'initrd', 'virtio_fs_daemon', 'jailer_path', 'firmware'];

/** An offer for each configuration file, complete or not: rust's first, then by file name. */
export function offersOf(files: ReleaseFiles): Offer[] {
	return runtimes.flatMap(runtime =>
		[...files.configurations.keys()]
			.filter(path => posix.dirname(path) === configurationInTree[runtime])
			.map(path => posix.basename(path))
			.filter(file => /^configuration-.+\.toml$/.test(file))
			.sort()
			.map(file => offerOf(runtime, file, files)),
	);
}

function offerOf(runtime: Runtime, file: string, {paths, configurations}: ReleaseFiles): Offer {
	const entry = catalogue.pairs.find(
		pair => pair.runtime === runtime && pair.configuration.some(one => one.file === file),
	);
	const variant = catalogue.advanced.find(one => one.runtime === runtime && one.file === file);
	const pair = entry ? {runtime, hypervisor: entry.hypervisor} : null;
	const name = entry ? pairName(entry) : variant ? variantName(variant) : file.replace(/^configuration-|\.toml$/g, '');
	const named = namedFiles(configurations.get(`${configurationInTree[runtime]}/${file}`) ?? '', paths);
	const wanted = [shimInTree[runtime], ...(named.files ?? [])];
	return {
		runtime,
		file,
		pair,
		name,
		described: entry !== undefined || variant !== undefined,
		missing: [...new Set(wanted)].filter(path => !isThere(path, paths)),
		error: named.error,
	};
}

/** The files under the prefix that a configuration's hypervisor tables name; with the folder that one leaves out. */
function namedFiles(text: string, paths: ReleaseFiles['paths']): {files: string[]; error: string | null} {
	try {
		const tables = Object.values((parse(text).hypervisor ?? {}) as Record<string, Record<string, unknown>>);
		const values = tables.flatMap(table => neededFiles.map(key => table[key]));
		const files = values.flatMap(value =>
			typeof value === 'string' && value.startsWith(`${kataPrefix}/`)
				? [inFull(value.slice(kataPrefix.length + 1), paths)]
				: [],
		);
		return {files, error: tables.length === 0 ? 'it has no table of a hypervisor' : null};
	} catch (error) {
		return {files: [], error: `it is not valid TOML: ${(error as Error).message.split('\n')[0]}`};
	}
}

/** A name of the configuration as a path of the release. */
function inFull(path: string, paths: ReleaseFiles['paths']): string {
	const foldersIn = (folder: string): Set<string> => {
		const inside = [...paths.keys()].filter(one => one.startsWith(`${folder}/`));
		return new Set(inside.map(one => one.slice(folder.length + 1).split('/')[0] ?? ''));
	};
	return withFolder(path, foldersIn, one => isThere(one, paths)) ?? posix.normalize(path);
}

/** Whether a path leads to a file of the release; links are followed, a circle leads nowhere. */
function isThere(path: string, paths: ReadonlyMap<string, string | null>): boolean {
	const seen = new Set<string>();
	let at = path;
	while (!seen.has(at)) {
		seen.add(at);
		const target = paths.get(at);
		if (target === undefined) return false;
		if (target === null) return true;
		at = target.startsWith(`${kataPrefix}/`)
			? target.slice(kataPrefix.length + 1)
			: posix.join(posix.dirname(at), target);
	}
	return false;
}

/** Why a pair cannot be had from these files, in one clause; null: it is complete. */
export function lackOf(pair: Pair, offers: readonly Offer[]): string | null {
	const files = pairEntry(pair).configuration.map(({file}) => file);
	const its = offers.filter(({runtime, file}) => runtime === pair.runtime && files.includes(file));
	const [first] = its;
	if (!first) return 'its configuration is not in this release';
	if (its.some(({missing, error}) => missing.length === 0 && error === null)) return null;
	return first.error ? `${first.file}: ${first.error}` : `this release lacks ${first.missing.join(', ')}`;
}
