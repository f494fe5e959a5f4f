import {describe, expect, it} from 'vitest';
import {virtProbe} from '../../src/facts/virt.ts';
import {type ProbedHost, probedHost} from '../support/probed-host.ts';

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
});
