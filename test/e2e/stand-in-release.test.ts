/**
 * The stand-in's release: its archives are laid out as Kata's, and its server answers as GitHub. What other end-to-end tests
 * rest on must be what it claims to be.
 */
// needs: engines, guest

import {mkdir, mkdtemp, readFile, realpath, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {parse} from 'smol-toml';
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest';
import {catalogue, runtimes} from '../../src/catalogue/catalogue.ts';
import {configurationInTree, shimInTree} from '../../src/layout.ts';
import {cacheFolder} from './stand-in/debian.ts';
import {assetName, type MadeArchive, type MadeRelease, makeArchive, makeRelease} from './stand-in/release.ts';
import {type ReleaseServer, serveReleases} from './stand-in/release-server.ts';
import {unpacked} from './stand-in/unpacked.ts';

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
		const tree = await unpacked(release[runtime], folder);
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
