/** Two versions of kata-setup on one host: what one did the other shows, changes and takes away, the older one too. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import packageJson from '../../package.json' with {type: 'json'};
import {listingOf} from '../support/listing.ts';

const project = join(import.meta.dirname, '../..');
const [current, next] = [packageJson.version, '99.0.0'];
const choice = ['--no-test', '--runtime', 'rust', '--hypervisor', 'qemu'];

let folder: string;
let root: string;
let count = 0;

/** The package as it is, and as the next version, which says so of itself wherever it is asked. */
beforeAll(async () => {
	folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-versions-'));
	for (const version of [current, next]) {
		const copy = join(folder, version);
		for (const part of ['assets', 'bin', 'dist', 'package.json'])
			await fs.cp(join(project, part), join(copy, part), {recursive: true});
		for (const file of ['dist/kata-setup.mjs', 'package.json']) {
			const text = await fs.readFile(join(copy, file), 'utf8');
			await fs.writeFile(join(copy, file), text.replace(/("?version"?: )"[^"]+"/, `$1"${version}"`));
		}
	}
});
afterAll(() => fs.rm(folder, {recursive: true, force: true}));
beforeEach(() => {
	count += 1;
	root = join(folder, `root-${count}`);
});

async function as(version: string, ...words: string[]): Promise<string> {
	const script = join(folder, version, 'dist/kata-setup.mjs');
	const {exitCode, stdout, stderr} = await execa(process.execPath, [script, ...words, '--rehearse', '--root', root], {
		reject: false,
		stdin: 'ignore',
		env: {PATH: '/usr/bin:/bin'},
		extendEnv: false,
	});
	if (exitCode !== 0) throw new Error(`${words.join(' ')} of ${version} ended with ${exitCode}:\n${stdout}\n${stderr}`);
	return stdout;
}

const keptPrograms = (): Promise<string[]> => fs.readdir(join(root, 'opt/kata-setup/program'));

describe('an installation of one version', () => {
	it.each([
		[current, next],
		[next, current],
	])('%s is taken away by %s, to the tree of before', async (first, second) => {
		await as(first, 'plan', ...choice, '--json');
		const before = await listingOf(root);
		await as(first, 'install', '--yes', ...choice);
		expect(await keptPrograms()).toEqual([first]);
		expect(await as(second, 'status')).toMatch(/^Hypervisor {2}QEMU$/m);
		await as(second, 'uninstall', '--yes');
		expect(await listingOf(root)).toEqual(before);
	});

	it('that another changed keeps the program of the one that changed it, and either takes it away', async () => {
		await as(current, 'plan', ...choice, '--json');
		const before = await listingOf(root);
		await as(current, 'install', '--yes', ...choice);
		await as(next, 'switch', 'dragonball', '--yes', '--no-test');
		expect(await keptPrograms()).toEqual([next]);
		expect(await as(next, 'status')).toContain('Drift       none');
		await as(current, 'uninstall', '--yes');
		expect(await listingOf(root)).toEqual(before);
	});
});
