import {describe, expect, it} from 'vitest';
import {kataProbe} from '../../src/facts/kata-installs.ts';
import {pathState} from '../../src/facts/path-state.ts';
import {readPaths} from '../../src/facts/paths.ts';
import {sampleContainerd} from '../support/facts.ts';
import {type ProbedHost, probedHost} from '../support/probed-host.ts';

const kataOf = async (host: ProbedHost) => kataProbe.read(await probedHost(host));

const unpacked = {'/opt/kata/VERSION': '3.28.0\n'};

describe('a Kata that is there already', () => {
	it('is none on an empty host', async () => {
		expect(await kataOf({files: {'/opt/': ''}})).toEqual([]);
	});

	it.each([
		['unknown', {}],
		['kata-deploy', {'/opt/kata/containerd/config.d/kata-deploy.toml': ''}],
		['kata-deploy', {'/opt/kata/share/defaults/kata-containers/runtimes/x.toml': ''}],
		['kata-manager', {'/usr/bin/containerd-shim-kata-v2': 'link:/opt/kata/bin/containerd-shim-kata-v2'}],
	])('at /opt/kata belongs to %s by what it left', async (owner, traces) => {
		const [found, ...others] = await kataOf({files: {...unpacked, ...traces}});
		expect(found).toMatchObject({path: '/opt/kata', owner, version: '3.28.0'});
		expect(found?.evidence).toMatch(/\.$/);
		expect(others).toEqual([]);
	});

	it('is at the prefix whatever is in it, because that is where ours has to be', async () => {
		expect(await kataOf({files: {'/opt/kata/': ''}})).toMatchObject([
			{path: '/opt/kata', owner: 'unknown', version: null},
		]);
		expect(await kataOf({files: {'/opt/kata': 'link:/srv/kata'}})).toMatchObject([
			{path: '/opt/kata', owner: 'unknown'},
		]);
	});

	it('belongs to a package by dpkg or by rpm', async () => {
		const dpkg = {'dpkg-query --search /opt/kata': 'kata-containers: /opt/kata\n'};
		expect((await kataOf({files: unpacked, commands: dpkg}))[0]).toMatchObject({owner: 'package'});
		const path = '/usr/bin/containerd-shim-kata-v2';
		const rpm = {[`rpm -qf --queryformat %{NAME}\\n ${path}`]: 'kata-containers\n'};
		expect(await kataOf({files: {[path]: ''}, commands: rpm})).toEqual([
			{path, owner: 'package', version: null, evidence: 'It belongs to the package kata-containers.'},
		]);
	});

	it('is ours by the link into our trees', async () => {
		const tree = '/opt/kata-setup/trees/4.1.0-rust-x86_64';
		const files = {
			[`${tree}/VERSION`]: '4.1.0\n',
			'/opt/kata': `link:kata-setup/trees/4.1.0-rust-x86_64`,
			'/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2': '',
			'/usr/local/bin/containerd-shim-kata-v2': 'link:/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2',
		};
		expect(await kataOf({files})).toEqual([
			{path: '/opt/kata', owner: 'kata-setup', version: '4.1.0', evidence: `/opt/kata is a link to ${tree}.`},
		]);
	});

	it('is found beside the prefix too: a suffix of kata-deploy, a copied shim, a snap', async () => {
		const found = await kataOf({
			files: {
				'/opt/kata-dev/VERSION': '4.0.0\n',
				'/opt/kata-empty/': '',
				'/usr/local/bin/kata-runtime': '',
				'/snap/kata-containers/current/meta/snap.yaml': "version: '2.4.2'\n",
			},
		});
		expect(found.map(({path, owner, version}) => [path, owner, version])).toEqual([
			['/opt/kata-dev', 'unknown', '4.0.0'],
			['/usr/local/bin/kata-runtime', 'unknown', null],
			['/snap/kata-containers/current', 'snap', '2.4.2'],
		]);
	});
});

describe('the state of a path', () => {
	it('is one word', async () => {
		const host = await probedHost({files: {'/a': 'x', '/b/': '', '/c': 'link:../a'}});
		// printf x | sha256sum
		const sum = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881';
		expect(await pathState(host, '/a')).toBe(`file:${sum}`);
		expect(await pathState(host, '/b')).toBe('directory');
		expect(await pathState(host, '/c')).toBe('link:../a');
		expect(await pathState(host, '/d')).toBe('absent');
	});

	it('is read for all that a plan may touch, the engine’s files too', async () => {
		const paths = await readPaths(await probedHost({files: {'/etc/containerd/config.toml': 'x'}}), [
			sampleContainerd(),
		]);
		expect(paths['/opt/kata']).toBe('absent');
		expect(paths['/etc/kata-containers/kata-setup/go-firecracker']).toBe('absent');
		expect(paths['/etc/containerd/config.toml']).toMatch(/^file:/);
	});
});
