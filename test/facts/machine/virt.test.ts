import {describe, expect, it} from 'vitest';
import {virtProbe} from '../../../src/facts/machine/virt.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const virtOf = async (host: ProbedHost) => virtProbe.read(await probedHost(host));

const firmware = (vendor: string, product: string, asset = ''): Record<string, string> => ({
	'/sys/class/dmi/id/sys_vendor': `${vendor}\n`,
	'/sys/class/dmi/id/product_name': `${product}\n`,
	'/sys/class/dmi/id/chassis_asset_tag': asset,
});
const guest = {'/proc/cpuinfo': 'processor : 0\nflags : fpu lm hypervisor\n'};
const metal = {'/proc/cpuinfo': 'processor : 0\nflags : fpu lm vmx\n'};

describe('whether this host is a VM', () => {
	it('is systemd’s word where there is one', async () => {
		const commands = {
			'systemd-detect-virt --vm': 'vmware\n',
			'systemd-detect-virt --container': {code: 1, stdout: 'none\n'},
		};
		expect(await virtOf({commands})).toMatchObject({
			isGuest: true,
			hypervisor: 'vmware',
			container: null,
			source: 'systemd-detect-virt --vm',
		});
		expect(await virtOf({commands: {'systemd-detect-virt --vm': {code: 1, stdout: 'none\n'}}})).toMatchObject({
			isGuest: false,
			hypervisor: null,
		});
	});

	it('is not systemd’s word on a metal instance, which it takes for a VM', async () => {
		const commands = {'systemd-detect-virt --vm': 'amazon\n'};
		expect(await virtOf({commands, files: firmware('Amazon EC2', 'm5.metal')})).toMatchObject({isGuest: false});
	});

	it.each([
		['Amazon EC2', 'c8i.large', 'amazon'],
		['Google', 'Google Compute Engine', 'google'],
		['Microsoft Corporation', 'Virtual Machine', 'microsoft'],
		['VMware, Inc.', 'VMware7,1', 'vmware'],
		['innotek GmbH', 'VirtualBox', 'oracle'],
		['QEMU', 'Standard PC (Q35 + ICH9, 2009)', 'kvm'],
		['OpenStack Foundation', 'OpenStack Nova', 'kvm'],
		['Hetzner', 'vServer', 'kvm'],
		['Xen', 'HVM domU', 'xen'],
	])('is read from the firmware: %s %s', async (vendor, product, hypervisor) => {
		expect(await virtOf({files: {...firmware(vendor, product), ...guest}})).toMatchObject({isGuest: true, hypervisor});
	});

	it('keeps the asset tag, by which Azure differs from another Hyper-V', async () => {
		const tag = '7783-7084-3265-9085-8269-3286-77';
		const {dmi} = await virtOf({files: firmware('Microsoft Corporation', 'Virtual Machine', `${tag}\n`)});
		expect(dmi?.assetTag).toBe(tag);
	});

	it('is no on a server, and told by the flag alone where the firmware is silent', async () => {
		expect(await virtOf({files: {...firmware('Dell Inc.', 'PowerEdge R650'), ...metal}})).toMatchObject({
			isGuest: false,
			hypervisor: null,
		});
		expect(await virtOf({files: guest})).toMatchObject({isGuest: true, hypervisor: null});
	});

	it.each([
		['VM00 Control Program: z/VM    7.2.0\n', 'zvm'],
		['VM00 Control Program: KVM/Linux\n', 'kvm'],
	])('is read from /proc/sysinfo on s390x', async (sysinfo, hypervisor) => {
		const files = {'/proc/cpuinfo': 'vendor_id : IBM/S390\n', '/proc/sysinfo': sysinfo};
		expect(await virtOf({files})).toMatchObject({isGuest: true, hypervisor});
	});

	it.each([
		['platform : PowerNV\n', false, null],
		['platform : pSeries\nmachine : CHRP IBM pSeries (emulated by qemu)\n', true, 'kvm'],
		['platform : pSeries\nmachine : CHRP IBM,9080-HEX\n', true, 'powervm'],
	])('is read from the platform on POWER', async (cpuinfo, isGuest, hypervisor) => {
		expect(await virtOf({files: {'/proc/cpuinfo': cpuinfo}})).toMatchObject({isGuest, hypervisor});
	});

	it('is unknown where nothing tells', async () => {
		expect(await virtOf({files: {'/proc/cpuinfo': 'CPU implementer : 0x41\n'}})).toMatchObject({isGuest: null});
	});
});

const withoutName = (files: Record<string, string>) => virtOf({files: {...guest, ...files}});

describe('whether this host is a VM, without systemd and without a name in the firmware', () => {
	it.each([
		['vmware', {'/sys/bus/pci/devices/0000:00:0f.0/vendor': '0x15ad\n'}],
		['oracle', {'/sys/bus/pci/devices/0000:00:04.0/vendor': '0x80ee\n'}],
		['microsoft', {'/sys/bus/vmbus/devices/': ''}],
		['kvm', {'/sys/devices/system/clocksource/clocksource0/available_clocksource': 'tsc kvm-clock \n'}],
		['xen', {'/sys/hypervisor/type': 'xen\n'}],
	])('devices and clocks name %s', async (hypervisor, files) => {
		expect(await withoutName(files)).toMatchObject({isGuest: true, hypervisor});
	});

	it('lscpu asks the processor where nothing else tells', async () => {
		const commands = {lscpu: 'Architecture: x86_64\nHypervisor vendor:   KVM\n'};
		expect(await virtOf({files: guest, commands})).toMatchObject({hypervisor: 'kvm', source: 'lscpu'});
	});

	it('Xen’s first domain is one, though systemd says none', async () => {
		const files = {...guest, '/proc/xen/capabilities': 'control_d\n'};
		const commands = {'systemd-detect-virt --vm': {code: 1, stdout: 'none\n'}};
		expect(await virtOf({files, commands})).toMatchObject({isGuest: true, hypervisor: 'xen-dom0'});
	});

	it('a cloud’s machine without the flag is bare metal; one of QEMU is not', async () => {
		expect(await virtOf({files: {...firmware('Alibaba Cloud', 'ECS Bare Metal'), ...metal}})).toMatchObject({
			isGuest: false,
		});
		expect(await virtOf({files: {...firmware('QEMU', 'Standard PC'), ...metal}})).toMatchObject({isGuest: true});
	});

	it.each([
		['Alibaba Cloud', 'Alibaba Cloud ECS', 'kvm'],
		['Apple Inc.', 'Apple Virtualization Generic Platform', 'apple'],
		['Parallels International GmbH.', 'Parallels ARM Virtual Machine', 'parallels'],
		['Cloud Hypervisor', 'cloud-hypervisor', 'kvm'],
	])('the firmware names it: %s %s', async (vendor, product, hypervisor) => {
		expect(await virtOf({files: {...firmware(vendor, product), ...guest}})).toMatchObject({hypervisor});
	});

	it.each([
		[{'/proc/device-tree/hypervisor/compatible': 'xen,xen-4.17\0'}, true, 'xen'],
		[{'/proc/device-tree/compatible': 'linux,dummy-virt\0'}, true, 'qemu'],
		[{'/proc/device-tree/fw-cfg@9020000/': ''}, true, 'qemu'],
		[{'/proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0'}, false, null],
		[firmware('Ampere(R)', 'Mt. Jade'), false, null],
	])('on arm64 by device tree or firmware: %#', async (files, isGuest, hypervisor) => {
		const arm = {'/proc/cpuinfo': 'processor : 0\nCPU implementer : 0x41\n'};
		expect(await virtOf({files: {...arm, ...files}})).toMatchObject({isGuest, hypervisor});
	});

	it('is not read from this host’s own parameter `nested`', async () => {
		const files = {...metal, '/sys/module/kvm_intel/parameters/nested': 'Y\n'};
		expect(await virtOf({files})).toMatchObject({isGuest: false});
	});
});

const hosts = (manager: string): string => `600 590 254:1 ${manager} /etc/hosts rw,relatime - ext4 /dev/vda1 rw\n`;

describe('whether this is a container', () => {
	it.each([
		['docker', {'/.dockerenv': ''}],
		['podman', {'/run/.containerenv': ''}],
		['lxc', {'/run/systemd/container': 'lxc\n'}],
		['kubernetes', {'/proc/1/cgroup': '0::/kubepods/burstable/pod1\n'}],
		['wsl', {'/proc/sys/kernel/osrelease': '5.15.167.4-microsoft-standard-WSL2\n'}],
		[null, {'/proc/1/cgroup': '0::/init.scope\n'}],
	])('%s', async (container, files) => {
		expect((await virtOf({files})).container).toBe(container);
	});

	it.each([
		['kubernetes', {'/proc/self/mountinfo': hosts('/var/lib/kubelet/pods/1-2/etc-hosts')}],
		['docker', {'/proc/self/mountinfo': hosts('/var/lib/docker/containers/ab/hosts')}],
		['podman', {'/proc/self/mountinfo': hosts('/containers/storage/overlay-containers/ab/userdata/hosts')}],
		['lxc', {'/proc/self/mountinfo': '9 1 0:44 /proc/meminfo /proc/meminfo rw - fuse.lxcfs lxcfs rw\n'}],
		['lxc', {'/proc/1/environ': 'TERM=linux\0container=lxc\0'}],
		['incus', {'/dev/incus/sock': '', '/run/systemd/container': 'lxc\n'}],
		['lxd', {'/dev/lxd/sock': '', '/run/systemd/container': 'lxc\n'}],
		['systemd-nspawn', {'/run/host/container-manager': 'systemd-nspawn\n'}],
		['openvz', {'/proc/vz/': ''}],
		['container-other', {'/proc/self/ns/pid': 'link:pid:[4026532201]'}],
	])('%s, without systemd', async (container, files) => {
		expect((await virtOf({files})).container).toBe(container);
	});

	it('is no on the host of containers: lxcfs and pods of its own are mounted there', async () => {
		const table = `9 1 0:44 / /var/lib/lxcfs rw - fuse.lxcfs lxcfs rw
10 1 0:45 / /var/lib/kubelet/pods/1-2/volumes/kubernetes.io~projected/token rw - tmpfs tmpfs rw
`;
		expect((await virtOf({files: {'/proc/self/mountinfo': table}})).container).toBeNull();
	});

	it('is no in the namespaces that the kernel began with, whatever a container’s image left behind', async () => {
		const first = {'/proc/self/ns/pid': 'link:pid:[4026531836]', '/proc/self/ns/uts': 'link:uts:[4026531838]'};
		const commands = {'systemd-detect-virt --container': 'docker\n'};
		expect(await virtOf({files: {...first, '/.dockerenv': ''}, commands})).toMatchObject({
			container: null,
			imageRoot: '/.dockerenv',
		});
		// A container that shares the processes of its host has a host name of its own.
		const shared = {...first, '/proc/self/ns/uts': 'link:uts:[4026532300]', '/.dockerenv': ''};
		expect(await virtOf({files: shared, commands})).toMatchObject({container: 'docker', imageRoot: null});
	});

	it('in WSL is named with it, and versions 1 and 2 are told apart', async () => {
		const kernel = (release: string) => ({'/proc/sys/kernel/osrelease': `${release}\n`});
		const two = {...guest, ...kernel('6.6.87.2-microsoft-standard-WSL2')};
		expect(await virtOf({files: two})).toMatchObject({container: 'wsl', wsl: 2, hypervisor: 'microsoft'});
		expect(await virtOf({files: {...two, '/.dockerenv': ''}})).toMatchObject({container: 'docker', wsl: 2});
		const marked = {...two, '/run/host/container-manager': 'wsl\n', '/.dockerenv': ''};
		expect((await virtOf({files: marked})).container).toBe('docker');
		expect(await virtOf({files: kernel('4.4.0-19041-Microsoft')})).toMatchObject({container: 'wsl', wsl: 1});
		const own = {...kernel('6.12.1-mine'), '/proc/sys/fs/binfmt_misc/WSLInterop': 'enabled\n'};
		expect((await virtOf({files: own})).wsl).toBe(2);
		expect((await virtOf({files: kernel('6.5.0-1025-azure')})).wsl).toBeNull();
	});

	it('by systemd where no file tells', async () => {
		const commands = {'systemd-detect-virt --container': 'rkt\n'};
		expect(await virtOf({commands})).toMatchObject({
			container: 'rkt',
			containerSource: 'systemd-detect-virt --container',
		});
	});
});
