import {describe, expect, it} from 'vitest';
import {daemonArguments, ownerOf, readContainerd} from '../../../src/facts/engines/engines.ts';
import {readOtherEngines} from '../../../src/facts/engines/other-engines.ts';
import type {Host} from '../../../src/host/host.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const config = `version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
const binary = '/usr/libexec/containerd';
const path = '/etc/special/c.toml';
const ctr = '/usr/bin/ctr --address /run/special.sock --connect-timeout 5s';
const unitQuestion =
	'systemctl show special.service --no-pager --property=MainPID,KillMode,RequiredBy,BoundBy,ConsistsOf';

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
		// A name with a blank and a parenthesis; it started 90 s after the kernel.
		'/proc/612/stat': `612 (con) tainerd) S 1 ${'0 '.repeat(17)}9000 0\n`,
		'/proc/stat': 'cpu 1 2 3\nbtime 1000000000\n',
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
		[unitQuestion]: 'MainPID=612\nKillMode=process\nRequiredBy=\nBoundBy=k.service gone.service\nConsistsOf=\n',
		'systemctl show k.service --no-pager --property=ActiveState': 'ActiveState=active\n',
		'systemctl show gone.service --no-pager --property=ActiveState': 'ActiveState=inactive\n',
		[`${ctr} namespaces ls -q`]: 'default\nmoby\nempty\n',
		[`${ctr} -n default tasks ls -q`]: 'one\n',
		[`${ctr} -n moby tasks ls -q`]: 'two\nthree\n',
		[`${ctr} -n empty tasks ls -q`]: '',
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
			binaryVersion: '1.7.24',
			address: '/run/special.sock',
			socket: {state: 'answers', error: null},
			startedMs: 1_000_000_090_000,
			unit: 'special.service',
			restart: {killMode: 'process', stoppedWith: ['k.service']},
			containers: {default: 1, moby: 2},
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

	/** The number of a process in its own namespace of processes stands last; an ordinary user may read it of everybody's. */
	const numbers = (...pids: number[]): string => `Name:\tx\nNSpid:\t${pids.join('\t')}\nNSsid:\t1\n`;
	it.each([
		['left out if it is in a container', numbers(999), numbers(612, 77), 0],
		['left out if it is in a container in ours', numbers(999, 12), numbers(612, 77, 5), 0],
		['the host’s if it is beside us', numbers(999, 12), numbers(612, 77), 1],
		['taken for the host’s if the kernel does not tell', 'Name:\tx\n', 'Name:\tx\n', 1],
	])('whose mount namespace may not be read is %s', async (_what, ours, theirs, count) => {
		const files = {'/proc/self/ns/mnt': 'link:mnt:[1]', '/proc/self/status': ours, '/proc/612/status': theirs};
		const host = await probedHost(special({files}));
		const refusing: Host = {
			...host,
			files: {
				...host.files,
				readLink: async path => {
					if (path === '/proc/612/ns/mnt') throw Object.assign(new Error('EACCES'), {code: 'EACCES'});
					return host.files.readLink(path);
				},
			},
		};
		expect(await readContainerd(refusing)).toHaveLength(count);
	});

	it('is one while a child of its own has yet to execute the shim', async () => {
		const forked = {
			'/proc/900/cmdline': `${binary}\0--config\0${path}\0--address=/run/special.sock\0`,
			'/proc/900/exe': `link:${binary}`,
			'/proc/900/stat': `900 (con) tainerd) S 612 ${'0 '.repeat(17)}9100 0\n`,
		};
		const found = await readContainerd(await probedHost(special({files: forked})));
		expect(found.map(({pid}) => pid)).toEqual([612]);
	});

	it('goes by its binary’s version and has unknown snapshotters where its socket may not be asked', async () => {
		const commands = {'/usr/bin/ctr --address /run/special.sock --connect-timeout 5s version': {code: 1}};
		const [found] = await readContainerd(await probedHost(special({commands})));
		expect(found).toMatchObject({version: '1.7.24', binaryVersion: null, snapshotters: null, containers: null});
	});

	it('has no unit where systemd takes another process for the main one', async () => {
		const commands = {[unitQuestion]: 'MainPID=1\nKillMode=process\n'};
		expect((await readContainerd(await probedHost(special({commands}))))[0]).toMatchObject({unit: null, restart: null});
	});

	it('is one of two that are asked side by side: one that is silent delays the other by nothing', async () => {
		const {files = {}, commands = {}} = special();
		const host = await probedHost({
			files: {
				...files,
				'/run/second.sock': '',
				'/proc/613/cmdline': `${binary}\0--config\0${path}\0--address=/run/second.sock\0`,
				'/proc/613/exe': `link:${binary}`,
			},
			commands,
		});
		let secondAsked = (): void => {};
		const untilThen = new Promise<void>(resolve => {
			secondAsked = resolve;
		});
		const watched: Host = {
			...host,
			run: async (file, args, options) => {
				const address = args.includes('version') ? args[args.indexOf('--address') + 1] : null;
				if (address === '/run/second.sock') secondAsked();
				if (address === '/run/special.sock') await untilThen;
				return host.run(file, args, options);
			},
		};
		expect((await readContainerd(watched)).map(({pid}) => pid)).toEqual([612, 613]);
	});

	it('tells its files and what they import, with their versions and what is gone', async () => {
		const main = `version = 2\nimports = ["/etc/special/d/*.toml", "/etc/special/gone.toml"]\n`;
		const files = {
			[path]: main,
			'/etc/special/d/a.toml': config,
			'/etc/special/d/b.toml': 'version = 3\n[plugins."io.containerd.cri.v1.runtime"]\nx = 1\n',
			'/etc/special/d/c.txt': '',
		};
		const [found] = await readContainerd(await probedHost(special({files})));
		expect(found?.config.files).toMatchObject([
			{path, missing: false, version: 2, criSections: []},
			{path: '/etc/special/d/a.toml', missing: false, version: 2, criSections: ['io.containerd.grpc.v1.cri']},
			{path: '/etc/special/d/b.toml', missing: false, version: 3, criSections: ['io.containerd.cri.v1.runtime']},
			{path: '/etc/special/gone.toml', missing: true, modifiedMs: null, version: null},
		]);
		expect(found?.config.files?.[0]?.modifiedMs).toBeGreaterThan(1.7e12);
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

	it.each(['--version', '-v', '--help', '-h'])('is none that only answers %s', flag => {
		expect(argumentsOf('/usr/bin/containerd', flag)).toBeNull();
		expect(argumentsOf('/usr/bin/containerd', '--config', '/a', flag)).toBeNull();
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
				// Two of Podman's, one of CRI-O's, and two that watch a `podman exec`.
				'/proc/20/cmdline': '/usr/bin/conmon\0--api-version\x001\0--exit-command\0/usr/bin/podman\0',
				'/proc/21/cmdline': '/usr/bin/conmon\0--api-version\x001\0--exit-command\0/usr/bin/podman\0',
				'/proc/22/cmdline': '/usr/bin/conmon\0-b\0/run/containers\0--exit-dir\0/var/run/crio/exits\0',
				'/proc/23/cmdline': '/usr/bin/conmon\0-e\0--exit-command\0/usr/bin/podman\0',
				'/proc/24/cmdline': '/usr/bin/conmon\0--exec-process-spec\0/x\0--exit-command\0/usr/bin/podman\0',
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
			{
				name: 'podman',
				version: null,
				running: false,
				detail: '/usr/bin/podman',
				isDocker: false,
				containers: 2,
			},
			{name: 'k3s', version: '1.31.4+k3s1', running: false, detail: '/usr/local/bin/k3s'},
			{name: 'microk8s', version: '1.32.2', running: false, detail: '/snap/microk8s/current'},
		]);
	});

	it('do not take podman’s docker for Docker', async () => {
		const host = await probedHost({
			files: {'/usr/bin/docker': '', '/usr/bin/podman': ''},
			commands: {
				'/usr/bin/docker --version': 'podman version 5.4.0\n',
				'/usr/bin/podman --version': 'podman version 5.4.0\n',
			},
		});
		expect(await readOtherEngines(host)).toMatchObject([{name: 'podman', version: '5.4.0', isDocker: true}]);
	});

	it('run where k3s has hidden its arguments, and not where a container has them or they only answer', async () => {
		const files = {
			'/proc/7/cmdline': '/usr/local/bin/k3s server\0',
			'/proc/8/cmdline': '/usr/bin/dockerd\0',
			'/proc/8/ns/mnt': 'link:mnt:[2]',
			'/proc/9/cmdline': '/usr/bin/crio\0--version\0',
			// How much is logged, and no question.
			'/proc/10/cmdline': '/usr/local/bin/rke2\0server\0-v\x002\0',
			'/proc/self/ns/mnt': 'link:mnt:[1]',
		};
		expect(await readOtherEngines(await probedHost({files}))).toMatchObject([
			{name: 'k3s', running: true},
			{name: 'rke2', running: true},
		]);
	});
});
