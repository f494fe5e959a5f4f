import {describe, expect, it} from 'vitest';
import type {Facts, KvmProof, KvmStep, ModuleFacts} from '../../../../src/facts/facts.ts';
import {asRoot, find, has, kvm, noFlags, virt} from '../find.ts';

/** /dev/kvm opens, and this is what the program came to. */
const proof = (state: KvmProof['state'], step: KvmStep | null, error: string | null, why: string | null = null) => ({
	kvm: kvm('opens', null, {proof: {state, step, error, why}}),
});
const failedAt = (step: KvmStep | null, error: string) => proof('failed', step, error);
const ran = proof('ran', 'run', null);
const notRun = proof('not-run', null, 'EACCES', 'It may not be executed there.');

const modules = (changes: Partial<ModuleFacts> = {}): ModuleFacts => ({
	supported: true,
	releases: ['6.1.0-40-amd64'],
	running: true,
	loadingDisabled: false,
	permitted: true,
	signedOnly: null,
	rivals: [],
	rules: [],
	atBoot: [],
	...changes,
});
const amd = (state: 'loadable' | 'absent' | 'loaded') => kvm('missing', 'ENOENT', {module: {name: 'kvm_amd', state}});

describe('KVM that opens', () => {
	it('works where a VM ran on it, and elsewhere than on x86_64 where one was made', () => {
		expect(find('kvm', ran)).toMatchObject({severity: 'ok', sources: ['/dev/kvm', 'kvm-probe-x86_64']});
		expect(find('kvm', ran).summary).toContain('a VM ran on it');
		const made = {...proof('created', 'create-vcpu', null), machine: 's390x'};
		expect(find('kvm', made)).toMatchObject({severity: 'ok', sources: ['/dev/kvm', 'kvm-probe-s390x']});
		expect(find('kvm', made).summary).toContain('were made');
	});

	it('and was not proven is unknown, with the reason', () => {
		expect(find('kvm', notRun)).toMatchObject({
			severity: 'unknown',
			detail: ['It may not be executed there.', expect.anything()],
		});
		expect(find('kvm', notRun).all).toContain('noexec');
		expect(find('kvm', proof('not-run', null, 'ENOENT', 'x')).all).not.toContain('noexec');
	});

	it('without vmx or svm is paravirtual: a warning, once, that ordinary guests may not boot', () => {
		for (const opened of [ran, notRun]) {
			const found = find('kvm', {...opened, cpu: noFlags});
			expect(found.severity).toBe('warning');
			expect(found.all).toContain('kvm_pvm, for example');
			expect(found.all).toContain('An ordinary guest kernel may hang');
			expect(found.all).toContain('The smoke test at the end decides');
			expect(find('cpu', {...opened, cpu: noFlags}).severity).toBe('note');
		}
		expect(find('kvm', {...ran, cpu: noFlags}).summary).toContain('A VM ran on it');
		expect(find('kvm', {...notRun, cpu: noFlags}).summary).not.toContain('ran');
		expect(find('kvm', {...ran, cpu: noFlags, modules: modules({rivals: ['kvm_pvm']})}).all).toContain(
			'kvm_pvm is loaded',
		);
		expect(find('kvm', {...ran, cpu: noFlags, machine: 'aarch64'}).severity).toBe('ok');
		expect(find('kvm', {...ran, cpu: noFlags, unread: [{probe: 'cpu', why: 'x'}]}).severity).toBe('ok');
	});

	it('and gives EBUSY is held by another hypervisor, which is named where it is loaded', () => {
		const found = find('kvm', {...failedAt('create-vm', 'EBUSY'), modules: modules({rivals: ['vmmon']})});
		expect(found).toMatchObject({
			severity: 'blocker',
			remedy: ['Stop the VMs of VMware on this host, then check again.'],
		});
		expect(found.all).toContain('VMware (vmmon)');
		expect(found.all).not.toContain('VirtualBox');
		expect(find('kvm', failedAt('create-vm', 'EBUSY')).all).toContain('VirtualBox (vboxdrv) and VMware (vmmon)');
		expect(find('kvm', {kvm: kvm('busy', 'EBUSY')}).summary).toBe(found.summary);
	});

	it.each([
		['create-vm', 'ENODEV', 'KVM makes no VM: ENODEV', 'a node is no capability'],
		['create-vcpu', 'EINVAL', 'no processor for it: EINVAL', 'a node is no capability'],
		['memory', 'EINVAL', 'got no memory: EINVAL', 'a node is no capability'],
		['run', 'exit-8', 'does not run: KVM_EXIT_SHUTDOWN', 'a node is no capability'],
		['run', 'exit-99', 'does not run: exit-99', 'a node is no capability'],
		['run', 'wrong', 'does not run: wrong', 'a node is no capability'],
		['run', 'timeout', 'did not end', 'three seconds'],
		[null, 'timeout', 'did not end', 'three seconds'],
		['create-vm', 'ENOMEM', 'KVM makes no VM: ENOMEM', 'free -m'],
		['api-version', 'ENOTTY', 'does not answer as KVM: ENOTTY', 'no KVM device'],
		['api-version', '11', 'does not answer as KVM: 11', 'version 12'],
	] as const)('and fails at %s with %s blocks', (step, error, summary, all) => {
		const found = find('kvm', failedAt(step, error));
		expect(found).toMatchObject({severity: 'blocker', affects: 'all'});
		expect(found.summary).toContain(summary);
		expect(found.all).toContain(all);
		expect(found.remedy).not.toEqual([]);
	});

	it('and fails inside of a VM or a container names the layer', () => {
		const inVmware = {...failedAt('create-vm', 'ENODEV'), virt: virt({hypervisor: 'vmware'})};
		expect(find('kvm', inVmware).all).toContain('hardware assisted virtualization');
		const inDocker = {...failedAt('create-vm', 'ENODEV'), virt: virt({isGuest: false, container: 'docker'})};
		expect(find('kvm', inDocker).all).toContain('on the host around this container');
		expect(find('kvm', failedAt('create-vm', 'ENODEV')).all).toContain('dmesg');
	});
});

describe('KVM that is missing', () => {
	it('only for want of its module is a change that the plan makes', () => {
		expect(find('kvm', {kvm: amd('loadable')})).toMatchObject({severity: 'warning', command: 'sudo modprobe kvm_amd'});
		expect(find('kvm', {kvm: amd('loadable'), modules: modules()})).toMatchObject({severity: 'warning'});
		const node = find('kvm', {kvm: {...amd('loadable'), state: 'no-driver', error: 'ENODEV'}});
		expect(node).toMatchObject({severity: 'warning', command: 'sudo modprobe kvm_amd'});
		expect(node.all).toContain('gives ENODEV without it');
	});

	it.each<[string, Partial<Facts>, string]>([
		[
			'a rule',
			{
				modules: modules({
					rules: [
						{
							for: 'kvm_amd',
							module: 'kvm',
							stops: 'loading',
							path: '/etc/modprobe.d/x.conf',
							line: 'install kvm /bin/false',
						},
					],
				}),
			},
			'Take that line out of /etc/modprobe.d/x.conf',
		],
		['no loading at all', {modules: modules({loadingDisabled: true})}, 'then reboot'],
		['a container’s rights', {modules: modules({permitted: false})}, 'On the host around this container'],
		['a container', {virt: virt({container: 'lxc'})}, '--device /dev/kvm'],
	])('and whose module is kept out by %s blocks', (_by, changes, remedy) => {
		const found = find('kvm', {kvm: amd('loadable'), ...changes});
		expect(found.severity).toBe('blocker');
		expect(found.command ?? '').not.toContain('modprobe');
		expect(found.remedy.join('\n')).toContain(remedy);
	});

	it('and is not there for the running kernel wants a reboot', () => {
		const absent = find('kvm', {kvm: amd('absent')});
		expect(absent).toMatchObject({severity: 'blocker', command: null});
		expect(absent.all).toContain('reboot into it');
	});

	it.each([
		['x86_64', 'BIOS'],
		['aarch64', 'EL2'],
		['s390x', 'LPAR'],
		['ppc64le', 'PowerNV'],
	])('on a server is switched off there: %s', (machine, where) => {
		const found = find('kvm', {kvm: kvm('missing', 'ENOENT'), cpu: noFlags, machine});
		expect(found.severity).toBe('blocker');
		expect(found.remedy.join()).toContain(where);
	});

	it.each([
		[virt({hypervisor: 'amazon'}), 'Amazon EC2', 'NestedVirtualization=enabled'],
		[virt({hypervisor: 'google'}), 'Google Compute Engine', '--enable-nested-virtualization'],
		[
			virt({
				hypervisor: 'microsoft',
				dmi: {vendor: 'Microsoft', product: 'VM', assetTag: '7783-7084-3265-9085-8269-3286-77'},
			}),
			'Azure',
			'VM size',
		],
		[virt({hypervisor: 'microsoft'}), 'Hyper-V', 'ExposeVirtualizationExtensions'],
		[virt({hypervisor: 'vmware'}), 'VMware', 'hardware assisted virtualization'],
		[virt({hypervisor: 'oracle'}), 'VirtualBox', '--nested-hw-virt on'],
		[virt({hypervisor: 'kvm'}), 'Proxmox, libvirt', 'host-passthrough'],
		[virt({hypervisor: 'microsoft', container: 'wsl'}), 'WSL', 'nestedVirtualization=true'],
		[virt({hypervisor: 'unheard-of'}), 'unheard-of', 'bare-metal'],
	])('and does not reach this VM is switched on elsewhere: %#', (where, platform, remedy) => {
		const found = find('kvm', {kvm: kvm('missing', 'ENOENT'), cpu: noFlags, virt: where});
		expect(found).toMatchObject({severity: 'blocker'});
		expect(found.summary).toContain(platform);
		expect(found.remedy.join('\n')).toContain(remedy);
	});

	it('tells a node without driver, a container, Microsoft’s and the rest apart', () => {
		const noDriver = find('kvm', {kvm: {...amd('loaded'), state: 'no-driver', error: 'ENODEV'}});
		expect(noDriver).toMatchObject({severity: 'blocker', command: null});
		expect(noDriver.summary).toContain('no driver');
		expect(find('kvm', {kvm: kvm('missing', 'ENOENT'), virt: virt({container: 'docker'})}).summary).toContain('docker');
		const microsoft = find('kvm', {kvm: kvm('missing', 'ENOENT', {mshv: true})});
		expect(microsoft).toMatchObject({severity: 'blocker', sources: ['/dev/kvm', '/dev/mshv']});
		expect(microsoft.summary).toContain('/dev/mshv');
		expect(find('kvm', {kvm: kvm('error', 'EIO')}).summary).toContain('EIO');
	});

	it('is told without the processor’s word', () => {
		expect(has('kvm', {kvm: kvm('missing', 'ENOENT'), unread: [{probe: 'cpu', why: 'x'}]})).toBe(true);
	});
});

describe('KVM that may not be opened', () => {
	const refused = (error: string, changes: Partial<Facts> = {}) =>
		find('kvm', {kvm: kvm('no-permission', error), ...changes});

	it('by an ordinary user is not proven, and no obstacle', () => {
		expect(refused('EACCES')).toMatchObject({severity: 'unknown', command: 'sudo kata-setup check'});
	});

	it('by root, or by a container’s rule, blocks and says whose rule it is', () => {
		expect(refused('EACCES', {privileges: asRoot})).toMatchObject({severity: 'blocker'});
		expect(refused('EACCES', {privileges: asRoot}).all).toContain('SELinux');
		expect(refused('EPERM')).toMatchObject({severity: 'blocker'});
		expect(refused('EPERM').all).not.toContain('SELinux');
		const inside = refused('EPERM', {privileges: asRoot, virt: virt({container: 'docker'})});
		expect(inside).toMatchObject({severity: 'blocker', remedy: [expect.stringContaining('--device /dev/kvm')]});
		expect(inside.all).toContain('device rules');
	});
});
