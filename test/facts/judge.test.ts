import {describe, expect, it} from 'vitest';
import type {Facts, KvmFacts, VirtFacts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {canInstall, judge, mayBeIgnored, worst} from '../../src/facts/judge.ts';
import {sampleContainerd, sampleFacts} from '../support/facts.ts';
import {find, findings, has} from './findings/find.ts';

const kvm = (state: KvmFacts['state'], error: string | null, more: Partial<KvmFacts> = {}): KvmFacts => ({
	path: '/dev/kvm',
	state,
	error,
	...more,
});
const virt = (changes: Partial<VirtFacts> = {}): VirtFacts => ({
	isGuest: true,
	hypervisor: 'kvm',
	container: null,
	source: 'systemd-detect-virt',
	...changes,
});
const noFlags: Facts['cpu'] = {model: 'AMD EPYC', vendor: 'AuthenticAMD', count: 2, virtualization: null};
const asRoot: Facts['privileges'] = {uid: 0, user: 'root', root: 'root'};

describe('a good server', () => {
	it('has nothing to complain of', () => {
		expect(worst(findings())).toBe('note');
		expect(canInstall(findings())).toBe(true);
	});

	it('is judged in the order in which a person asks', () => {
		expect(findings().map(({id}) => id)).toEqual([
			'architecture',
			'cpu',
			'kvm',
			'nested',
			'engine',
			'root',
			'existing-kata',
			'memory',
			'shm',
			'vhost-vsock',
			'devices',
		]);
	});
});

describe('every finding', () => {
	it('that blocks says what to do, and stands first', () => {
		const all = findings({machine: 'riscv64', containerd: [], kvm: kvm('missing', 'ENOENT')});
		const blockers = all.filter(({severity}) => severity === 'blocker');
		expect(blockers.map(({id}) => id)).toEqual(['architecture', 'kvm', 'engine']);
		expect(all.slice(0, 3)).toEqual(blockers);
		for (const {remedy} of blockers) expect(remedy.length).toBeGreaterThan(0);
	});

	it('is unknown, not good, where its probe did not read', () => {
		for (const [probe, id] of [
			['cpu', 'cpu'],
			['kvm', 'kvm'],
			['virt', 'nested'],
			['memory', 'memory'],
			['devices', 'devices'],
			['space', 'space'],
			['containerd', 'engine'],
			['privileges', 'root'],
		] as const)
			expect(find(id, {unread: [{probe, why: 'It did not end within 5 s.'}]}), probe).toMatchObject({
				severity: 'unknown',
				detail: ['It did not end within 5 s.'],
			});
	});
});

describe('the machine', () => {
	it('of another architecture is refused by its name', () => {
		expect(find('architecture', {machine: 'riscv64'})).toMatchObject({
			severity: 'blocker',
			summary: 'Kata has no release for riscv64',
		});
	});

	it.each([
		['3.10.0-1160.el7.x86_64', 'blocker'],
		['4.18.0-553.el8_10.x86_64', 'warning'],
	])('with the kernel %s: %s', (kernel, severity) => {
		expect(find('kernel', {kernel}).severity).toBe(severity);
	});

	it('with a newer kernel says nothing of it', () => {
		expect(has('kernel', {kernel: '5.8.0'})).toBe(false);
	});
});

describe('KVM', () => {
	it('that opens is not yet proven', () => {
		expect(find('kvm')).toMatchObject({severity: 'ok'});
		expect(find('kvm').all).toContain('smoke test');
	});

	it('without vmx or svm is paravirtual: a warning that ordinary guests may not boot', () => {
		const cpu = find('cpu', {cpu: noFlags});
		expect(cpu.severity).toBe('warning');
		expect(cpu.all).toContain('kvm_pvm');
		expect(cpu.all).toContain('an ordinary guest kernel may hang');
		expect(cpu.all).toContain('The smoke test at the end decides');
		expect(find('cpu', {cpu: noFlags, machine: 'aarch64'}).severity).toBe('ok');
	});

	it('that is missing with virtualization in the processor wants its module', () => {
		const module = {name: 'kvm_amd', state: 'loadable' as const};
		expect(find('kvm', {kvm: kvm('missing', 'ENOENT', {module})})).toMatchObject({
			severity: 'blocker',
			command: 'sudo modprobe kvm_amd',
		});
		const absent = find('kvm', {kvm: kvm('missing', 'ENOENT', {module: {...module, state: 'absent'}})});
		expect(absent.command).toBeNull();
		expect(absent.all).toContain('reboot into it');
	});

	it('that is missing on a server is switched off in the firmware', () => {
		expect(find('kvm', {kvm: kvm('missing', 'ENOENT'), cpu: noFlags}).all).toContain('firmware');
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
	])('that does not reach this VM is switched on elsewhere: %#', (where, platform, remedy) => {
		const found = find('kvm', {kvm: kvm('missing', 'ENOENT'), cpu: noFlags, virt: where});
		expect(found).toMatchObject({severity: 'blocker'});
		expect(found.summary).toContain(platform);
		expect(found.remedy.join('\n')).toContain(remedy);
	});

	it('that only root may open is not proven, and no obstacle', () => {
		expect(find('kvm', {kvm: kvm('no-permission', 'EACCES')})).toMatchObject({severity: 'unknown'});
		expect(find('kvm', {kvm: kvm('no-permission', 'EACCES'), privileges: asRoot})).toMatchObject({severity: 'blocker'});
		expect(find('kvm', {kvm: kvm('no-permission', 'EPERM')})).toMatchObject({severity: 'blocker'});
	});

	it('tells a node without driver, another hypervisor, a container and Microsoft’s apart', () => {
		expect(find('kvm', {kvm: kvm('no-driver', 'ENODEV')}).summary).toContain('no driver');
		expect(find('kvm', {kvm: kvm('busy', 'EBUSY')}).all).toContain('VirtualBox');
		expect(find('kvm', {kvm: kvm('missing', 'ENOENT'), virt: virt({container: 'docker'})}).all).toContain(
			'--device /dev/kvm',
		);
		expect(find('kvm', {kvm: kvm('missing', 'ENOENT', {mshv: true})}).summary).toContain('/dev/mshv');
		expect(find('kvm', {kvm: kvm('error', 'EIO')}).summary).toContain('EIO');
	});
});

describe('the processor', () => {
	it('of a made-up model lacks what Kata asks for', () => {
		const cpu = {...noFlags, virtualization: 'svm', flags: ['svm', 'lm']};
		expect(find('cpu', {cpu})).toMatchObject({severity: 'warning'});
		expect(find('cpu', {cpu}).summary).toContain('sse4_1');
		expect(find('cpu', {cpu, machine: 'aarch64'}).severity).toBe('ok');
	});

	it('that shows nothing warns where KVM does not open either', () => {
		expect(find('cpu', {cpu: noFlags, kvm: kvm('missing', 'ENOENT')})).toMatchObject({severity: 'warning'});
	});
});

describe('nesting', () => {
	it('is a note with its consequence', () => {
		expect(find('nested', {virt: virt()})).toMatchObject({severity: 'note'});
		expect(find('nested', {virt: virt()}).summary).toContain('Kata waits longer');
		expect(find('nested', {virt: virt({isGuest: null, hypervisor: null})}).severity).toBe('note');
		expect(find('nested').severity).toBe('ok');
	});

	it('in a container warns, in WSL is a note', () => {
		expect(find('container', {virt: virt({container: 'lxc'})}).severity).toBe('warning');
		expect(find('container', {virt: virt({container: 'wsl'})}).severity).toBe('note');
		expect(has('container', {})).toBe(false);
	});
});

describe('the engine', () => {
	it('is a plain containerd, named with its process, configuration and socket', () => {
		const found = find('engine');
		expect(found).toMatchObject({severity: 'ok', summary: 'containerd 2.1.4'});
		expect(found.all).toContain('Process 612 is /usr/bin/containerd');
		expect(found.all).toContain('/etc/containerd/config.toml');
		expect(found.all).toContain('/run/containerd/containerd.sock');
	});

	it.each([
		[{version: '1.6.20'}, 'older than the 1.7'],
		[{unit: null}, 'not run by systemd'],
		[{ctr: null}, 'without ctr'],
	])('warns for %j', (changes, words) => {
		const found = find('engine', {containerd: [sampleContainerd(changes)]});
		expect(found.severity).toBe('warning');
		expect(found.summary).toContain(words);
		expect(found.remedy).toHaveLength(1);
	});

	it('that prints no configuration blocks for root; for others it may be a matter of rights', () => {
		const {config} = sampleContainerd();
		const containerd = [sampleContainerd({config: {...config, runtimes: null, dumpError: 'permission denied'}})];
		expect(find('engine', {containerd, privileges: asRoot})).toMatchObject({severity: 'blocker'});
		expect(find('engine', {containerd})).toMatchObject({severity: 'unknown'});
		expect(find('engine', {containerd}).all).toContain('permission denied');
	});

	it('that is missing is installed by the distribution’s own command', () => {
		expect(find('engine', {containerd: []})).toMatchObject({
			severity: 'blocker',
			command: 'sudo apt-get install containerd',
		});
		const os = {id: 'gentoo', name: 'Gentoo', versionId: null};
		expect(find('engine', {containerd: [], os}).command).toBeNull();
	});

	it('of another kind is named, and left as it is beside a plain one', () => {
		const k3s = sampleContainerd({ownedBy: 'k3s'});
		expect(find('engine', {containerd: [k3s]}).summary).toContain('k3s runs here');
		const docker = {name: 'docker', version: '28', running: true, detail: '/usr/bin/dockerd'} as const;
		expect(find('engine', {containerd: [k3s], otherEngines: [docker]}).summary).toContain('k3s and Docker run here');
		expect(find('engine', {otherEngines: [docker]})).toMatchObject({severity: 'ok'});
		expect(find('engine', {otherEngines: [docker]}).all).toContain('left as found: Docker');
		const podman = {...docker, name: 'podman', running: false} as const;
		expect(find('engine', {containerd: [], otherEngines: [podman]}).summary).toContain('Podman cannot run Kata');
	});

	it('of which there are two has to be named', () => {
		const two = [sampleContainerd(), sampleContainerd({pid: 7, binary: '/opt/containerd'})];
		expect(find('engine', {containerd: two})).toMatchObject({severity: 'blocker'});
		expect(find('engine', {containerd: two}).all).toContain('Process 7 is /opt/containerd');
	});
});

describe('root', () => {
	it.each([
		['root', 'ok'],
		['passwordless', 'ok'],
		['password', 'note'],
		['none', 'blocker'],
		['unknown', 'unknown'],
	] as const)('by %s: %s', (root, severity) => {
		expect(find('root', {privileges: {uid: root === 'root' ? 0 : 1000, user: 'ops', root}}).severity).toBe(severity);
	});
});

describe('a Kata that is there', () => {
	const installation = {
		version: '4.1.0',
		runtime: 'rust',
		hypervisor: 'qemu',
		tree: 'kata-setup/trees/4.1.0',
		handler: 'kata',
		unfinishedRun: null,
		sequence: 9,
	} as const;

	it('of ours is fine, and a run that was not finished is told', () => {
		expect(find('existing-kata', {installation})).toMatchObject({severity: 'ok'});
		expect(find('existing-kata', {installation: {...installation, unfinishedRun: 'r7'}})).toMatchObject({
			severity: 'warning',
		});
	});

	it.each([
		['kata-deploy', 'helm uninstall'],
		['kata-manager', 'kata-manager cannot remove'],
		['package', 'package manager'],
		['unknown', 'sudo mv /opt/kata /opt/kata.old'],
		['kata-setup', 'sudo mv /opt/kata /opt/kata.old'],
	] as const)('at /opt/kata by %s is in the way, and not touched', (owner, remedy) => {
		const found = find('existing-kata', {
			kata: [{path: '/opt/kata', owner, version: '3.28.0', evidence: 'A trace.'}],
			paths: {'/opt/kata': 'directory'},
		});
		expect(found).toMatchObject({severity: 'blocker'});
		expect(found.summary).toContain('Kata 3.28.0');
		expect(found.all).toContain('A trace.');
		expect(found.all).toContain(remedy);
	});

	it('may be a file that is none', () => {
		expect(find('existing-kata', {paths: {'/opt/kata': 'file:abc'}}).all).toContain('It is file.');
	});

	it('elsewhere is a warning', () => {
		const kata = [{path: '/usr/bin/kata-runtime', owner: 'package', version: null, evidence: 'A trace.'} as const];
		expect(find('other-kata', {kata})).toMatchObject({severity: 'warning'});
		expect(find('existing-kata', {kata})).toMatchObject({severity: 'ok'});
	});
});

describe('the disk', () => {
	const space = (changes: Partial<Facts['space'][number]>): Partial<Facts> => ({
		space: [
			{
				path: '/opt/kata-setup',
				on: '/opt',
				freeBytes: 80e9,
				freeInodes: 5e6,
				fileSystem: 'ext4',
				readOnly: false,
				noExec: false,
				...changes,
			},
		],
	});
	it.each([
		[{}, 'ok'],
		[{freeBytes: 3e9}, 'warning'],
		[{freeInodes: 100}, 'warning'],
		[{freeInodes: 0}, 'ok'],
		[{readOnly: true}, 'blocker'],
		[{noExec: true}, 'blocker'],
	])('with %j: %s', (changes, severity) => {
		expect(find('space', space(changes)).severity).toBe(severity);
	});

	it('has to be writable for the journal and in /etc too', () => {
		expect(find('space-etc', space({path: '/etc', on: '/', readOnly: true})).severity).toBe('blocker');
		expect(find('space-state', space({path: '/var/lib/kata-setup', on: '/', readOnly: true})).severity).toBe('blocker');
		expect(has('space-etc', space({path: '/etc', on: '/'}))).toBe(false);
	});
});

describe('the memory', () => {
	const memory = (totalBytes: number, shm: number | null): Partial<Facts> => ({
		memory: {totalBytes, availableBytes: totalBytes / 2, shm: shm === null ? null : {totalBytes: shm, freeBytes: shm}},
	});
	it('is little below 3 GiB', () => {
		expect(find('memory', memory(1e9, 4e9)).severity).toBe('warning');
		expect(find('memory', memory(8e9, 4e9)).severity).toBe('ok');
	});

	it.each([
		[4e9, 'ok'],
		[1e9, 'warning'],
		[67_108_864, 'blocker'],
		[null, 'warning'],
	])('of /dev/shm, %d bytes: %s, for QEMU alone', (bytes, severity) => {
		const found = find('shm', memory(8e9, bytes));
		expect(found.severity).toBe(severity);
		expect(found.affects).toEqual([
			{runtime: 'rust', hypervisor: 'qemu'},
			{runtime: 'go', hypervisor: 'qemu'},
		]);
	});

	it('of which QEMU alone has too little blocks nothing else', () => {
		expect(canInstall(findings(memory(8e9, 67_108_864)))).toBe(true);
	});
});

describe('the devices', () => {
	const vsock = (state: string, moduleState: Facts['devices'][number]['moduleState']): Partial<Facts> => ({
		devices: [{path: '/dev/vhost-vsock', state, module: 'vhost_vsock', moduleState}],
	});
	it.each([
		['ok', 'loaded', 'ok'],
		['EACCES', 'loaded', 'ok'],
		['not-loaded', 'loadable', 'note'],
		['ENOENT', 'loadable', 'note'],
		['ENOENT', 'absent', 'blocker'],
		['ENOENT', null, 'blocker'],
		['ENODEV', 'loaded', 'blocker'],
	] as const)('for vsock: %s with its module %s: %s', (state, moduleState, severity) => {
		expect(find('vhost-vsock', vsock(state, moduleState)).severity).toBe(severity);
	});

	it('that root may not open are not usable', () => {
		expect(find('vhost-vsock', {...vsock('EACCES', 'loaded'), privileges: asRoot}).severity).toBe('blocker');
	});

	it('say where the module is to be had', () => {
		const ubuntu = {id: 'ubuntu', name: 'Ubuntu', versionId: '24.04'};
		expect(find('vhost-vsock', {...vsock('ENOENT', 'absent'), os: ubuntu}).all).toContain('linux-modules-extra');
		expect(find('vhost-vsock', {...vsock('EBUSY', 'loaded'), virt: virt({hypervisor: 'vmware'})}).all).toContain(
			'vmw_vsock_vmci_transport',
		);
		expect(find('vhost-vsock', {...vsock('ENOENT', 'absent'), virt: virt({container: 'wsl'})}).all).toContain(
			'wsl --update',
		);
	});

	it('of the network warn', () => {
		const devices = [{path: '/dev/net/tun', state: 'ENOENT', module: 'tun', moduleState: 'absent'} as const];
		expect(find('devices', {devices}).severity).toBe('warning');
	});
});

describe('going on all the same', () => {
	it('is offered where only the outcome is in doubt', () => {
		expect(mayBeIgnored(find('kvm', {kvm: kvm('missing', 'ENOENT')}))).toBe(true);
		expect(mayBeIgnored(find('kvm'))).toBe(false);
		expect(mayBeIgnored(find('architecture', {machine: 'riscv64'}))).toBe(false);
		expect(mayBeIgnored(find('engine', {containerd: []}))).toBe(false);
	});
});
