/**
 * The stand-in's shim: it says what it is, boots a guest, or fails in the ways that it is told to. What other end-to-end tests
 * rest on must be what it claims to be.
 */
// needs: engines, guest

import {existsSync} from 'node:fs';
import {chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, beforeEach, describe, expect, it, vi} from 'vitest';
import {type Runtime, runtimes} from '../../src/catalogue/catalogue.ts';
import {configurationInTree, shimInTree} from '../../src/layout.ts';
import {guestKernel} from './stand-in/debian.ts';
import {busyboxArchive, busyboxImage} from './stand-in/image.ts';
import {type MadeRelease, makeRelease} from './stand-in/release.ts';
import {socketPath} from './stand-in/shim/arguments.ts';
import type {Settings} from './stand-in/shim/settings.ts';
import {unpacked} from './stand-in/unpacked.ts';
import {type RunningContainerd, startContainerd} from './support/containerd.ts';
import {containerdEngines} from './support/engines.ts';

let folder: string;
let release: MadeRelease;
beforeAll(async () => {
	// Short: a socket's path below it ends at 107 bytes.
	folder = await mkdtemp(join(tmpdir(), 'stand-in-'));
	release = await makeRelease();
});
afterAll(() => rm(folder, {recursive: true, force: true}));

/** A managed copy of a configuration, whose paths point into the unpacked tree. */
async function configurationFor(runtime: Runtime, file: string): Promise<string> {
	const tree = await unpacked(release[runtime], folder);
	const text = await readFile(join(tree, configurationInTree[runtime], file), 'utf8');
	const path = join(await mkdtemp(join(folder, 'pair-')), 'configuration.toml');
	await writeFile(path, text.replaceAll('/opt/kata/', `${tree}/`));
	return path;
}

const bootId = async (): Promise<string> => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();

/** Command lines of processes that name a container. */
async function processesOf(id: string): Promise<{pid: number; words: string[]}[]> {
	const found = [];
	for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
		const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
		if (words.some(word => word.includes(id)) && words[0] !== 'ctr') found.push({pid: Number(pid), words});
	}
	return found;
}

/** What a sandbox may leave behind on the host. */
async function traces(id: string, address: string): Promise<string[]> {
	const paths = [`/run/kata/${id}`, `/run/vc/vm/${id}`, socketPath({address, namespace: 'default', id})];
	const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter(line => line.includes(id));
	return [...(await processesOf(id)).map(({words}) => words.join(' ')), ...paths.filter(existsSync), ...mounts];
}

/** Prints the probe's lines and stays until it is told to go, when it ends with 3. */
const probe = [
	'trap "exit 3" TERM',
	'echo boot_id=$(busybox cat /proc/sys/kernel/random/boot_id)',
	'echo release=$(busybox uname -r)',
	'echo cmdline=$(busybox cat /proc/cmdline)',
	'echo memory=$(busybox awk "/MemTotal/ {print \\$2}" /proc/meminfo)',
	'echo env=$KATA_TEST',
	'echo end=1',
	'while :; do busybox sleep 0.1; done',
].join('\n');

const version410 =
	/^Kata Containers containerd shim \((Rust|Golang)\): id: "?io\.containerd\.kata\.v2"?, version: 4\.1\.900, commit: /;

it.each(runtimes)('its shim says what it is, as Kata’s does: %s', async runtime => {
	const {stdout} = await execa(join(await unpacked(release[runtime], folder), shimInTree[runtime]), ['--version']);
	expect(version410.exec(stdout)?.[1]).toBe(runtime === 'rust' ? 'Rust' : 'Golang');
});

describe.each(await containerdEngines())('its shim under containerd $version', ({binary, version}) => {
	let root: string;
	let containerd: RunningContainerd;
	let tree: string;
	let shim: string;
	let configuration: string;
	let runs = 0;

	beforeAll(async () => {
		tree = await unpacked(release.rust, folder);
		shim = join(tree, shimInTree.rust);
		root = await mkdtemp(join(folder, 'c-'));
		await mkdir(join(root, 'bin'));
		await symlink(shim, join(root, 'bin/containerd-shim-kata-v2'));
		await chmod(root, 0o711);
		containerd = await startContainerd({
			binary,
			root,
			env: {PATH: `${join(root, 'bin')}:${process.env.PATH}`, KATA_STAND_IN_SETTINGS: join(root, 'settings.json')},
		});
		await writeFile(join(root, 'image.tar'), await busyboxArchive());
		await containerd.run('image', 'import', join(root, 'image.tar'));
	});
	afterAll(async () => {
		await containerd?.stop();
		// containerd 2.x keeps a mount of its own.
		for (const line of (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')) {
			const target = line.split(' ')[4];
			if (target?.startsWith(`${root}/`)) await execa('umount', ['-l', target]);
		}
	});
	beforeEach(async () => {
		configuration = await configurationFor('rust', 'configuration-qemu-runtime-rs.toml');
		await behave({});
	});

	const behave = (settings: Partial<Settings>): Promise<void> =>
		writeFile(join(root, 'settings.json'), JSON.stringify({log: join(root, 'shim.log'), ...settings}));
	const calls = async (): Promise<Record<string, unknown>[]> =>
		(await readFile(join(root, 'shim.log'), 'utf8'))
			.trim()
			.split('\n')
			.map(line => JSON.parse(line));

	/** `ctr run` of the image, which goes on while the test looks. */
	function run(options: {runtime?: string; config?: string | null; script?: string} = {}) {
		const id = `stand-in-${process.pid}-${version}-${++runs}`;
		const config = options.config === undefined ? configuration : options.config;
		const child = execa(
			containerd.ctr,
			[
				...[
					'-a',
					containerd.address,
					'run',
					'--rm',
					'--env',
					"KATA_TEST=it's here",
					'--runtime',
					options.runtime ?? shim,
				],
				...(config === null ? [] : ['--runtime-config-path', config]),
				...[busyboxImage, id, '/bin/busybox', 'sh', '-c', options.script ?? probe],
			],
			{reject: false, timeout: 90_000},
		);
		let printed = '';
		child.stdout.on('data', chunk => {
			printed += chunk;
		});
		const lines = (): Record<string, string> =>
			Object.fromEntries(printed.split(/\r?\n/).map(line => line.split(/=(.*)/s).slice(0, 2)));
		return {
			id,
			child,
			lines,
			answered: () => vi.waitFor(() => expect(lines(), String(printed)).toHaveProperty('end'), {timeout: 60_000}),
			kill: (signal: string) => containerd.run('task', 'kill', '-s', signal, id),
		};
	}

	/** Nothing of it is left in containerd or on the host. */
	async function expectNothingLeft(id: string): Promise<void> {
		await vi.waitFor(async () => expect(await traces(id, containerd.address)).toEqual([]), {timeout: 10_000});
		expect(await containerd.run('task', 'ls', '-q')).toBe('');
		expect(await containerd.run('container', 'ls', '-q')).toBe('');
	}

	it('boots a guest of the tree’s own QEMU, passes a signal in and the status out, and leaves nothing', async () => {
		const {id, child, answered, lines, kill} = run();
		await answered();
		expect(lines().boot_id).toMatch(/^[0-9a-f-]{36}$/);
		expect(lines().boot_id).not.toBe(await bootId());
		expect(lines().release).toBe((await guestKernel()).release);
		expect(lines().cmdline).toContain('systemd.unit=kata-containers.target');
		expect(lines().cmdline).toContain('agent.log=');
		expect(Number(lines().memory)).toBeGreaterThan(1_900_000);
		expect(lines().env).toBe("it's here");
		const qemu = (await processesOf(id)).find(({words}) => words.some(word => word.startsWith(`sandbox-${id},`)));
		expect(await readlink(`/proc/${qemu?.pid}/exe`)).toBe(join(tree, 'bin/qemu-system-x86_64'));
		expect(await containerd.run('task', 'ls')).toMatch(new RegExp(`${id} +${qemu?.pid} +RUNNING`));
		await kill('SIGTERM');
		expect((await child).exitCode).toBe(3);
		await expectNothingLeft(id);
		expect(await calls()).toContainEqual(expect.objectContaining({call: 'Create', id, configuration, mode: 'vm'}));
	});

	it('is found by name, takes the configuration, and ends its guest on SIGKILL', async () => {
		const events = execa(containerd.ctr, ['-a', containerd.address, 'events'], {reject: false, timeout: 120_000});
		const {id, child, answered, kill} = run({runtime: 'io.containerd.kata.v2'});
		await answered();
		await kill('SIGKILL');
		expect((await child).exitCode).toBe(137);
		await expectNothingLeft(id);
		events.kill('SIGTERM');
		const {stdout} = await events;
		for (const topic of ['create', 'start', 'exit', 'delete'])
			expect(stdout.split('\n').filter(line => line.includes(`/tasks/${topic} `) && line.includes(id))).toHaveLength(1);
	});

	it('runs the container on the host’s kernel when told to, as if all was well', async () => {
		await behave({mode: 'no-vm'});
		const {id, child, answered, lines, kill} = run();
		await answered();
		expect(lines().boot_id).toBe(await bootId());
		expect(lines().env).toBe("it's here");
		await kill('SIGTERM');
		expect((await child).exitCode).toBe(3);
		await expectNothingLeft(id);
	});

	it('boots a guest with a program outside of its tree when told to', async () => {
		await behave({mode: 'wrong-vm'});
		const {id, child, answered, lines, kill} = run();
		await answered();
		expect(lines().boot_id).not.toBe(await bootId());
		const qemu = (await processesOf(id)).find(({words}) => words.some(word => word.startsWith(`sandbox-${id},`)));
		expect(await readlink(`/proc/${qemu?.pid}/exe`)).toBe('/usr/bin/qemu-system-x86_64');
		await kill('SIGKILL');
		await child;
		await expectNothingLeft(id);
	});

	it.each<[string, Partial<Settings>, RegExp]>([
		['in Kata’s words', {mode: 'fail'}, /failed to create shim task: Others\("failed to handle.*Could not access KVM/s],
		['in the words it is given', {mode: 'fail', text: 'no vsock'}, /failed to create shim task: no vsock/],
		[
			'before it answers at all',
			{mode: 'fail-start', text: 'no such thing'},
			/start failed: no such thing: exit status 1/,
		],
		['by a crash', {mode: 'die'}, /failed to create shim task: ttrpc: closed/],
	])('fails when told to: %s', async (_name, settings, words) => {
		await behave(settings);
		const {id, child} = run();
		const {exitCode, stderr} = await child;
		expect([exitCode, stderr]).toEqual([1, expect.stringMatching(words)]);
		await expectNothingLeft(id);
	});

	it('never answers when told to, and goes when its caller does', async () => {
		await behave({mode: 'hang'});
		const {id, child} = run();
		await vi.waitFor(async () => expect(await calls()).toContainEqual(expect.objectContaining({call: 'Create', id})), {
			timeout: 20_000,
		});
		expect(child.exitCode).toBeNull();
		child.kill('SIGKILL');
		await child;
		await vi.waitFor(async () => expect(await traces(id, containerd.address)).toEqual([]), {timeout: 20_000});
		await containerd.run('container', 'rm', id);
		await expectNothingLeft(id);
	});

	it('obeys a file beside its configuration, and refuses a drop-in that is no TOML', async () => {
		await behave({mode: 'hang'});
		await writeFile(join(configuration, '../stand-in.json'), '{"mode": "no-vm"}');
		const {child, lines} = run({script: 'echo boot_id=$(busybox cat /proc/sys/kernel/random/boot_id)'});
		expect((await child).exitCode).toBe(0);
		expect(lines().boot_id).toBe(await bootId());
		await mkdir(join(configuration, '../config.d'));
		await writeFile(join(configuration, '../config.d/50-mine.toml'), '[broken\n');
		const {id, child: second} = run();
		expect((await second).stderr).toContain('failed to create shim task: ');
		await expectNothingLeft(id);
	});

	it('refuses a configuration that is not there, is the other runtime’s, or whose hypervisor is a placeholder', async () => {
		const refused = async (config: string): Promise<string> => {
			const {id, child} = run({config});
			const {stderr} = await child;
			await expectNothingLeft(id);
			return stderr;
		};
		expect(await refused('/nowhere.toml')).toContain('load TOML config failed (tried ["/nowhere.toml"])');
		expect(await refused(await configurationFor('go', 'configuration-qemu.toml'))).toContain(
			'unsupported runtime name',
		);
		expect(await refused(await configurationFor('rust', 'configuration-clh-runtime-rs.toml'))).toContain(
			'its Cloud Hypervisor a placeholder',
		);
	});

	it('is the go runtime too', async () => {
		const goShim = join(await unpacked(release.go, folder), shimInTree.go);
		const config = await configurationFor('go', 'configuration-qemu.toml');
		const {id, child, lines} = run({runtime: goShim, config, script: 'echo release=$(busybox uname -r); exit 200'});
		expect((await child).exitCode).toBe(200);
		expect(lines().release).toBe((await guestKernel()).release);
		await expectNothingLeft(id);
	});
});
