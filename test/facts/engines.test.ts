import {describe, expect, it} from 'vitest';
import {daemonArguments, ownerOf, readContainerd} from '../../src/facts/engines.ts';
import {readOtherEngines} from '../../src/facts/other-engines.ts';
import {type ProbedHost, probedHost} from '../support/probed-host.ts';

const config = `version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
const binary = '/usr/libexec/containerd';
const path = '/etc/special/c.toml';

/** A containerd off PATH with a configuration and a socket of its own; another one lies on PATH and does not run. */
const special = (changes: ProbedHost = {}): ProbedHost => ({
	files: {
		'/usr/bin/containerd': '',
		'/usr/bin/ctr': '',
		[binary]: '',
		'/run/special.sock': '',
		[path]: config,
		'/proc/612/cmdline': `${binary}\0--config\0${path}\0--address=/run/special.sock\0`,
		'/proc/612/exe': `link:${binary}`,
		'/proc/612/cgroup': '0::/system.slice/special.service\n',
		'/proc/700/cmdline': '/usr/bin/containerd-shim-runc-v2\0-id\0x\0',
		'/proc/700/exe': 'link:/usr/bin/containerd-shim-runc-v2',
		'/proc/2/cmdline': '',
		...changes.files,
	},
	commands: {
		[`${binary} --version`]: 'containerd github.com/containerd/containerd/v2 v1.7.24 88bf19b\n',
		[`${binary} -c ${path} config dump`]: config,
		'/usr/bin/ctr --address /run/special.sock --connect-timeout 5s version':
			'Client:\n  Version:  1.7.24\n\nServer:\n  Version:  1.7.20\n  Revision: x\n',
		'/usr/bin/ctr --address /run/special.sock --connect-timeout 5s plugins ls':
			'TYPE ID PLATFORMS STATUS\nio.containerd.snapshotter.v1 overlayfs linux/amd64 ok\nio.containerd.snapshotter.v1 blockfile linux/amd64 skip\n',
		'systemctl show special.service --no-pager --property=MainPID': 'MainPID=612\n',
		...changes.commands,
	},
});

describe('the running containerd', () => {
	it('is found from its process, with its own binary, version, socket, unit and configuration', async () => {
		const [found, ...others] = await readContainerd(await probedHost(special()));
		expect(others).toEqual([]);
		expect(found).toMatchObject({
			pid: 612,
			binary,
			ctr: '/usr/bin/ctr',
			version: '1.7.20',
			address: '/run/special.sock',
			unit: 'special.service',
			ownedBy: null,
			snapshotters: {overlayfs: 'ok', blockfile: 'skip'},
			config: {path, text: config, version: 2, defaultRuntime: 'runc', dumpError: null},
		});
		expect(Object.keys(found?.config.runtimes ?? {})).toEqual(['runc']);
	});

	it('is none where only its program is installed', async () => {
		expect(
			await readContainerd(await probedHost({files: {'/usr/bin/containerd': '', '/proc/1/cmdline': 'init\0'}})),
		).toEqual([]);
	});

	it('is left out if it runs in a container’s mount namespace', async () => {
		const namespaces = {'/proc/self/ns/mnt': 'link:mnt:[1]', '/proc/612/ns/mnt': 'link:mnt:[2]'};
		expect(await readContainerd(await probedHost(special({files: namespaces})))).toEqual([]);
	});

	it('goes by its binary’s version and has unknown snapshotters where its socket may not be asked', async () => {
		const commands = {'/usr/bin/ctr --address /run/special.sock --connect-timeout 5s version': {code: 1}};
		const [found] = await readContainerd(await probedHost(special({commands})));
		expect(found).toMatchObject({version: '1.7.24', snapshotters: null});
	});

	it('has no unit where systemd takes another process for the main one', async () => {
		const commands = {'systemctl show special.service --no-pager --property=MainPID': 'MainPID=1\n'};
		expect((await readContainerd(await probedHost(special({commands}))))[0]?.unit).toBeNull();
	});

	it('keeps the engine’s words where it prints no configuration', async () => {
		const commands = {[`${binary} -c ${path} config dump`]: {code: 1, stderr: 'containerd: broken at line 3\n'}};
		const [found] = await readContainerd(await probedHost(special({commands})));
		expect(found?.config).toMatchObject({runtimes: null, dumpError: 'containerd: broken at line 3'});
	});

	it('goes by its program’s name for those who may not see its executable', async () => {
		const host = await probedHost({
			files: {'/usr/bin/containerd': '', '/proc/9/cmdline': '/usr/bin/containerd\0'},
			commands: {
				'/usr/bin/containerd --version': 'containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1\n',
			},
		});
		expect((await readContainerd(host))[0]).toMatchObject({
			binary: '/usr/bin/containerd',
			version: '1.6.20',
			address: '/run/containerd/containerd.sock',
			config: {path: '/etc/containerd/config.toml', text: null, sha256: null},
		});
	});
});

describe('what a process is by its arguments', () => {
	const argumentsOf = (...argv: string[]) => daemonArguments({pid: 1, argv, exe: argv[0] ?? null});

	it('is a daemon with or without flags, and none with a subcommand', () => {
		expect(argumentsOf('/usr/bin/containerd')).toEqual({config: null, address: null});
		expect(argumentsOf('/usr/bin/containerd', '-c', '/a', '-l', 'debug', '-a', '/s')).toEqual({
			config: '/a',
			address: '/s',
		});
		expect(argumentsOf('/usr/bin/containerd', '--config=/a', '--log-level', 'warn')).toEqual({
			config: '/a',
			address: null,
		});
		expect(argumentsOf('/usr/bin/containerd', 'config', 'dump')).toBeNull();
		expect(argumentsOf('/usr/bin/containerd', '--address', '/s', 'publish', '--topic', 'x')).toBeNull();
		expect(argumentsOf('/usr/bin/containerd-shim-runc-v2', '-id', 'x')).toBeNull();
	});
});

describe('whose containerd it is', () => {
	const plain = {
		binary: '/usr/bin/containerd',
		path: '/etc/containerd/config.toml',
		address: '/run/containerd/containerd.sock',
		service: 'containerd.service',
	};
	it.each([
		[{}, null],
		[{service: null}, null],
		[{binary: '/var/lib/rancher/k3s/data/current/bin/containerd'}, 'k3s'],
		[{address: '/run/k3s/containerd/containerd.sock'}, 'k3s'],
		[{path: '/var/lib/rancher/rke2/agent/etc/containerd/config.toml'}, 'rke2'],
		[{address: '/run/k0s/containerd.sock'}, 'k0s'],
		[{binary: '/snap/microk8s/7/bin/containerd'}, 'microk8s'],
		[{path: '/var/run/docker/containerd/containerd.toml'}, 'docker'],
		[{service: 'docker.service'}, 'docker'],
	])('%j: %s', (changes, owner) => {
		expect(ownerOf({...plain, ...changes})).toBe(owner);
	});
});

describe('other engines', () => {
	it('are told by their programs and whether their daemons run', async () => {
		const host = await probedHost({
			files: {
				'/usr/bin/docker': '',
				'/usr/bin/dockerd': '',
				'/usr/local/bin/k3s': '',
				'/usr/bin/podman': '',
				'/proc/5/cmdline': '/usr/bin/dockerd\0-H\0fd://\0',
				'/proc/5/exe': 'link:/usr/bin/dockerd',
				'/snap/microk8s/current/meta/snap.yaml': 'name: microk8s\nversion: v1.32.2\n',
			},
			commands: {
				'/usr/bin/dockerd --version': 'Docker version 28.2.2, build x\n',
				'/usr/local/bin/k3s --version': 'k3s version v1.31.4+k3s1 (a562d090)\n',
				'/usr/bin/podman --version': {code: null, timedOut: true},
			},
		});
		expect(await readOtherEngines(host)).toEqual([
			{name: 'docker', version: '28.2.2', running: true, detail: '/usr/bin/dockerd'},
			{name: 'podman', version: null, running: false, detail: '/usr/bin/podman'},
			{name: 'k3s', version: '1.31.4+k3s1', running: false, detail: '/usr/local/bin/k3s'},
			{name: 'microk8s', version: '1.32.2', running: false, detail: '/snap/microk8s/current'},
		]);
	});

	it('do not take podman’s docker for Docker', async () => {
		const host = await probedHost({
			files: {'/usr/bin/docker': ''},
			commands: {'/usr/bin/docker --version': 'podman version 5.4.0\n'},
		});
		expect(await readOtherEngines(host)).toEqual([]);
	});
});
