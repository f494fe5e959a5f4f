/** What lies in a throwaway root, for comparing it before and after. */
import * as fs from 'node:fs/promises';
import {join} from 'node:path';

/** Everything below `root`: path → mode, and a file's bytes in base64 or a link's target. */
export async function listingOf(root: string): Promise<Record<string, string>> {
	const entries: Record<string, string> = {};
	for (const entry of await fs.readdir(root, {recursive: true, withFileTypes: true})) {
		const path = join(entry.parentPath, entry.name);
		const {mode} = await fs.lstat(path);
		const content = entry.isSymbolicLink()
			? await fs.readlink(path)
			: entry.isFile()
				? await fs.readFile(path, 'base64')
				: '';
		entries[path.slice(root.length)] = `${mode.toString(8)} ${content}`;
	}
	return entries;
}
