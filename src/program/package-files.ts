/** The files of the package that this program is: what a copy of it must hold to do all that it does. */
import type {Dirent} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {packagePath} from '../assets.ts';

/** The documentation stays behind: nothing reads it. */
const folders = ['bin', 'dist', 'assets'] as const;

/** What starts the program in a copy, relative to it: the first says so where Node is too old, the second is the program. */
export const entryInPackage = 'bin/kata-setup.cjs';
export const bundleInPackage = 'dist/kata-setup.mjs';

/**
 * The paths of all files, relative to the package, sorted.
 * @throws Node's ErrnoException if the package is not whole: a clone that was never built has no `dist`
 */
export async function packageFiles(): Promise<string[]> {
	const found = await Promise.all(folders.map(name => filesBelow(packagePath(name))));
	return ['package.json', ...found.flat()].sort();
}

async function filesBelow(folder: string): Promise<string[]> {
	const entries: Dirent[] = await readdir(folder, {recursive: true, withFileTypes: true});
	return entries
		.filter(entry => entry.isFile())
		.map(entry => relative(packagePath('.'), join(entry.parentPath, entry.name)));
}

/** The bytes of one of them. */
export const readPackageFile = (path: string): Promise<Buffer> => readFile(packagePath(path));
