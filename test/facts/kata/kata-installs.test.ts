import {describe, expect, it} from 'vitest';
import {kataProbe} from '../../../src/facts/kata/kata-installs.ts';
import {pathState} from '../../../src/facts/path-state.ts';
import {readPaths} from '../../../src/facts/paths.ts';
import {sampleContainerd} from '../../support/facts.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const kataOf = async (host: ProbedHost) => kataProbe.read(await probedHost(host));

const unpacked = {'/opt/kata/VERSION': '3.28.0\n'};
const shim = '/usr/bin/containerd-shim-kata-v2';

describe('a Kata that is there already', () => {
	it('is none on an empty host', async () => {
		expect(await kataOf({files: {'/opt/': ''}})).toEqual([]);
	});

	it.each([
		['unknown', {}],
		['kata-deploy', {'/opt/kata/containerd/config.d/kata-deploy.toml': ''}],
		['kata-deploy', {'/opt/kata/share/defaults/kata-containers/runtimes/x.toml': ''}],
		[
			'kata-deploy',
			{'/var/lib/rancher/rke2/agent/etc/containerd/config-v3.toml.d/kata-deploy.toml': '', '/var/lib/rancher/': ''},
		],
		['kata-deploy', {'/usr/local/bin/containerd-shim-kata-clh-v2': 'link:/opt/kata/bin/containerd-shim-kata-v2'}],
		[
			'kata-manager',
			{[shim]: 'link:/opt/kata/bin/containerd-shim-kata-v2', '/opt/kata/bin/containerd-shim-kata-v2': ''},
		],
		['kata-manager', {'/etc/containerd/config.toml-pre-kata-2025-11-02': ''}],
	])('at /opt/kata belongs to %s by what it left', async (owner, traces) => {
		const [found, ...others] = await kataOf({files: {...unpacked, ...traces}});
		expect(found).toMatchObject({path: '/opt/kata', owner, version: '3.28.0'});
		expect(found?.evidence).toMatch(/\.$/);
		expect(others.filter(({path}) => !path.startsWith('/usr/local/bin/'))).toEqual([]);
	});

	it('at /opt/kata tells what it holds, and whether a rename can take it', async () => {
		const folder = '/opt/kata/share/defaults/kata-containers';
		const files = {
			...unpacked,
			'/opt/kata/bin/containerd-shim-kata-v2': '',
			[`${folder}/configuration-qemu.toml`]: '',
			[`${folder}/configuration-clh.toml`]: '',
			[`${folder}/configuration.toml`]: 'link:configuration-clh.toml',
			[`${folder}/config.d/mine.toml`]: '',
		};
		const [found] = await kataOf({files});
		expect(found?.content).toEqual({
			runtimes: ['go'],
			configurations: [
				{runtime: 'go', file: 'configuration-clh.toml', isDefault: true},
				{runtime: 'go', file: 'configuration-qemu.toml', isDefault: false},
			],
			dropIns: [{runtime: 'go', path: `${folder}/config.d/mine.toml`}],
			sameFileSystem: true,
		});
		const mount = '41 22 0:40 / /opt/kata rw - ext4 /dev/sdb rw\n';
		const [mounted] = await kataOf({files: {...files, '/proc/self/mountinfo': mount}});
		expect(mounted?.content?.sameFileSystem).toBe(false);
	});

	it('of kata-deploy with a suffix is known by the file with that suffix, and by no other', async () => {
		const files = {
			'/opt/kata-dev/VERSION': '4.0.0\n',
			'/opt/kata-old/VERSION': '3.0.0\n',
			'/etc/containerd/conf.d/kata-deploy-dev.toml': '',
			// Those wrappers were made for the prefix without a suffix.
			'/usr/local/bin/containerd-shim-kata-clh-v2': '',
		};
		const found = (await kataOf({files})).filter(({path}) => path.startsWith('/opt/'));
		expect(found.map(({path, owner}) => [path, owner])).toEqual([
			['/opt/kata-dev', 'kata-deploy'],
			['/opt/kata-old', 'unknown'],
		]);
	});

	it('is at the prefix whatever is in it, because that is where ours has to be', async () => {
		expect(await kataOf({files: {'/opt/kata/': ''}})).toMatchObject([
			{path: '/opt/kata', owner: 'unknown', version: null},
		]);
		expect(await kataOf({files: {'/opt/kata': 'link:/srv/kata'}})).toMatchObject([
			{path: '/opt/kata', owner: 'unknown'},
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

	it('is ours where /opt itself is a link, as on Fedora CoreOS, and a link to its shim is part of it', async () => {
		const tree = 'kata-setup/trees/4.1.0-rust-x86_64';
		const active = '/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2';
		const files = {
			[`/var/opt/${tree}/VERSION`]: '4.1.0\n',
			[`/var/opt/${tree}/bin/containerd-shim-kata-v2`]: '',
			'/opt': 'link:var/opt',
			'/var/opt/kata': `link:${tree}`,
			[active]: `link:/opt/${tree}/bin/containerd-shim-kata-v2`,
			'/usr/local/bin/containerd-shim-kata-v2': `link:${active}`,
			'/usr/bin/kata-runtime': `link:/opt/kata/bin/containerd-shim-kata-v2`,
		};
		expect(await kataOf({files})).toEqual([
			{path: '/opt/kata', owner: 'kata-setup', version: '4.1.0', evidence: `/opt/kata is a link to /opt/${tree}.`},
		]);
	});

	it('is found beside the prefix too: a copied shim, a snap', async () => {
		const found = await kataOf({
			files: {
				'/opt/kata-empty/': '',
				'/usr/local/bin/containerd-shim-kata-v2': '',
				'/usr/local/bin/kata-runtime': '',
				'/snap/kata-containers/current/meta/snap.yaml': "version: '2.4.2'\n",
			},
		});
		expect(found.map(({path, owner, version}) => [path, owner, version])).toEqual([
			['/usr/local/bin/containerd-shim-kata-v2', 'unknown', null],
			['/usr/local/bin/kata-runtime', 'unknown', null],
			['/snap/kata-containers/current', 'snap', '2.4.2'],
		]);
	});

	it('that went may have left links: kata-manager in /usr/bin, kata-deploy in /usr/local/bin', async () => {
		const files = {
			[shim]: 'link:/opt/kata/bin/containerd-shim-kata-v2',
			'/usr/local/bin/containerd-shim-kata-clh-v2': 'link:/opt/kata/bin/containerd-shim-kata-v2',
			'/usr/local/bin/containerd-shim-kata-v2': 'link:/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2',
		};
		const found = await kataOf({files});
		expect(found.map(({path, owner}) => [path, owner])).toEqual([
			[shim, 'kata-manager'],
			['/usr/local/bin/containerd-shim-kata-clh-v2', 'kata-deploy'],
		]);
		expect(found[0]?.evidence).toContain('/opt/kata/bin/containerd-shim-kata-v2, which is not there any more');
	});
});

describe('a Kata of a package', () => {
	const libexec = '/usr/libexec/kata-containers';
	const files = {[shim]: '', '/usr/bin/kata-runtime': '', [`${libexec}/agent`]: ''};
	const paths = `${shim} /usr/bin/kata-runtime ${libexec}`;

	it.each([
		[
			'dpkg',
			{
				[`dpkg-query --search ${paths}`]: {
					code: 1,
					stdout: `kata-containers:amd64: ${shim}\nkata-containers, other: /usr/bin/kata-runtime\nkata-containers: ${libexec}\n`,
				},
				'dpkg-query --show kata-containers': 'kata-containers:amd64\t3.2.0+ds1-2\n',
			},
			'3.2.0+ds1-2',
		],
		[
			'rpm',
			{
				[`rpm -qf --queryformat [%{=NAME}\\t%{=VERSION}\\t%{FILENAMES}\\n] ${paths}`]: `kata-containers\t3.18.0\t${shim}\nkata-containers\t3.18.0\t/usr/bin/kata-runtime\nkata-containers\t3.18.0\t/usr/bin/other\nkata-containers\t3.18.0\t${libexec}\n`,
			},
			'3.18.0',
		],
		[
			'apk',
			{
				[`apk info --who-owns ${paths}`]: `${shim} is owned by kata-containers-3.2-r1\n/usr/bin/kata-runtime is owned by kata-containers-3.2-r1\n${libexec} is owned by kata-containers-3.2-r1\n`,
			},
			'3.2-r1',
		],
		[
			'pacman',
			{
				[`pacman -Qo ${paths}`]: `${shim} is owned by kata-containers 3.20.0-1\n/usr/bin/kata-runtime is owned by kata-containers 3.20.0-1\n${libexec}/ is owned by kata-containers 3.20.0-1\n`,
			},
			'3.20.0-1',
		],
	])('of %s is one entry, by one question for all its pieces', async (manager, commands, version) => {
		expect(await kataOf({files, commands})).toEqual([
			{
				path: shim,
				owner: 'package',
				version,
				evidence: 'It belongs to the package kata-containers.',
				package: {manager, name: 'kata-containers', version},
				parts: ['/usr/bin/kata-runtime', libexec],
			},
		]);
	});

	it('may own /opt/kata by a file in it', async () => {
		const dpkg = {'dpkg-query --search /opt/kata /opt/kata/VERSION': 'kata-bin: /opt/kata/VERSION\n'};
		expect((await kataOf({files: unpacked, commands: dpkg}))[0]).toMatchObject({
			owner: 'package',
			version: '3.28.0',
			package: {manager: 'dpkg', name: 'kata-bin', version: null},
		});
	});

	it('is not concluded from a diversion', async () => {
		const dpkg = {'dpkg-query --search /opt/kata /opt/kata/VERSION': 'diversion by x from: /opt/kata\n'};
		expect((await kataOf({files: unpacked, commands: dpkg}))[0]).toMatchObject({owner: 'unknown'});
	});

	it('is not excluded where a package manager does not answer', async () => {
		const commands = {[`dpkg-query --search ${shim}`]: {code: null, timedOut: true}};
		expect((await kataOf({files: {[shim]: ''}, commands}))[0]?.evidence).toBe(
			'dpkg did not answer in time: whether a package owns it is not known.',
		);
	});
});

describe('what Kata 1.x left', () => {
	const libexec = '/usr/libexec/kata-containers';

	it.each([
		['kata-proxy', {[`${libexec}/kata-proxy`]: '', [shim]: ''}],
		['kata-shim', {'/usr/bin/kata-shim': ''}],
		['a kata-runtime without a shim', {'/usr/bin/kata-runtime': ''}],
		['the drop-in of Docker’s unit', {'/etc/systemd/system/docker.service.d/kata-containers.conf': ''}],
	])('is known by %s', async (_what, files) => {
		expect(await kataOf({files})).toMatchObject([{owner: 'unknown', old: true}]);
	});

	it('is one entry with all its pieces', async () => {
		const files = {
			'/usr/bin/kata-runtime': '',
			[`${libexec}/kata-proxy`]: '',
			'/usr/share/defaults/kata-containers/configuration.toml': '',
		};
		expect(await kataOf({files})).toMatchObject([
			{path: '/usr/bin/kata-runtime', parts: [libexec, '/usr/share/defaults/kata-containers'], old: true},
		]);
	});

	it('may belong to a package of that time', async () => {
		const path = '/usr/bin/kata-runtime';
		const commands = {[`dpkg-query --search ${path}`]: `kata-runtime: ${path}\n`};
		expect(await kataOf({files: {[path]: ''}, commands})).toMatchObject([{owner: 'package', old: true}]);
	});

	it('is not a kata-runtime beside a shim, nor an empty folder', async () => {
		const files = {'/usr/bin/kata-runtime': '', [shim]: '', [`${libexec}/`]: ''};
		expect((await kataOf({files})).map(({path, old}) => [path, old])).toEqual([
			[shim, undefined],
			['/usr/bin/kata-runtime', undefined],
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
