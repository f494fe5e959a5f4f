/** The script of /opt/kata-setup/uninstall, run by a real sh: which Node it takes, and what it says where there is none. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {exitCodes} from '../../src/errors.ts';
import {readUninstallScript, uninstallScript} from '../../src/program/uninstall-script.ts';

const isRoot = process.getuid?.() === 0;

let folder: string;
let program: string;
beforeEach(async () => {
	// Not in /tmp, which everybody may write to: nothing below it is root's alone.
	folder = await fs.mkdtemp(isRoot ? '/var/lib/kata-setup-test-' : join(tmpdir(), 'kata-setup-test-'));
	program = join(folder, 'program/1.2.3');
	await fs.mkdir(join(program, 'bin'), {recursive: true});
	await fs.writeFile(join(program, 'bin/kata-setup.cjs'), '');
	await fs.chmod(folder, 0o755);
});
afterEach(() => fs.rm(folder, {recursive: true, force: true}));

/** A Node that says its name and what it was started with; `code`: how it answers to --version. */
async function placeNode(path: string, {code = 0, mode = 0o755} = {}): Promise<string> {
	const at = join(folder, path);
	await fs.mkdir(join(at, '..'), {recursive: true});
	await fs.writeFile(at, `#!/bin/sh\n[ "$2" != --version ] || exit ${code}\necho "${path} $*"\n`);
	await fs.chmod(at, mode);
	return at;
}

/** Runs the script with an environment of nothing but PATH: no HOME. */
async function run(node: string, args: string[] = [], env: Record<string, string> = {}) {
	const script = join(folder, 'uninstall');
	await fs.writeFile(script, uninstallScript({version: '1.2.3', program, node}), {mode: 0o755});
	return execa('sh', [script, ...args], {reject: false, extendEnv: false, env: {PATH: '/usr/bin:/bin', ...env}});
}

describe('the uninstall script', () => {
	it('tells of itself what it was made of', () => {
		const made = {version: '1.2.3', program: '/opt/kata-setup/program/1.2.3', node: '/usr/bin/node'};
		expect(readUninstallScript(uninstallScript(made))).toEqual(made);
		expect(readUninstallScript('#!/bin/sh\nrm -rf /\n')).toBeNull();
	});

	it('runs the kept program’s uninstall with the Node it was made with, and hands on its flags', async () => {
		const node = await placeNode('kept/node');
		const {stdout, exitCode} = await run(node, ['--yes', '--keep me']);
		expect(stdout).toBe(`kept/node ${program}/bin/kata-setup.cjs uninstall --yes --keep me`);
		expect(exitCode).toBe(0);
	});

	it('takes another one from PATH where that is gone, and one too old for none', async () => {
		await placeNode('old/node', {code: 1});
		await placeNode('other/nodejs');
		const env = {PATH: `/usr/sbin:${folder}/old:.:${folder}/other:/bin`};
		expect((await run('/gone/node', [], env)).stdout).toBe(`other/nodejs ${program}/bin/kata-setup.cjs uninstall`);
	});

	if (isRoot)
		it('takes no Node, as root, that others may write to, nor one in a folder that they may', async () => {
			const open = await placeNode('open/node', {mode: 0o777});
			const foreign = await placeNode('foreign/node');
			await fs.chown(foreign, 12345, 12345);
			await placeNode('loose/node');
			await fs.chmod(join(folder, 'loose'), 0o777);
			await placeNode('trusted/node');
			const path = ['open', 'foreign', 'loose', 'trusted'].map(name => `${folder}/${name}`).join(':');
			expect((await run(open, [], {PATH: `${path}:/usr/bin:/bin`})).stdout).toMatch(/^trusted\/node /);
		});

	it('says what to do where there is no Node, and takes one that it is told', async () => {
		await placeNode('old/node', {code: 1});
		// A folder of everything that the script calls, without a Node.
		const tools = join(folder, 'tools');
		await fs.mkdir(tools);
		for (const tool of ['id', 'readlink', 'find', 'dirname']) await fs.symlink(`/usr/bin/${tool}`, join(tools, tool));
		const bare = uninstallScript({version: '1.2.3', program, node: '/gone/node'}).replace(
			':/usr/local/bin:/usr/bin:/bin:',
			':',
		);
		const script = join(folder, 'bare');
		await fs.writeFile(script, bare);
		const options = {reject: false, extendEnv: false} as const;
		const none = await execa('/bin/sh', [script], {...options, env: {PATH: `${folder}/old:${tools}`}});
		expect(none.exitCode).toBe(exitCodes.host.code);
		expect(none.stderr).toContain('There is no Node here');
		expect(none.stderr).toContain('/gone/node');
		expect(none.stderr).toContain(`KATA_SETUP_NODE=/path/to/node ${script}`);
		const own = await placeNode('own/node', {mode: 0o777});
		const told = await execa('/bin/sh', [script], {...options, env: {PATH: tools, KATA_SETUP_NODE: own}});
		expect(told.stdout).toMatch(/^own\/node .* uninstall$/);
	});

	it('says where to get the program where that is gone', async () => {
		await fs.rm(join(program, 'bin/kata-setup.cjs'));
		const {exitCode, stderr} = await run(await placeNode('kept/node'));
		expect(exitCode).toBe(exitCodes.incomplete.code);
		expect(stderr).toContain('npx kata-setup@1.2.3 uninstall');
	});
});
