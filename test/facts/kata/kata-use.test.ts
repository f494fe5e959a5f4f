/** What is in use of a Kata that is here: configuration, handlers, programs on a PATH. */
import {describe, expect, it} from 'vitest';
import {kataConfigurationProbe} from '../../../src/facts/kata/kata-configuration.ts';
import {kataHandlersProbe} from '../../../src/facts/kata/kata-handlers.ts';
import {kataProgramsProbe} from '../../../src/facts/kata/kata-programs.ts';
import {closedAt, refused} from '../../support/closed-host.ts';
import {sampleContainerd} from '../../support/facts.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

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
