/** What is published: a small tarball without dependencies, which npx starts in an empty folder, without a network. */
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {architectures} from '../../src/facts/facts.ts';
import {openTerminal} from '../support/terminal.ts';
import {packProject} from './support/package.ts';

const megabyte = 1_000_000;

describe('the npm package', () => {
	let folder: string;
	let tarball: string;
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'kata-setup-package-'));
		tarball = await packProject(folder);
	});
	afterAll(() => rm(folder, {recursive: true, force: true}));

	it('is smaller than 1 MB', async () => {
		expect((await stat(tarball)).size).toBeLessThan(megabyte);
	});

	it('depends on nothing and runs nothing when it is installed', async () => {
		const {stdout} = await execa('tar', ['xzOf', tarball, 'package/package.json']);
		const manifest = JSON.parse(stdout) as Record<string, Record<string, string> | undefined>;
		for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundledDependencies'])
			expect(manifest[field] ?? {}, field).toEqual({});
		for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
			expect(manifest.scripts?.[script], script).toBeUndefined();
	});

	it('holds what it needs, and neither sources nor tests', async () => {
		const {stdout} = await execa('tar', ['tzf', tarball]);
		const names = stdout.split('\n').map(name => name.replace(/^package\//, ''));
		for (const name of ['bin/kata-setup.cjs', 'dist/kata-setup.mjs', 'assets/catalogue.json', 'README.md', 'LICENSE'])
			expect(names).toContain(name);
		expect(names.filter(name => /^(src|screens|test|scripts)\//.test(name))).toEqual([]);
	});

	it('holds the program that proves KVM for every architecture, with the right to be executed', async () => {
		const {stdout} = await execa('tar', ['tvzf', tarball, '--no-same-owner']);
		const listed = stdout.split('\n').filter(line => line.includes(' package/assets/kvm-probe/kvm-probe-'));
		const modes = listed.map(line => [line.split('kvm-probe-').at(-1), line.slice(0, 10)]);
		expect(Object.fromEntries(modes)).toEqual(Object.fromEntries(architectures.map(name => [name, '-rwxr-xr-x'])));
	});

	it('shows its first frame, started by npx in an empty folder', async () => {
		const empty = join(folder, 'empty');
		await mkdir(empty);
		const env = {
			PATH: process.env.PATH,
			HOME: folder,
			LANG: 'C.UTF-8',
			npm_config_cache: join(folder, 'cache'),
			npm_config_offline: 'true',
			npm_config_update_notifier: 'false',
		};
		const terminal = openTerminal('npx', ['--yes', `file:${tarball}`], {cwd: empty, env});
		try {
			const frame = await terminal.until(/Host.*Runtime.*Hypervisor.*Review.*Install.*Smoke test/, 60_000);
			expect(frame).toContain('kata-setup');
			terminal.press('q');
			// npm 10 makes 0 of the wizard's 130.
			await terminal.exit();
			expect(existsSync(join(empty, 'node_modules'))).toBe(false);
		} finally {
			terminal.kill();
		}
	});
});
