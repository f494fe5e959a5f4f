import {describe, expect, it} from 'vitest';
import {readDocker} from '../../../src/facts/engines/docker.ts';
import {dockerArguments} from '../../../src/facts/engines/docker-config.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const listening =
	'Num       RefCount Protocol Flags    Type St Inode Path\n0000: 00000002 00000000 00010000 0001 01 21 /run/docker.sock\n';
const question = '/usr/bin/docker -H unix:///run/docker.sock info --format {{json .}}';

/** A recorded answer of Docker 26.1.5, cut down to what is read; test/e2e/check-engines.test.ts asks the real one. */
const info = JSON.stringify({
	ContainersRunning: 3,
	ServerVersion: '26.1.5+dfsg1',
	Runtimes: {'io.containerd.runc.v2': {path: 'runc'}, runc: {path: 'runc'}},
	DefaultRuntime: 'runc',
	LiveRestoreEnabled: true,
	SecurityOptions: ['name=seccomp,profile=builtin'],
});
/** What its client prints beside its complaint, to standard output, ending with 1. */
const unanswered = (why: string) => ({
	code: 1,
	stdout: JSON.stringify({ContainersRunning: 0, ServerVersion: '', ServerErrors: [why]}),
	stderr: `${why}\n`,
});

const server = (changes: ProbedHost = {}) =>
	probedHost({
		files: {
			'/usr/bin/docker': '',
			'/usr/bin/dockerd': '',
			'/run/docker.sock': '',
			'/proc/net/unix': listening,
			'/proc/80/cmdline': '/usr/bin/dockerd\0-H\0fd://\0--containerd=/run/containerd/containerd.sock\0',
			'/proc/80/exe': 'link:/usr/bin/dockerd',
			...changes.files,
		},
		commands: {[question]: info, ...changes.commands},
	});

describe('Docker', () => {
	it('says its version, its containers and what becomes of them', async () => {
		expect(await readDocker(await server())).toEqual({
			pid: 80,
			socket: {path: '/run/docker.sock', listening: true},
			info: {
				version: '26.1.5+dfsg1',
				running: 3,
				liveRestore: true,
				rootless: false,
				runtimes: ['io.containerd.runc.v2', 'runc'],
				defaultRuntime: 'runc',
			},
			error: null,
			config: {
				path: '/etc/docker/daemon.json',
				exists: false,
				error: null,
				keys: [],
				runtimes: {},
				defaultRuntime: null,
			},
			flags: ['hosts', 'containerd'],
		});
	});

	it('is rootless where its security options say so', async () => {
		const commands = {[question]: info.replace('name=seccomp,profile=builtin', 'name=rootless')};
		expect((await readDocker(await server({commands})))?.info).toMatchObject({rootless: true});
	});

	it.each([
		[unanswered('permission denied while trying to connect'), 'permission denied while trying to connect'],
		[{code: null, timedOut: true}, `\`${question}\` did not end in time.`],
		[{code: 0, stdout: '{"ServerVersion":"","ServerErrors":["no answer"]}'}, 'no answer'],
	])('that does not answer is told in its client’s words', async (answer, error) => {
		expect(await readDocker(await server({commands: {[question]: answer}}))).toMatchObject({
			pid: 80,
			info: null,
			error,
		});
	});

	it('that does not run is not asked: systemd would start it', async () => {
		const host = await server({files: {'/proc/80/cmdline': 'other\0', '/proc/80/exe': 'link:/usr/bin/other'}});
		const asked: string[] = [];
		const watched = {
			...host,
			run: (...args: Parameters<typeof host.run>) => {
				asked.push(args[0]);
				return host.run(...args);
			},
		};
		expect(await readDocker(watched)).toMatchObject({
			pid: null,
			socket: {listening: true},
			info: null,
			error: null,
		});
		expect(asked).toEqual(['systemctl']);
	});

	it('is not said to be silent where there is no client to ask with', async () => {
		const host = await server();
		await host.files.remove('/usr/bin/docker');
		expect(await readDocker(host)).toMatchObject({pid: 80, info: null, error: null});
	});

	it('is told by its process even where its socket is gone', async () => {
		const host = await server();
		await host.files.remove('/run/docker.sock');
		expect(await readDocker(host)).toMatchObject({socket: {listening: null}, error: '/run/docker.sock is not there.'});
	});

	it('does not run where a dockerd only answers for its version', async () => {
		const cmdline = '/usr/bin/dockerd\0--version\0';
		const found = await readDocker(await server({files: {'/proc/80/cmdline': cmdline}}));
		expect(found).toMatchObject({pid: null});
	});

	it('is none without a dockerd: a client alone is no engine', async () => {
		expect(await readDocker(await probedHost({files: {'/usr/bin/docker': ''}}))).toBeNull();
	});
});

describe('Docker’s configuration', () => {
	const configured = async (text: string) =>
		(await readDocker(await server({files: {'/etc/docker/daemon.json': text}})))?.config;

	it('is read with its directives and runtimes', async () => {
		const text = JSON.stringify({
			hosts: ['unix:///x'],
			'default-runtime': 'kata',
			runtimes: {
				old: {path: '/usr/bin/kata-runtime'},
				kata: {runtimeType: 'io.containerd.kata.v2', options: {ConfigPath: '/c.toml'}},
				odd: 'text',
			},
		});
		expect(await configured(text)).toEqual({
			path: '/etc/docker/daemon.json',
			exists: true,
			error: null,
			keys: ['hosts', 'default-runtime', 'runtimes'],
			defaultRuntime: 'kata',
			runtimes: {
				old: {path: '/usr/bin/kata-runtime', runtimeType: null, configPath: null},
				kata: {path: null, runtimeType: 'io.containerd.kata.v2', configPath: '/c.toml'},
				odd: {path: null, runtimeType: null, configPath: null},
			},
		});
	});

	it('that is no JSON is told to be broken, with the place', async () => {
		expect((await configured('{"hosts": ["x"],'))?.error).toMatch(/JSON/);
		expect((await configured('[]'))?.error).toBe('It is no JSON object.');
		expect(await configured('\n')).toMatchObject({exists: true, error: null});
	});

	it('lies where the command line or the unit says', async () => {
		const cmdline = '/usr/bin/dockerd\0--config-file\0/srv/d.json\0-H\0unix:///srv/d.sock\0';
		expect(await readDocker(await server({files: {'/proc/80/cmdline': cmdline}}))).toMatchObject({
			config: {path: '/srv/d.json'},
			socket: {path: '/srv/d.sock'},
		});
		const commands = {
			'systemctl show docker.service --no-pager --property=ExecStart':
				'ExecStart={ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd --config-file=/etc/d.json --debug ; pid=0 }\n',
		};
		const files = {'/proc/80/cmdline': 'other\0', '/proc/80/exe': 'link:/usr/bin/other'};
		expect(await readDocker(await server({files, commands}))).toMatchObject({
			config: {path: '/etc/d.json'},
			flags: ['debug'],
		});
	});

	it('calls flags by their names in the file', () => {
		const argv = [
			'dockerd',
			'-H',
			'fd://',
			'--host=unix:///a',
			'--add-runtime',
			'a=/b',
			'--live-restore',
			'-D',
			'--dns',
			'1.1.1.1',
		];
		expect(dockerArguments(argv)).toEqual({
			configFile: null,
			sockets: ['/a'],
			flags: ['hosts', 'runtimes', 'live-restore', 'debug', 'dns'],
		});
	});
});
