/** Folders that a step makes on its way: which of them were not there, so that undoing removes those and no others. */
import {dirname} from 'node:path';
import type {Host} from './host.ts';

/** The folders from `path` upwards that do not exist yet, outermost first. */
export async function missingFolders(host: Host, path: string): Promise<string[]> {
	const missing: string[] = [];
	for (let folder = path; (await host.files.realPath(folder)) === null; folder = dirname(folder)) {
		missing.unshift(folder);
		if (folder === '/') break;
	}
	return missing;
}

/** mkdir of each of `folders` that is still missing. */
export async function makeFolders(host: Host, path: string, mode = 0o755): Promise<void> {
	for (const folder of await missingFolders(host, path)) await host.files.makeDirectory(folder, mode);
}

/**
 * Removes `folders`, innermost first, as far as they are empty.
 * @returns one line for each that has something in it and stays
 */
export async function removeFolders(host: Host, folders: readonly string[]): Promise<string[]> {
	for (const folder of [...folders].reverse()) {
		if (await host.files.removeDirectory(folder)) continue;
		const names = await host.files.list(folder);
		if (names && names.length > 0) return [`${folder} stays: it holds ${listed(names)}, which is not ours.`];
	}
	return [];
}

function listed(names: readonly string[]): string {
	const shown = names.slice(0, 3).join(', ');
	return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
