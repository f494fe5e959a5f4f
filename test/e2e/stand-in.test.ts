/**
 * The stand-in itself: what other end-to-end tests rest on must be what it claims to be. Its archives are laid out as
 * Kata's, its server answers as GitHub, and its shim boots a guest, or fails in the ways that it is told to.
 */
// needs: engines, guest

import {existsSync} from 'node:fs';
import {chmod, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parse} from '@iarna/toml';
import {execa} from 'execa';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi} from 'vitest';
import {catalogue, type Runtime, runtimes} from '../../src/catalogue/catalogue.ts';
import {configurationInTree, shimInTree} from '../../src/layout.ts';
import {cacheFolder, guestKernel} from './stand-in/debian.ts';
import {busyboxArchive, busyboxImage} from './stand-in/image.ts';
import {assetName, type MadeArchive, type MadeRelease, makeArchive, makeRelease} from './stand-in/release.ts';
import {type ReleaseServer, serveReleases} from './stand-in/release-server.ts';
import {socketPath} from './stand-in/shim/arguments.ts';
import type {Settings} from './stand-in/shim/settings.ts';
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

/** The members of an archive by name: the mode as `ls` writes it, owner, and a link's target. */
async function membersOf({path}: MadeArchive): Promise<Record<string, {mode: string; owner: string; link?: string}>> {
	const {stdout} = await execa('tar', ['--numeric-owner', '-tvf', path]);
	return Object.fromEntries(
		stdout.split('\n').map(line => {
			const [mode = '', owner = '', , , , name = '', , link] = line.split(/\s+/);
			return [name, {mode, owner, ...(link ? {link} : {})}];
		}),
	);
}

describe('its archives', () => {
	it.each(runtimes)('have the layout of Kata 4.1: %s', async runtime => {
		const members = await membersOf(release[runtime]);
		const names = Object.keys(members);
		expect(names.slice(0, 3)).toEqual(['./', './opt/', './opt/kata/']);
		expect(names.filter(name => !name.startsWith('./'))).toEqual([]);
		expect(new Set(Object.values(members).map(({owner}) => owner))).toEqual(new Set(['0/0']));
		const mode = (path: string) => members[`./opt/kata/${path}`]?.mode;
		expect(mode('VERSION')).toBe('-rw-r--r--');
		expect(mode('versions.yaml')).toBe('-rw-r--r--');
		expect(mode(shimInTree[runtime])).toBe('-rwxr-xr-x');
		expect(mode('bin/qemu-system-x86_64')).toBe('-rwxr-xr-x');
		for (const path of ['bin/cloud-hypervisor', 'libexec/virtiofsd']) expect(mode(path)).toBe('-rwxr--r--');
		// Which archive has what, by Kata's build lists.
		const rust = runtime === 'rust';
		expect(mode(shimInTree[rust ? 'go' : 'rust'])).toBeUndefined();
		for (const path of ['bin/firecracker', 'bin/jailer']) expect(mode(path)).toBe(rust ? undefined : '-rwxr--r--');
		expect(mode('bin/openvmm')).toBe(rust ? '-rwxr--r--' : undefined);
		expect(mode('bin/kata-runtime')).toBe(rust ? undefined : '-rwxr-xr-x');
		const outer = './opt/kata/share/defaults/kata-containers';
		expect(members[`${outer}/configuration.toml`]?.link).toBe('configuration-qemu.toml');
		expect(`${outer}/configuration-qemu.toml` in members).toBe(!rust);
	});

	it.each(runtimes)('have a configuration for every pair, and what those of shipped pairs name: %s', async runtime => {
		const tree = await unpacked(release[runtime]);
		for (const {runtime: owner, configuration, section, shipped, until} of catalogue.pairs) {
			const file = configuration.at(-1)?.file;
			if (owner !== runtime || !file) continue;
			const text = await readFile(join(tree, configurationInTree[runtime], file), 'utf8');
			const table = (parse(text) as {hypervisor: Record<string, Record<string, string>>}).hypervisor[section];
			expect(table?.image).toBe('/opt/kata/share/kata-containers/kata-containers.img');
			if (!shipped.x86_64 || until) continue;
			for (const key of ['path', 'kernel', 'image', 'virtio_fs_daemon', 'jailer_path'])
				if (table?.[key]) await realpath(table[key].replace('/opt/kata', tree));
		}
	});

	it('are the same bytes whenever they are made, and the command says which', async () => {
		const cache = join(folder, 'cache');
		await mkdir(join(cache, 'kata-setup-e2e/stand-in'), {recursive: true});
		await symlink(join(cacheFolder, 'kernel'), join(cache, 'kata-setup-e2e/stand-in/kernel'));
		const command = join(import.meta.dirname, 'stand-in/make-release.mjs');
		const to = join(folder, 'to');
		const {stdout} = await execa(process.execPath, [command, '--runtime', 'go', '--to', to], {
			env: {XDG_CACHE_HOME: cache},
		});
		const {name, sha256, size} = release.go;
		expect(stdout).toBe(`${join(to, name)} ${sha256} ${size}`);
		expect((await execa('sha256sum', [join(to, name)])).stdout.split(' ')[0]).toBe(sha256);
	});

	it('have the names and contents of older releases', async () => {
		expect(
			['4.1.0', '4.0.0', '3.20.0', '3.1.0'].flatMap(version => runtimes.map(name => assetName(version, name))),
		).toEqual([
			...['kata-static-4.1.0-amd64.tar.zst', 'kata-go-static-4.1.0-amd64.tar.zst'],
			...['kata-static-4.0.0-amd64.tar.zst', 'kata-static-4.0.0-amd64.tar.zst'],
			...['kata-static-3.20.0-amd64.tar.xz', 'kata-static-3.20.0-amd64.tar.xz'],
			...['kata-static-3.1.0-x86_64.tar.xz', 'kata-static-3.1.0-x86_64.tar.xz'],
		]);
		const members = await membersOf(await makeArchive('go', {version: '3.20.0'}));
		for (const runtime of runtimes) expect(members[`./opt/kata/${shimInTree[runtime]}`]?.mode).toBe('-rwxr-xr-x');
		const configurations = `./opt/kata/${configurationInTree.rust}`;
		expect(members[`${configurations}/configuration-cloud-hypervisor.toml`]).toBeDefined();
		expect(members[`${configurations}/configuration-clh-runtime-rs.toml`]).toBeUndefined();
	});
});

interface Listed {
	tag_name: string;
	assets: {name: string; digest: string | null; browser_download_url: string}[];
}

describe('its release server', () => {
	let server: ReleaseServer;
	const get = (path: string): Promise<Response> => fetch(`${server.url}/releases${path}`);
	const listed = async (path: string) => (await (await get(path)).json()) as Listed;
	const start = async (options: object = {}) => {
		const pre = {...release.rust, version: '9.0.0-rc0'};
		server = await serveReleases({archives: [pre, release.rust, release.go], ...options});
	};
	afterEach(() => server.close());

	it('lists releases as GitHub does: the latest is no pre-release, assets have size, digest and address', async () => {
		await start();
		const latest = await listed('/latest');
		expect(latest).toMatchObject({tag_name: '4.1.900', prerelease: false});
		expect(latest.assets.map(({name}) => name)).toEqual([release.rust.name, release.go.name]);
		expect(latest.assets[1]).toMatchObject({size: release.go.size, digest: `sha256:${release.go.sha256}`});
		expect(await listed('/tags/4.1.900')).toEqual(latest);
		const all = (await (await get('?per_page=100')).json()) as Listed[];
		expect(all.map(one => one.tag_name)).toEqual(['9.0.0-rc0', '4.1.900']);
		expect((await get('/tags/1.0.0')).status).toBe(404);
	});

	it('serves assets whole, from an offset, and with a connection that breaks once', async () => {
		await start();
		const address = (await listed('/latest')).assets[0]?.browser_download_url ?? '';
		const whole = Buffer.from(await (await fetch(address)).arrayBuffer());
		expect(whole.equals(await readFile(release.rust.path))).toBe(true);
		const rest = await fetch(address, {headers: {range: 'bytes=1000-'}});
		expect(rest.status).toBe(206);
		expect(Buffer.from(await rest.arrayBuffer()).equals(whole.subarray(1000))).toBe(true);
		server.breakAfter(5000);
		await expect(fetch(address).then(response => response.arrayBuffer())).rejects.toThrow();
		expect((await (await fetch(address)).arrayBuffer()).byteLength).toBe(release.rust.size);
		expect(server.requests.at(-1)).toBe(`GET ${new URL(address).pathname}`);
	});

	it('can have no digests, and refuse', async () => {
		await start({digests: false});
		expect((await listed('/latest')).assets[0]?.digest).toBeNull();
		await server.close();
		await start({indexStatus: 403});
		const refused = await get('/latest');
		expect([refused.status, refused.headers.get('x-ratelimit-remaining')]).toEqual([403, '0']);
	});
});

/** An archive's tree, unpacked once; its links resolve, unlike those of a tree at /opt/kata that is not there. */
async function unpacked({path, name}: MadeArchive): Promise<string> {
	const target = join(folder, name.replace(/-\d.*/, ''));
	const tree = join(target, 'opt/kata');
	if ((await readdir(tree).catch(() => [])).length > 0) return tree;
	await mkdir(target, {recursive: true});
	await execa('tar', ['-xf', path, '-C', target]);
	return tree;
}

/** A managed copy of a configuration, whose paths point into the unpacked tree. */
async function configurationFor(runtime: Runtime, file: string): Promise<string> {
	const tree = await unpacked(release[runtime]);
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
	const {stdout} = await execa(join(await unpacked(release[runtime]), shimInTree[runtime]), ['--version']);
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
		tree = await unpacked(release.rust);
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
		const goShim = join(await unpacked(release.go), shimInTree.go);
		const config = await configurationFor('go', 'configuration-qemu.toml');
		const {id, child, lines} = run({runtime: goShim, config, script: 'echo release=$(busybox uname -r); exit 200'});
		expect((await child).exitCode).toBe(200);
		expect(lines().release).toBe((await guestKernel()).release);
		await expectNothingLeft(id);
	});
});
