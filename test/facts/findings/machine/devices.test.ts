import {describe, expect, it} from 'vitest';
import type {Facts, ModuleFacts, ModuleRule} from '../../../../src/facts/facts.ts';
import {asRoot, find, has, virt} from '../find.ts';
import {modules} from './modules.ts';

type ModuleStateFacts = Facts['devices'][number]['moduleState'];

const vsock = (state: string, moduleState: ModuleStateFacts, more: Partial<ModuleFacts> = {}): Partial<Facts> => ({
	devices: [{path: '/dev/vhost-vsock', state, module: 'vhost_vsock', moduleState}],
	modules: modules(more),
});

describe('vhost-vsock', () => {
	it.each([
		['ok', 'loaded', 'ok'],
		['EACCES', 'loaded', 'ok'],
		['not-loaded', 'loadable', 'note'],
		['ENOENT', 'loadable', 'note'],
		['ENOENT', 'absent', 'blocker'],
		['ENOENT', null, 'blocker'],
		['ENODEV', 'loaded', 'blocker'],
	] as const)('%s with its module %s: %s', (state, moduleState, severity) => {
		expect(find('vhost-vsock', vsock(state, moduleState)).severity).toBe(severity);
	});

	it('concerns QEMU alone', () => {
		for (const facts of [vsock('ok', 'loaded'), vsock('ENOENT', 'loadable'), vsock('ENOENT', 'absent')]) {
			const {affects} = find('vhost-vsock', facts);
			expect(affects === 'all' ? affects : affects.map(({hypervisor}) => hypervisor)).toEqual(['qemu', 'qemu']);
		}
	});

	it('that root may not open is not usable', () => {
		expect(find('vhost-vsock', {...vsock('EACCES', 'loaded'), privileges: asRoot}).severity).toBe('blocker');
	});

	it('whose module is not loaded comes with the plan, or by hand', () => {
		expect(find('vhost-vsock', vsock('ENOENT', 'loadable'))).toMatchObject({
			command: 'sudo modprobe vhost_vsock',
			sources: ['/dev/vhost-vsock', '/proc/modules', '/lib/modules'],
		});
		expect(find('vhost-vsock', vsock('ENOENT', 'loadable')).all).toContain('kata-setup check --fix');
	});

	it('is found without the field that older recordings lack', () => {
		const {modules: _, ...older} = vsock('ENOENT', 'loadable');
		expect(find('vhost-vsock', older).severity).toBe('note');
		expect(find('vhost-vsock', {...older, ...vsock('ENOENT', 'absent'), modules: undefined}).severity).toBe('blocker');
	});
});

describe('a module that is there and would be refused', () => {
	const rule = (changes: Partial<ModuleRule>): Partial<ModuleFacts> => ({
		rules: [
			{
				for: 'vhost_vsock',
				module: 'vhost_vsock',
				stops: 'loading',
				path: '/etc/modprobe.d/hardening.conf',
				line: 'install vhost_vsock /bin/false',
				...changes,
			},
		],
	});
	it.each<[Partial<ModuleFacts>, string[]]>([
		[rule({}), ['/etc/modprobe.d/hardening.conf', 'install vhost_vsock /bin/false']],
		[rule({module: 'vsock', line: 'install vsock /bin/false'}), ['vhost_vsock needs vsock']],
		[rule({path: '/proc/cmdline', line: 'module_blacklist=vhost_vsock'}), ['boot loader', 'reboot']],
		[{loadingDisabled: true}, ['kernel.modules_disabled=1', '/etc/modules-load.d', 'reboot']],
		[{permitted: false}, ['CAP_SYS_MODULE', 'sudo modprobe vhost_vsock', '--device /dev/vhost-vsock']],
	])('%j blocks QEMU and says what to change', (facts, words) => {
		const found = find('vhost-vsock', vsock('ENOENT', 'loadable', facts));
		expect(found.severity).toBe('blocker');
		for (const word of words) expect(found.all).toContain(word);
	});

	it('is the outer host’s to load in a container, whatever may be done there', () => {
		const inside = {...vsock('not-loaded', 'loadable', {permitted: true}), virt: virt({container: 'lxc'})};
		expect(find('vhost-vsock', inside).severity).toBe('blocker');
		expect(find('vhost-vsock', inside).all).toContain('On the host around this container: sudo modprobe vhost_vsock');
		expect(find('vhost-vsock', {...inside, virt: virt({container: 'wsl'})}).severity).toBe('note');
	});

	it('is not one for a rule against another module, nor for a plain blacklist line', () => {
		expect(find('vhost-vsock', vsock('ENOENT', 'loadable', rule({for: 'tun', module: 'tun'}))).severity).toBe('note');
		expect(find('vhost-vsock', vsock('ENOENT', 'loadable', rule({stops: 'autoloading'}))).severity).toBe('note');
	});

	it('is no matter once it is loaded', () => {
		expect(find('vhost-vsock', vsock('ok', 'loaded', rule({}))).severity).toBe('ok');
	});

	it('warns for the network’s', () => {
		const devices = [{path: '/dev/vhost-net', state: 'ENOENT', module: 'vhost_net', moduleState: 'loadable'} as const];
		const found = find('devices', {devices, modules: modules({loadingDisabled: true})});
		expect(found.severity).toBe('warning');
		expect(found.all).toContain('kernel.modules_disabled=1');
	});
});

describe('another vsock (A8)', () => {
	const rivals = (kernel: string, ...names: string[]): Partial<Facts> => ({
		...vsock('ENOENT', 'loadable', {rivals: names}),
		kernel,
		virt: virt({hypervisor: 'vmware'}),
	});
	it('of VMware’s keeps vhost_vsock out of kernels before 5.5', () => {
		const found = find('vhost-vsock', rivals('4.19.0-27-amd64', 'vmw_vsock_vmci_transport'));
		expect(found.severity).toBe('warning');
		expect(found.command).toBe('sudo modprobe -r vmw_vsock_vmci_transport && sudo modprobe vhost_vsock');
		expect(found.all).toContain('blacklist vmw_vsock_vmci_transport');
	});

	it('of a guest is no hindrance since, but that of a VMware host is', () => {
		expect(find('vhost-vsock', rivals('6.1.0-40-amd64', 'vmw_vsock_vmci_transport')).severity).toBe('note');
		expect(find('vhost-vsock', rivals('6.1.0-40-amd64', 'hv_sock')).severity).toBe('note');
		expect(find('vhost-vsock', rivals('6.1.0-40-amd64', 'vmmon', 'vmw_vsock_vmci_transport')).severity).toBe('warning');
	});

	it('is named too where opening gives EBUSY', () => {
		expect(find('vhost-vsock', {...vsock('EBUSY', 'loaded'), virt: virt({hypervisor: 'vmware'})}).all).toContain(
			'vmw_vsock_vmci_transport',
		);
	});
});

describe('a module that is absent (A9, A10)', () => {
	const absent = (changes: Partial<Facts>, more: Partial<ModuleFacts> = {}) =>
		find('vhost-vsock', {...vsock('ENOENT', 'absent', more), ...changes});

	it('waits for a reboot where the kernel was upgraded', () => {
		const found = absent({}, {running: false, releases: ['6.1.0-41-amd64']});
		expect(found.all).toContain('Reboot into 6.1.0-41-amd64');
		expect(found.command).toBe('sudo reboot');
	});

	it('waits for none where the running kernel is the newer one, from elsewhere', () => {
		const found = absent({kernel: '6.18.44-fc'}, {running: false, releases: ['6.1.0-41-amd64']});
		expect(found.all).not.toMatch(/reboot into/i);
		expect(found.all).toContain('no module vhost_vsock for the running kernel 6.18.44-fc');
	});

	it('is had from another package or kernel', () => {
		const os = (id: string) => ({id, name: id, versionId: null});
		expect(absent({os: os('ubuntu'), kernel: '6.8.0-31-generic'}).command).toBe(
			'sudo apt-get install linux-modules-extra-6.8.0-31-generic',
		);
		expect(absent({os: os('debian'), kernel: '6.1.0-40-cloud-amd64'}).command).toBe(
			'sudo apt-get install linux-image-amd64',
		);
		expect(absent({os: os('rocky'), kernel: '5.14.0-427.el9.x86_64'}).command).toBe(
			'sudo dnf install kernel-modules-5.14.0-427.el9.x86_64',
		);
		expect(absent({os: os('alpine')}).command).toBeNull();
		expect(absent({virt: virt({container: 'wsl'})}).command).toBe('wsl --update');
		expect(absent({}, {supported: false}).all).toContain('without loadable modules');
	});

	it('is the outer host’s to load in a container', () => {
		const found = absent({virt: virt({container: 'docker'})}, {running: false, releases: ['6.1.0-41-amd64']});
		expect(found.remedy.join('\n')).toMatch(
			/host around this container: sudo modprobe vhost_vsock\n.*--device \/dev\/vhost-vsock/,
		);
		expect(absent({virt: virt({container: 'lxc'})}).all).toContain(
			'lxc.mount.entry = /dev/vhost-vsock dev/vhost-vsock',
		);
	});

	it('or loaded, and not passed in', () => {
		const found = find('vhost-vsock', {...vsock('ENOENT', 'loaded'), virt: virt({container: 'docker'})});
		expect(found.all).toContain('not passed into this container (ENOENT)');
		expect(found.all).toContain('--device /dev/vhost-vsock');
	});
});

describe('the devices of the network (A11)', () => {
	it('warn where they are missing', () => {
		const devices = [{path: '/dev/net/tun', state: 'ENOENT', module: 'tun', moduleState: 'absent'} as const];
		expect(find('devices', {devices}).severity).toBe('warning');
	});

	it('are loaded by the plan, all by one command', () => {
		const devices = [
			{path: '/dev/vhost-net', state: 'ENOENT', module: 'vhost_net', moduleState: 'loadable'} as const,
			{path: '/dev/net/tun', state: 'not-loaded', module: 'tun', moduleState: 'loadable'} as const,
		];
		expect(find('devices', {devices})).toMatchObject({severity: 'note', command: 'sudo modprobe -a vhost_net tun'});
		expect(find('devices', {devices, modules: modules({signedOnly: 'lockdown=integrity'})}).all).toContain(
			'lockdown=integrity',
		);
	});
});

describe('/dev/mshv', () => {
	it('is noted, and no device of the network', () => {
		const mshv = {path: '/dev/mshv', module: 'mshv_root', moduleState: null};
		expect(has('mshv', {})).toBe(false);
		expect(find('mshv', {devices: [{...mshv, state: 'ok'}]}).severity).toBe('note');
		expect(find('mshv', {devices: [{...mshv, state: 'EACCES'}]}).summary).toContain('EACCES');
		expect(has('devices', {devices: [{...mshv, state: 'EACCES'}]})).toBe(false);
	});
});
