/**
 * Copies of kata-setup that root runs from: `src/program/as-root.ts` makes them, one for each start, in a folder that nobody
 * else may enter. The worker removes its own at its end; one that was killed leaves it, and a later run of root takes it away.
 */
import {lstat, readdir, readFile, readlink, realpath, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {packagePath} from '../assets.ts';

/** Where a copy may lie: the first of these that is there, root's alone, and lets programs be executed. */
export const copyParents = ['/opt', '/var/lib', '/root'] as const;
/** A name that nobody gives to a folder of theirs: what has it is removed. `mktemp` puts its letters in the place of the Xs. */
export const copyPrefix = '.kata-setup-root-';
export const copyLetters = 'XXXXXXXXXXXX';
const copyName = new RegExp(`^\\${copyPrefix}[A-Za-z0-9]{${copyLetters.length}}$`);

/** Between `mktemp` and its first use nothing shows that somebody has a copy; that takes milliseconds. */
const newMs = 60_000;

/** As `mktemp` makes one: by its whole name, and as a folder of this user's (root's) that nobody else may enter. */
async function isCopy(path: string): Promise<boolean> {
	if (!copyName.test(basename(path))) return false;
	const stat = await lstat(path).catch(() => null);
	return stat?.isDirectory() === true && stat.uid === process.getuid?.() && (stat.mode & 0o7777) === 0o700;
}

/**
 * The copy that this process runs from; null where it runs from the package itself.
 * @param folder of the package, all links resolved, as Node gives the path of a main module
 */
export async function ownCopy(
	parents: readonly string[] = copyParents,
	folder: string = packagePath('.'),
): Promise<string | null> {
	const real = await Promise.all(parents.map(realOf));
	return real.includes(dirname(folder)) && (await isCopy(folder)) ? folder : null;
}

/** Removes the copy that this process runs from, if it does: nothing is read from it any more. Node itself is in memory. */
export async function removeOwnCopy(): Promise<void> {
	const own = await ownCopy();
	if (own !== null) await rm(own, {recursive: true, force: true});
}

/** Removes the copies that no process runs from, but for new ones. For root alone; others may look into no copy. */
export async function removeStaleCopies(parents: readonly string[] = copyParents): Promise<void> {
	const copies: string[] = [];
	for (const parent of parents)
		for (const name of await readdir(parent).catch(() => [])) {
			const path = join(parent, name);
			if ((await isCopy(path)) && !(await isNew(path))) copies.push(path);
		}
	if (copies.length === 0) return;
	const used = await placesInUse();
	for (const copy of copies) {
		// A command line has the path that the program was started by, the kernel's links the resolved one: /opt may be a link.
		const names = [copy, (await realOf(copy)) ?? copy];
		if (!used.some(words => names.some(name => words.includes(name)))) await rm(copy, {recursive: true, force: true});
	}
}

/** By when something was last made in it; a clock that was set back makes nothing old. */
async function isNew(path: string): Promise<boolean> {
	const stat = await lstat(path).catch(() => null);
	return stat !== null && Math.abs(Date.now() - stat.mtimeMs) < newMs;
}

const realOf = (path: string): Promise<string | null> => realpath(path).catch(() => null);

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
