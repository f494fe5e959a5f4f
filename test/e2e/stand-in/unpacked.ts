/** An archive's tree where its links resolve, unlike those of a tree at /opt/kata that is not there. */
import {mkdir, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import type {MadeArchive} from './release.ts';

/** @returns the tree's path below `folder`; it is unpacked once */
export async function unpacked({path, name}: MadeArchive, folder: string): Promise<string> {
	const target = join(folder, name.replace(/-\d.*/, ''));
	const tree = join(target, 'opt/kata');
	if ((await readdir(tree).catch(() => [])).length > 0) return tree;
	await mkdir(target, {recursive: true});
	await execa('tar', ['-xf', path, '-C', target]);
	return tree;
}
