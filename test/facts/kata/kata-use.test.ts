/** What is in use of a Kata that is here: processes, configuration, handlers, programs on a PATH. */
import {describe, expect, it} from 'vitest';
import {kataConfigurationProbe} from '../../../src/facts/kata/kata-configuration.ts';
import {kataHandlersProbe} from '../../../src/facts/kata/kata-handlers.ts';
import {kataProcessesProbe} from '../../../src/facts/kata/kata-processes.ts';
import {kataProgramsProbe} from '../../../src/facts/kata/kata-programs.ts';
import type {Host} from '../../../src/host/host.ts';
import {sampleContainerd} from '../../support/facts.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const refused = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), {code}));

/** The host for one who may not follow or read the paths that begin so. */
const closedAt = (host: Host, start: string): Host => ({
	...host,
	files: {
		...host.files,
		read: path => (path.startsWith(start) ? refused('EACCES') : host.files.read(path)),
		readLink: path => (path.startsWith(start) ? refused('EACCES') : host.files.readLink(path)),
		realPath: path => (path.startsWith(start) ? refused('EACCES') : host.files.realPath(path)),
	},
});

describe('the processes of Kata', () => {
	const process = (pid: number, exe: string, argv: string[] = [exe.replace(' (deleted)', '')]) => ({
		[`/proc/${pid}/cmdline`]: `${argv.join('\0')}\0`,
		[`/proc/${pid}/exe`]: `link:${exe}`,
	});
	const processesOf = async (files: Record<string, string>) => kataProcessesProbe.read(await probedHost({files}));
	const shim = 'bin/containerd-shim-kata-v2';

	it('are those of its shims and of what runs from a prefix, each with its tree', async () => {
		const found = await processesOf({
			...process(1, '/usr/lib/systemd/systemd'),
			...process(10, `/opt/kata/${shim}`),
			...process(11, '/opt/kata/libexec/virtiofsd'),
			...process(12, '/opt/kata-setup/trees/4.1.0-rust/bin/qemu-system-x86_64'),
			...process(13, '/opt/kata-dev/bin/cloud-hypervisor'),
			...process(14, `/opt/kata.old/${shim}`),
			...process(15, '/usr/bin/containerd-shim-kata-v2'),
			...process(16, '/usr/bin/containerd-shim-runc-v2'),
			...process(17, '/opt/kata/bin/kata-monitor'),
			...process(18, '/opt/kata-setup/staging/bin/qemu-system-x86_64'),
			...process(19, '/opt/katalog/bin/qemu-system-x86_64'),
		});
		expect(found.map(({pid, kind, tree}) => [pid, kind, tree])).toEqual([
			[10, 'shim', '/opt/kata'],
			[11, 'virtiofsd', '/opt/kata'],
			[12, 'hypervisor', '/opt/kata-setup/trees/4.1.0-rust'],
			[13, 'hypervisor', '/opt/kata-dev'],
			[14, 'shim', '/opt/kata.old'],
			[15, 'shim', '/usr/bin'],
			[17, 'other', '/opt/kata'],
		]);
	});

	it.each([
		['/opt', '/var/opt', '/var/opt/kata-setup'],
		['/opt', '/data/opt', '/data/opt/kata-setup'],
		['/opt/kata-setup', '/data/kata-setup', '/data/kata-setup'],
	])('have the tree that our plans name where %s is a link to %s', async (from, to, ours) => {
		const tree = `${ours}/trees/4.1.0-rust`;
		const found = await processesOf({
			[`${tree}/`]: '',
			[from]: `link:${to}`,
			...process(12, `${tree}/bin/qemu-system-x86_64`),
			...process(13, `${tree}/bin/x (deleted)`),
			...process(14, `${ours}/staging/bin/qemu-system-x86_64`),
			...process(15, `${to}katalog/bin/qemu-system-x86_64`),
		});
		expect(found.map(({pid, kind, tree: of}) => [pid, kind, of])).toEqual([
			[12, 'hypervisor', '/opt/kata-setup/trees/4.1.0-rust'],
			[13, 'other', '/opt/kata-setup/trees/4.1.0-rust'],
		]);
	});

	it('are a distribution’s hypervisors too, by the folder of their sandbox, and no other VM', async () => {
		const socket = 'socket,path=/run/vc/vm/0a1b/console.sock';
		const found = await processesOf({
			...process(20, '/usr/bin/qemu-system-x86_64', ['/usr/bin/qemu-system-x86_64', '-chardev', socket]),
			...process(21, '/usr/bin/qemu-system-x86_64', ['/usr/bin/qemu-system-x86_64', '-name', 'guest=web']),
			...process(22, '/usr/bin/vi', ['vi', '/run/vc/vm/x']),
		});
		expect(found).toMatchObject([{pid: 20, kind: 'hypervisor', tree: '/usr/bin', deleted: false}]);
	});

	it('are known when their files are deleted', async () => {
		expect(await processesOf(process(30, `/opt/kata/${shim} (deleted)`))).toEqual([
			{
				pid: 30,
				kind: 'shim',
				program: 'containerd-shim-kata-v2',
				sandbox: null,
				namespace: null,
				// Its open files are nowhere: only root may look.
				vm: null,
				tree: '/opt/kata',
				deleted: true,
			},
		]);
	});

	it('tell their sandbox, and a shim whether it is the VMM itself, as with Dragonball', async () => {
		const tree = '/opt/kata-setup/trees/4.1.0-rust';
		const shimPath = `${tree}/runtime-rs/bin/containerd-shim-kata-v2`;
		const told = (id: string): string[] => [shimPath, '-namespace', 'k8s.io', '-address', '/run/c.sock', '-id', id];
		const fds = (pid: number, target: string) => ({[`/proc/${pid}/fd/7`]: `link:${target}`});
		const found = await processesOf({
			...process(50, shimPath, told('aa')),
			...fds(50, 'anon_inode:kvm-vm'),
			...process(51, shimPath, told('bb')),
			...fds(51, 'anon_inode:[eventpoll]'),
			...process(52, `${tree}/bin/cloud-hypervisor`, [
				`${tree}/bin/cloud-hypervisor`,
				'--api-socket',
				'/run/kata/bb/root/ch-api.sock',
			]),
			...process(53, `${tree}/libexec/virtiofsd`, ['virtiofsd', '--socket-path=/run/vc/vm/cc/vhost-fs.sock']),
			...process(54, `${tree}/bin/firecracker`, ['/firecracker', '--id', 'dd']),
		});
		expect(found).toMatchObject([
			{pid: 50, sandbox: 'aa', namespace: 'k8s.io', vm: true},
			{pid: 51, sandbox: 'bb', vm: false},
			{pid: 52, sandbox: 'bb'},
			{pid: 53, sandbox: 'cc'},
			{pid: 54, sandbox: 'dd'},
		]);
	});

	it('of root are known to others by their command line, without what it cannot tell', async () => {
		const host = await probedHost({
			files: {
				...process(40, '/x', ['/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2', '-id', 'a']),
				...process(41, '/x', ['/opt/kata-setup/trees/4.1.0/bin/virtiofsd']),
				...process(42, '/x', ['/opt/kata/bin/virtiofsd']),
				...process(43, '/x', ['/opt/kata-dev/bin/virtiofsd']),
				...process(44, '/x', ['/var/opt/kata-setup/trees/4.1.0/bin/virtiofsd']),
				'/var/opt/kata-setup/trees/4.1.0/': '',
				'/opt': 'link:var/opt',
				'/var/opt/kata': 'link:kata-setup/trees/4.1.0',
				'/var/opt/kata-dev/': '',
			},
		});
		expect(await kataProcessesProbe.read(closedAt(host, '/proc/4'))).toMatchObject([
			{pid: 40, kind: 'shim', tree: null, deleted: null},
			{pid: 41, kind: 'virtiofsd', tree: '/opt/kata-setup/trees/4.1.0', deleted: null},
			// Whose tree the link led to when it started is not known.
			{pid: 42, kind: 'virtiofsd', tree: null, deleted: null},
			{pid: 43, kind: 'virtiofsd', tree: '/opt/kata-dev', deleted: null},
			{pid: 44, kind: 'virtiofsd', tree: '/opt/kata-setup/trees/4.1.0', deleted: null},
		]);
	});
});

describe('the configuration that a Kata reads which is told none', () => {
	const go = '/etc/kata-containers';
	const rust = '/etc/kata-containers/runtime-rs';
	const packaged = '/opt/kata/share/defaults/kata-containers';
	const read = async (files: Record<string, string>) => kataConfigurationProbe.read(await probedHost({files}));

	it('is none on most hosts', async () => {
		expect(await read({})).toEqual([]);
	});

	it('is compared with the packaged file of that name, for each runtime with its own', async () => {
		const found = await read({
			[`${go}/configuration.toml`]: 'old',
			[`${packaged}/configuration.toml`]: 'new',
			[`${rust}/configuration.toml`]: 'same',
			[`${packaged}/runtime-rs/configuration.toml`]: 'same',
			[`${go}/configuration-mine.toml`]: 'x',
		});
		expect(found).toMatchObject([
			{path: `${go}/configuration-mine.toml`, kind: 'file', packaged: null, differs: null},
			{
				path: `${go}/configuration.toml`,
				runtime: 'go',
				packaged: `${packaged}/configuration.toml`,
				differs: true,
				ours: false,
			},
			{path: `${rust}/configuration.toml`, runtime: 'rust', differs: false},
		]);
	});

	it('names what is set in it otherwise than in the packaged one, and all of a drop-in, without the values', async () => {
		const found = await read({
			[`${go}/configuration.toml`]:
				'[hypervisor.qemu]\ndefault_vcpus = 4\nkernel_params = "token=hush"\n[runtime]\nenable_debug = true\n',
			[`${packaged}/configuration.toml`]: '[hypervisor.qemu]\ndefault_vcpus = 1\n[runtime]\nenable_debug = true\n',
			[`${go}/config.d/50-mine.toml`]: '[factory]\nvm_cache_number = 3\n',
			[`${go}/config.d/60-broken.toml`]: '[factory',
			[`${go}/configuration-mine.toml`]: '[runtime]\nenable_debug = true\n',
		});
		expect(found.map(({path, set}) => [path.slice(go.length + 1), set])).toEqual([
			['configuration-mine.toml', undefined],
			[
				'configuration.toml',
				[
					{table: 'hypervisor.qemu', option: 'default_vcpus'},
					{table: 'hypervisor.qemu', option: 'kernel_params'},
				],
			],
			['config.d/50-mine.toml', [{table: 'factory', option: 'vm_cache_number'}]],
			['config.d/60-broken.toml', undefined],
		]);
		expect(JSON.stringify(found)).not.toContain('hush');
	});

	it('hides the distribution’s files before those of the prefix', async () => {
		const [found] = await read({
			[`${go}/configuration.toml`]: 'x',
			[`${packaged}/configuration.toml`]: 'x',
			'/usr/share/defaults/kata-containers/configuration.toml': 'y',
		});
		expect(found).toMatchObject({packaged: '/usr/share/defaults/kata-containers/configuration.toml', differs: true});
	});

	it('may be a link: to a packaged file it hides nothing, to a copy it is that copy, ours is ours', async () => {
		const found = await read({
			[`${packaged}/configuration-clh.toml`]: 'x',
			[`${go}/configuration.toml`]: `link:${packaged}/configuration-clh.toml`,
			[`${go}/kata-setup/rust-qemu/configuration.toml`]: 'y',
			[`${go}/kata-setup/active`]: 'link:rust-qemu',
			[`${rust}/configuration.toml`]: `link:${go}/kata-setup/active/configuration.toml`,
		});
		expect(found).toMatchObject([
			{kind: 'link', target: `${packaged}/configuration-clh.toml`, differs: false, ours: false},
			{kind: 'link', ours: true, runtime: 'rust'},
		]);
		const [copy] = await read({
			[`${packaged}/configuration-clh.toml`]: 'x',
			[`${go}/configuration-clh.toml`]: 'changed',
			[`${go}/configuration.toml`]: 'link:configuration-clh.toml',
		}).then(files => files.filter(({kind}) => kind === 'link'));
		expect(copy).toMatchObject({packaged: `${packaged}/configuration-clh.toml`, differs: true});
	});

	it('may lead nowhere, in /etc and in an installation', async () => {
		const found = await read({
			[`${go}/configuration.toml`]: 'link:gone.toml',
			[`${packaged}/configuration.toml`]: 'link:configuration-qemu.toml',
		});
		expect(found.map(({path, kind, target}) => [path, kind, target])).toEqual([
			[`${go}/configuration.toml`, 'dangling', 'gone.toml'],
			[`${packaged}/configuration.toml`, 'dangling', 'configuration-qemu.toml'],
		]);
	});

	it('has drop-ins, and files that we may not read', async () => {
		const host = await probedHost({
			files: {
				[`${go}/config.d/50-me.toml`]: '',
				[`${go}/config.d/README`]: '',
				[`${go}/configuration.toml`]: 'x',
				[`${packaged}/configuration.toml`]: 'x',
			},
		});
		const closed = {
			...host,
			files: {
				...host.files,
				read: (path: string) => (path.startsWith('/etc/') ? refused('EACCES') : host.files.read(path)),
			},
		};
		expect(await kataConfigurationProbe.read(closed)).toMatchObject([
			{path: `${go}/configuration.toml`, kind: 'unreadable', differs: null},
			{path: `${go}/config.d/50-me.toml`, kind: 'drop-in'},
		]);
	});
});

describe('the handlers of engines', () => {
	const handlersOf = async (host: ProbedHost, runtimes: Record<string, Record<string, unknown>> = {}) =>
		kataHandlersProbe([sampleContainerd({config: {...sampleContainerd().config, runtimes}})]).read(
			await probedHost(host),
		);

	it('of containerd are those that start Kata, and what they name is looked at', async () => {
		const found = await handlersOf(
			{files: {'/opt/kata/bin/containerd-shim-kata-v2': '', '/opt/kata/gone': 'link:nowhere'}},
			{
				runc: {runtime_type: 'io.containerd.runc.v2', runtime_path: ''},
				kata: {
					runtime_type: 'io.containerd.kata.v2',
					runtime_path: '/opt/kata/bin/containerd-shim-kata-v2',
					options: {ConfigPath: '/opt/kata/gone'},
				},
				'kata-clh': {runtime_type: 'io.containerd.kata-clh.v2'},
				fast: {runtime_type: 'io.containerd.runc.v2', runtime_path: '/srv/kata/shim'},
				gvisor: {runtime_type: 'io.containerd.runsc.v1'},
			},
		);
		expect(found).toEqual([
			{
				engine: 'containerd',
				source: '/etc/containerd/config.toml',
				name: 'kata',
				type: 'io.containerd.kata.v2',
				runtime: {path: '/opt/kata/bin/containerd-shim-kata-v2', state: 'there'},
				configuration: {path: '/opt/kata/gone', state: 'missing'},
			},
			expect.objectContaining({name: 'kata-clh', runtime: null, configuration: null}),
			expect.objectContaining({name: 'fast', runtime: {path: '/srv/kata/shim', state: 'missing'}}),
		]);
	});

	it('of Docker stand in daemon.json, in the way of today and of 1.x, and in drop-ins of its unit', async () => {
		const daemon = {
			runtimes: {
				kata: {runtimeType: 'io.containerd.kata.v2', options: {ConfigPath: '/opt/kata/c.toml'}},
				'kata-old': {path: '/usr/bin/kata-runtime'},
				'by-path': {runtimeType: '/opt/kata/bin/containerd-shim-kata-v2'},
				nvidia: {path: '/usr/bin/nvidia-container-runtime'},
			},
		};
		const dropIn = '/etc/systemd/system/docker.service.d/kata-containers.conf';
		const found = await handlersOf({
			files: {
				'/etc/docker/daemon.json': JSON.stringify(daemon),
				[dropIn]:
					'[Service]\n# ExecStart=/usr/bin/dockerd --add-runtime kata-c=/x/kata\nExecStart=\nExecStart=/usr/bin/dockerd -D --add-runtime kata-runtime=/usr/bin/kata-runtime --default-runtime=kata-runtime\n',
			},
		});
		expect(found).toMatchObject([
			{name: 'kata', type: 'io.containerd.kata.v2', runtime: null, configuration: {state: 'missing'}},
			{name: 'kata-old', type: null, runtime: {path: '/usr/bin/kata-runtime', state: 'missing'}},
			{name: 'by-path', type: null, runtime: {path: '/opt/kata/bin/containerd-shim-kata-v2'}},
			{engine: 'docker', name: 'kata-runtime', source: dropIn, runtime: {path: '/usr/bin/kata-runtime'}},
		]);
	});

	it('of CRI-O stand in its main file and its drop-ins', async () => {
		const table =
			'[crio.runtime.runtimes.kata-qemu]\nruntime_path = "/opt/kata/bin/containerd-shim-kata-v2"\nruntime_type = "vm"\n';
		const found = await handlersOf({
			files: {
				'/etc/crio/crio.conf': '[crio.runtime.runtimes.crun]\nruntime_path = "/usr/bin/crun"\n',
				'/etc/crio/crio.conf.d/99-kata-deploy': table,
				'/etc/crio/crio.conf.d/broken': '[[[',
			},
		});
		expect(found).toMatchObject([
			{engine: 'crio', name: 'kata-qemu', source: '/etc/crio/crio.conf.d/99-kata-deploy', runtime: {state: 'missing'}},
		]);
	});

	it('may name what we may not look at', async () => {
		const runtimes = {kata: {runtime_type: 'io.containerd.kata.v2', runtime_path: '/root-only/shim'}};
		const containerd = sampleContainerd({config: {...sampleContainerd().config, runtimes}});
		const host = closedAt(await probedHost({}), '/root-only');
		expect(await kataHandlersProbe([containerd]).read(host)).toMatchObject([{runtime: {state: 'unknown'}}]);
	});

	it('are none where a daemon.json is broken, or the dump could not be had', async () => {
		const containerd = sampleContainerd({config: {...sampleContainerd().config, runtimes: null}});
		const host = await probedHost({files: {'/etc/docker/daemon.json': '{"runtimes": '}});
		expect(await kataHandlersProbe([containerd]).read(host)).toEqual([]);
	});
});

describe('programs on a PATH', () => {
	const name = 'containerd-shim-kata-v2';
	const two = {[`/usr/bin/${name}`]: '', [`/usr/local/bin/${name}`]: ''};

	it('are found in the order of the running containerd, as it stands in its process', async () => {
		const files = {...two, '/proc/612/environ': 'LANG=C\0PATH=/usr/bin:/usr/local/bin\0'};
		const [found] = await kataProgramsProbe([sampleContainerd()], {}).read(await probedHost({files}));
		expect(found).toMatchObject({whose: 'containerd', source: '/proc/612/environ'});
		expect(found?.found.map(({path}) => path)).toEqual([`/usr/bin/${name}`, `/usr/local/bin/${name}`]);
	});

	it('are found in that of its unit for one who may not look into root’s process', async () => {
		const show =
			'systemctl show --property=Id,LoadState,ActiveState,Environment,EnvironmentFiles -- containerd.service';
		const commands = {
			[show]: 'Id=containerd.service\nLoadState=loaded\nActiveState=active\nEnvironment=PATH=/usr/bin:/usr/local/bin\n',
		};
		const [found] = await kataProgramsProbe([sampleContainerd()], {}).read(await probedHost({files: two, commands}));
		expect(found).toMatchObject({source: 'systemctl show containerd.service'});
		expect(found?.found[0]?.path).toBe(`/usr/bin/${name}`);
	});

	it('are found in systemd’s default where nothing tells', async () => {
		const [found] = await kataProgramsProbe([sampleContainerd()], {}).read(await probedHost({files: two}));
		expect(found).toMatchObject({source: 'assumed'});
		expect(found?.found[0]?.path).toBe(`/usr/local/bin/${name}`);
	});

	it('say of a link where it leads by the paths that we use, though /opt is a link itself', async () => {
		const files = {
			'/var/opt/kata-setup/trees/4.1.0/bin/containerd-shim-kata-v2': '',
			'/opt': 'link:/var/opt',
			[`/usr/local/bin/${name}`]: 'link:/opt/kata-setup/trees/4.1.0/bin/containerd-shim-kata-v2',
		};
		const [found] = await kataProgramsProbe([sampleContainerd()], {}).read(await probedHost({files}));
		expect(found?.found).toEqual([
			{
				path: `/usr/local/bin/${name}`,
				target: '/opt/kata-setup/trees/4.1.0/bin/containerd-shim-kata-v2',
			},
		]);
	});

	it('of a containerd that k3s runs are k3s’ own affair', async () => {
		const host = await probedHost({files: two});
		expect(await kataProgramsProbe([sampleContainerd({ownedBy: 'k3s'})], {}).read(host)).toEqual([]);
	});

	it('of this shell are its tools; one file under two names is found once', async () => {
		const files = {
			'/usr/bin/kata-runtime': '',
			'/bin': 'link:usr/bin',
			'/opt/kata/bin/kata-runtime': '',
			'/usr/local/bin/kata-runtime': 'link:/opt/kata/bin/kata-runtime',
			'/usr/local/bin/kata-ctl': 'link:/nowhere',
			'/relative/kata-runtime': '',
		};
		const environment = {PATH: 'relative:/usr/local/bin/:/usr/bin::/bin'};
		expect(await kataProgramsProbe([], environment).read(await probedHost({files}))).toEqual([
			{
				name: 'kata-runtime',
				whose: 'person',
				source: 'PATH',
				found: [
					{path: '/usr/local/bin/kata-runtime', target: '/opt/kata/bin/kata-runtime'},
					{path: '/usr/bin/kata-runtime', target: '/usr/bin/kata-runtime'},
				],
			},
		]);
	});
});
