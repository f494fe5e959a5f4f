/** The top-level `imports` of a containerd configuration: what it covers, and how an entry gets in and out. Pure. */
import {poolImport} from '../layout.ts';
import {insertBlock} from './marked-block.ts';
import {elementsOf, parseToml, quoted, stringsOf, topLevelPair} from './toml-text.ts';

/** The name of our drop-in, wherever it lies. */
export const dropInName = 'kata-setup.toml';

/** The folder for drop-ins where the main file imports none: for /etc/containerd/config.toml /etc/containerd/conf.d. */
export const dropInFolder = (mainPath: string): string => `${folderOf(mainPath)}/conf.d`;

const ourPattern = '/kata-setup*.toml';

/**
 * What we import if the main file imports no folder. A glob, because a plain path to a file that is gone keeps
 * containerd 2.x from starting; and one that nothing else matches, because a wider one could bring files into force
 * that lie there unread, and would leave with us while someone else had come to rely on it.
 */
export const ourImport = (mainPath: string): string => dropInFolder(mainPath) + ourPattern;

/** That one, or the pool's, which is there while the devmapper snapshotter's pool is. */
export const isOurImport = (entry: string): boolean => entry.endsWith(ourPattern) || entry === poolImport;

/**
 * The folder whose drop-ins a file's imports bring in, judged by our drop-in's name; null if there is none.
 * @param mainPath the importing file: relative entries are relative to its folder
 */
export function importedFolder(imports: readonly string[], mainPath: string): string | null {
	for (const entry of imports) {
		const absolute = entry.startsWith('/') ? entry : `${folderOf(mainPath)}/${entry}`;
		const folder = folderOf(absolute);
		// Only `*` makes an entry a glob for containerd.
		if (!entry.includes('*') || /[*?[\]\\]/.test(folder)) continue;
		if (globMatches(absolute.slice(folder.length + 1), dropInName)) return folder.replace(/\/(?:\.\/)+/g, '/');
	}
	return null;
}

/** The folder of an absolute path. */
export const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0)) || '/';

/** Does a file name match a pattern of Go's filepath.Match, as far as `*` and `?` go? */
export function globMatches(pattern: string, name: string): boolean {
	if (/[[\]\\]/.test(pattern)) return false;
	const expression = pattern
		.replace(/[.+^${}()|]/g, '\\$&')
		.replaceAll('*', '.*')
		.replaceAll('?', '.');
	return new RegExp(`^${expression}$`).test(name);
}

/** The text with `path` as the last entry of its top-level `imports`; the text must declare a `version`. */
export function addImport(text: string, path: string): string {
	const imports = topLevelPair(text, 'imports');
	if (!imports) {
		const at = topLevelPair(text, 'version')?.lineEnd ?? 0;
		return insertBlock(text, at, [`imports = [${quoted(path)}]`]);
	}
	const last = elementsOf(text, imports.valueStart).at(-1);
	const at = last ? last.end : imports.valueStart + 1;
	return text.slice(0, at) + (last ? `, ${quoted(path)}` : quoted(path)) + text.slice(at);
}

/** The text without our entries in its top-level `imports`, together with the commas that `addImport` wrote. */
export function removeOurImports(text: string): string {
	const rest = removeOurImport(text);
	return rest === text ? text : removeOurImports(rest);
}

function removeOurImport(text: string): string {
	const imports = topLevelPair(text, 'imports');
	if (!imports || !stringsOf(parseToml(text).imports).some(isOurImport)) return text;
	const elements = elementsOf(text, imports.valueStart);
	const index = elements.findIndex(({start, end}) => isOurImport(String(parseToml(`k = ${text.slice(start, end)}`).k)));
	const element = elements[index];
	if (!element) return text;
	const before = elements[index - 1];
	const after = elements[index + 1];
	const start = before ? before.end : element.start;
	const end = before ? element.end : (after?.start ?? element.end);
	return text.slice(0, start) + text.slice(end);
}
