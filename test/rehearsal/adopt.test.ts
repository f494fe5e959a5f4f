/** Adopting from the built bundle, in a throwaway root: the release was unpacked by hand before, and comes back as it was. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {execa} from 'execa';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {Plan} from '../../src/plan/plan.ts';
import {openRehearsal, rehearsalArchives, rehearsedMachine} from '../../src/rehearsal/rehearsal.ts';
import {unpackArchives} from '../../src/release/unpack.ts';
import {listingOf} from '../support/listing.ts';

const bundle = join(import.meta.dirname, '../../dist/kata-setup.mjs');

let folder: string;
let root: string;
let before: Record<string, string>;

const kataSetupWith = (env: Record<string, string>, ...args: string[]) =>
	execa(process.execPath, [bundle, ...args, '--rehearse', '--root', root], {
		reject: false,
		stdin: 'ignore',
		env: {PATH: '/usr/bin:/bin', ...env},
		extendEnv: false,
	});
const kataSetup = (...args: string[]) => kataSetupWith({}, ...args);

/** Everything of the host but our own state: path → mode, and content or target. */
const listing = async (): Promise<Record<string, string>> =>
	Object.fromEntries(
		Object.entries(await listingOf(root)).filter(([path]) => !/^\/(var\/lib|run)\/kata-setup/.test(path)),
	);

/** As somebody did who unpacked the archives of these runtimes over each other. */
async function unpackByHand(runtimes: readonly ('rust' | 'go')[]): Promise<void> {
	const {host} = await openRehearsal(root);
	const archives = [];
	for (const runtime of runtimes)
		for (const {path, sha256} of await rehearsalArchives(host, rehearsedMachine(), {runtime, hypervisor: 'qemu'}))
			archives.push({path, name: basename(path), sha256, compression: 'zst' as const});
	await host.files.makeDirectory('/opt/kata', 0o755);
	await unpackArchives(host, archives, '/opt/kata', {signal: new AbortController().signal, onBytes: () => undefined});
}

beforeEach(async () => {
	folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-test-'));
	root = join(folder, 'root');
	await kataSetup('check');
	await unpackByHand(['rust']);
	before = await listing();
});
afterEach(() => fs.rm(folder, {recursive: true, force: true}));

describe('a Kata unpacked by hand', {timeout: 120_000}, () => {
	it('is adopted, changed, and given back to the very same tree', async () => {
		const done = await kataSetup('adopt', '--yes');
		expect(done.stderr).toBe('');
		expect(done.exitCode).toBe(0);
		expect((await listing())['/opt/kata']).toMatch(/ kata-setup\/trees\/4\.1\.999-rust-adopted$/);
		const adopted = await listing();
		expect((await kataSetup('repair', '--yes')).stdout, 'nothing drifted').toContain('Nothing drifted');
		expect(await listing()).toEqual(adopted);
		const again = await kataSetup('adopt', '--yes');
		expect(again.stdout).toContain('It is so already');
		expect(again.exitCode).toBe(0);
		expect(await listing()).toEqual(adopted);
		expect((await kataSetup('switch', 'dragonball', '--yes')).exitCode).toBe(0);
		expect((await kataSetup('rollback', '--yes')).exitCode).toBe(0);
		expect((await kataSetup('uninstall', '--yes')).exitCode).toBe(0);
		expect(await listing()).toEqual(before);
	});

	it('is repaired in part where a file of the release is damaged, and says so to the end', async () => {
		expect((await kataSetup('adopt', '--yes')).exitCode).toBe(0);
		const image = '/opt/kata-setup/trees/4.1.999-rust-adopted/share/kata-containers/rehearsal.image';
		const whole = await fs.readFile(join(root, image));
		const adopted = await listing();
		await fs.writeFile(join(root, image), 'torn');
		await fs.rm(join(root, 'etc/containerd/conf.d/kata-setup.toml'));
		const {exitCode, stdout, stderr} = await kataSetup('repair', '--yes');
		expect(exitCode).toBe(3);
		expect(stdout).toContain(`Note: Not made right: ${image} is not as it was when the release was adopted`);
		expect(stderr).toContain('Not everything that drifted could be made right.');
		expect(stderr).toContain(image);
		expect((await kataSetup('status')).stdout).toMatch(
			/^Last run .*done\. Not everything that drifted could be made right/m,
		);
		await fs.writeFile(join(root, image), whole);
		expect(await listing()).toEqual(adopted);
		expect((await kataSetup('repair', '--yes')).stdout).toContain('Nothing drifted');
		expect((await kataSetup('uninstall', '--yes')).exitCode).toBe(0);
		expect(await listing()).toEqual(before);
	});

	it('that has both runtimes is used for both, without an archive', async () => {
		await fs.rm(join(root, 'opt/kata'), {recursive: true});
		await unpackByHand(['rust', 'go']);
		await fs.rm(join(root, 'srv'), {recursive: true});
		before = await listing();
		expect((await kataSetup('adopt', '--yes', '--runtime', 'rust', '--hypervisor', 'qemu')).exitCode).toBe(0);
		expect((await listing())['/opt/kata']).toMatch(/ kata-setup\/trees\/4\.1\.999-adopted$/);
		const changed = await kataSetup('switch', 'go', '--yes');
		expect(changed.stderr).toBe('');
		expect(changed.exitCode).toBe(0);
		expect((await kataSetup('status')).stdout).toMatch(/^Runtime {5}go$/m);
		expect((await listing())['/etc/kata-containers/kata-setup/active']).toMatch(/ go-qemu\/4\.1\.999-adopted$/);
		expect((await kataSetup('repair', '--yes')).stdout).toContain('Nothing drifted');
		expect((await kataSetup('rollback', '--yes')).exitCode).toBe(0);
		expect((await kataSetup('uninstall', '--yes')).exitCode).toBe(0);
		expect(await listing()).toEqual(before);
	});

	it('is adopted with what was set for it, and gives every file of that back', async () => {
		const packaged = join(
			root,
			'opt/kata/share/defaults/kata-containers/runtime-rs/configuration-qemu-runtime-rs.toml',
		);
		const etc = join(root, 'etc/kata-containers/runtime-rs');
		await fs.mkdir(join(etc, 'config.d'), {recursive: true});
		const text = await fs.readFile(packaged, 'utf8');
		await fs.writeFile(
			join(etc, 'configuration.toml'),
			text.replace('reconnect_timeout_ms = 3000', 'reconnect_timeout_ms = 5000'),
		);
		await fs.writeFile(join(etc, 'config.d/50-mine.toml'), '[runtime]\nenable_debug = true\n');
		before = await listing();
		const {stdout} = await kataSetup('adopt', '--yes');
		expect(stdout).toContain(
			'Carry what you changed in /etc/kata-containers/runtime-rs/configuration.toml over to rust-qemu',
		);
		const own = join(root, 'etc/kata-containers/kata-setup/active/config.d');
		expect(await fs.readFile(join(own, '50-mine.toml'), 'utf8')).toBe('[runtime]\nenable_debug = true\n');
		expect(await fs.readFile(join(own, '20-adopted.toml'), 'utf8')).toContain(
			'[agent.kata]\nreconnect_timeout_ms = 5000\n',
		);
		expect((await kataSetup('uninstall', '--yes')).exitCode).toBe(0);
		expect(await listing()).toEqual(before);
	});

	it('is shown in a plan, which changes nothing and can be applied', async () => {
		const {stdout} = await kataSetup('adopt', '--dry-run', '--json');
		expect(await listing()).toEqual(before);
		expect((JSON.parse(stdout) as Plan).verb).toBe('adopt');
		const file = join(folder, 'plan.json');
		await fs.writeFile(file, stdout);
		expect((await kataSetup('apply', file, '--yes')).exitCode).toBe(0);
		expect((await kataSetup('status')).stdout).toContain('4.1.999-rust-adopted');
	});

	it.each(['before', 'announced', 'performed', 'after'])(
		'killed %s the move, is finished whole, or undone to the tree of before',
		async place => {
			expect((await kataSetup('adopt', '--yes')).exitCode).toBe(0);
			const adopted = await listing();
			expect((await kataSetup('uninstall', '--yes')).exitCode).toBe(0);
			const at = {KATA_SETUP_TEST_CHECKPOINT: `${place} adopt-tree:/opt/kata`};
			expect((await kataSetupWith(at, 'adopt', '--yes')).exitCode).toBe(9);
			const finish = await kataSetup('finish', '--yes');
			expect(finish.stderr).toBe('');
			expect(finish.exitCode).toBe(0);
			expect(await listing()).toEqual(adopted);
			expect((await kataSetup('uninstall', '--yes')).exitCode).toBe(0);
			expect((await kataSetupWith(at, 'adopt', '--yes')).exitCode).toBe(9);
			expect((await kataSetup('undo', '--yes')).exitCode).toBe(0);
			expect(await listing()).toEqual(before);
		},
	);

	it('comes back by itself where the move, or what follows it, fails', async () => {
		for (const fault of ['moveBehindLink:1:EXDEV', 'moveBehindLink:1:EIO!', 'link:3:EIO']) {
			const done = await kataSetupWith({KATA_SETUP_TEST_FAULT: fault}, 'adopt', '--yes');
			expect(done.exitCode, fault).not.toBe(0);
			expect(done.exitCode, fault).not.toBe(1);
			expect(await listing(), fault).toEqual(before);
		}
	});
});
