/** How an installation is damaged for the tests of repair: what is done to it, how that is named, and what mends it. */
import * as fs from 'node:fs/promises';

/** Where it is done. */
export interface DamagedRoot {
	/** A path of the host's, as it lies on this machine. */
	at: (path: string) => string;
	/** The path of the release's tree, on the host. */
	tree: string;
}

export interface Damage {
	what: string;
	do: (damaged: DamagedRoot) => Promise<unknown>;
	/** The line that names it. */
	says: (tree: string) => RegExp;
	/** Kinds of the steps, without the smoke test. */
	steps: string[];
	/** Only a deep look finds it. */
	deepOnly?: true;
	/** A run that is undone leaves it mended. */
	staysMended?: true;
}

/** Lets a link point elsewhere. */
export async function relink(path: string, target: string): Promise<void> {
	await fs.rm(path);
	await fs.symlink(target, path);
}

/** Changes one byte of a file in place: its size stays. */
export async function changeByte(path: string): Promise<void> {
	const bytes = await fs.readFile(path);
	bytes[0] = (bytes[0] ?? 0) ^ 1;
	await fs.writeFile(path, bytes);
}
