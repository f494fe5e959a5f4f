/**
 * Copies of kata-setup that root runs from: `src/program/as-root.ts` makes them, one for each start, in a folder that nobody
 * else may enter. The worker removes its own at its end; one that was killed leaves it, and the next run of root takes it away.
 */
import {readdir, readFile, readlink, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {packagePath} from '../assets.ts';

/** Where a copy may lie: the first of these that is there, root's alone, and lets programs be executed. */
export const copyParents = ['/opt', '/var/lib', '/root'] as const;
export const copyPrefix = '.kata-setup-';

const isCopy = (path: string): boolean =>
	copyParents.some(
		parent => path.startsWith(`${parent}/${copyPrefix}`) && !path.slice(parent.length + 1).includes('/'),
	);

/** The copy that this process runs from; null where it runs from the package itself. */
export function ownCopy(): string | null {
	const folder = packagePath('.');
	return isCopy(folder) ? folder : null;
}

/** Removes the copy that this process runs from, if it does: nothing is read from it any more. Node itself is in memory. */
export async function removeOwnCopy(): Promise<void> {
	const own = ownCopy();
	if (own !== null) await rm(own, {recursive: true, force: true});
}

/** Removes the copies that no process runs from. For root alone; others may look into no copy. */
export async function removeStaleCopies(parents: readonly string[] = copyParents): Promise<void> {
	const copies: string[] = [];
	for (const parent of parents)
		for (const name of await readdir(parent).catch(() => []))
			if (name.startsWith(copyPrefix)) copies.push(join(parent, name));
	if (copies.length === 0) return;
	const used = await placesInUse();
	for (const copy of copies)
		if (!used.some(words => words.includes(copy))) await rm(copy, {recursive: true, force: true});
}

/** Of every process its command line, its program and its working folder, as far as they can be read. */
async function placesInUse(): Promise<string[]> {
	const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
	const all = pids.map(async pid => {
		const words = readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
		const links = ['exe', 'cwd'].map(name => readlink(`/proc/${pid}/${name}`).catch(() => ''));
		return [await words, ...(await Promise.all(links))].join('\n');
	});
	return Promise.all(all);
}
