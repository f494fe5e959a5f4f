/** The package as it would be published, for tests that start from it. */
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';

const project = join(import.meta.dirname, '../../..');

/** Packs what `npm run build` made. Gives the tarball's absolute path, in `folder`. */
export async function packProject(folder: string): Promise<string> {
	const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
	const {stdout} = await execa('npm', args, {cwd: project});
	const [packed] = JSON.parse(stdout) as {filename: string}[];
	if (!packed) throw new Error(`npm pack made nothing:\n${stdout}`);
	return join(folder, packed.filename);
}

/** Packs and unpacks it into `folder`. Gives the path of its program, for Node. */
export async function unpackProject(folder: string): Promise<string> {
	await mkdir(folder, {recursive: true});
	await execa('tar', ['xzf', await packProject(folder), '--no-same-owner', '-C', folder]);
	return join(folder, 'package/bin/kata-setup.cjs');
}
