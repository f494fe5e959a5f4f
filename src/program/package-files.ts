/** The files of the package that this program is: what a copy of it must hold to do all that it does. */
import {createHash} from 'node:crypto';
import type {Dirent} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {packagePath} from '../assets.ts';
import {KataSetupError} from '../errors.ts';

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

/** One of them as it was when it was first looked at; `path` relative to the package, `size` bytes, `sha256` 64 hex digits. */
export interface PackageRecord {
	path: string;
	size: number;
	sha256: string;
}

let records: Promise<PackageRecord[]> | null = null;

/** All of them, measured once for the whole process, so that a copy is held against what was said of it before. */
export function packageRecords(): Promise<PackageRecord[]> {
	records ??= packageFiles().then(paths =>
		Promise.all(paths.map(async path => ({path, ...measured(await readPackageFile(path))}))),
	);
	return records;
}

const measured = (content: Buffer): {size: number; sha256: string} => ({
	size: content.length,
	sha256: createHash('sha256').update(content).digest('hex'),
});

/**
 * The bytes of one of them, as they were measured.
 * @throws KataSetupError (`changed`) if it is another one by now: npm may update the package while it runs
 */
export async function readRecordedFile({path, sha256}: PackageRecord): Promise<Buffer> {
	const content = await readPackageFile(path);
	if (measured(content).sha256 === sha256) return content;
	throw new KataSetupError('changed', 'kata-setup’s own files were replaced while it ran.', {
		why: `${packagePath(path)} is another one than a moment ago, and what is kept must be one whole program.`,
		remedy: 'Start it again.',
	});
}
