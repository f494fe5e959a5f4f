import {describe, expect, it} from 'vitest';
import type {Facts, VirtFacts} from '../../../../src/facts/facts.ts';
import {find, findings, has, kvm, noFlags, virt} from '../find.ts';

const dmi = (vendor: string, product = '', more: Partial<NonNullable<VirtFacts['dmi']>> = {}): VirtFacts['dmi'] => ({
	vendor,
	product,
	assetTag: null,
	...more,
});
/** A VM that virtualization does not reach. */
const withheld = (changes: Partial<VirtFacts>, more: Partial<Facts> = {}) =>
	find('nested', {virt: virt(changes), cpu: noFlags, kvm: kvm('missing', 'ENOENT'), ...more});

describe('nesting', () => {
	it('is a note with its consequence', () => {
		expect(find('nested', {virt: virt()})).toMatchObject({severity: 'note', remedy: []});
		expect(find('nested', {virt: virt()}).summary).toContain('Kata waits longer');
		expect(find('nested', {virt: virt()}).all).toContain('The plan writes');
		expect(find('nested', {virt: virt({isGuest: null, hypervisor: null})}).severity).toBe('note');
		expect(find('nested').severity).toBe('ok');
	});

	it('tells what reaches this VM from what does not, and says that only then something is to be done', () => {
		expect(withheld({}).summary).toBe('This host is a VM (KVM), and AMD-V does not reach it');
		expect(withheld({}).remedy).not.toEqual([]);
		const intel = {...noFlags, vendor: 'GenuineIntel'};
		expect(withheld({}, {cpu: intel}).summary).toContain('VT-x does not reach it');
		const reaches = find('nested', {virt: virt(), kvm: kvm('missing', 'ENOENT')});
		expect(reaches).toMatchObject({summary: 'This host is a VM (KVM); AMD-V reaches it', remedy: []});
	});

	it('knows a KVM that works without it, and Microsoft’s device', () => {
		expect(find('nested', {virt: virt(), cpu: noFlags}).all).toContain('does not reach this VM, and yet KVM opens');
		expect(withheld({hypervisor: 'microsoft'}, {kvm: kvm('missing', 'ENOENT', {mshv: true})})).toMatchObject({
			summary: 'This host is a VM (Hyper-V); VMs are made through /dev/mshv',
			remedy: [],
		});
	});

	it('does not say of arm64 and POWER what nothing shows', () => {
		for (const machine of ['aarch64', 'ppc64le'])
			expect(withheld({}, {machine}).all).toContain('Nothing here shows whether');
		expect(withheld({}, {machine: 's390x'}).summary).toContain('SIE does not reach it');
	});

	it.each<[Partial<VirtFacts>, string, string]>([
		[
			{hypervisor: 'xen', dmi: dmi('Xen', 'HVM domU', {version: '4.11.amazon'})},
			'Amazon EC2',
			'modify-instance-cpu-options',
		],
		[{hypervisor: 'google'}, 'Google Cloud', 'update-from-file'],
		[
			{
				hypervisor: 'microsoft',
				dmi: dmi('Microsoft Corporation', 'Virtual Machine', {assetTag: '7783-7084-3265-9085-8269-3286-77'}),
			},
			'Azure',
			'az vm resize',
		],
		[{dmi: dmi('QEMU', 'Standard PC', {assetTag: 'OracleCloud.com'})}, 'Oracle Cloud', 'BM.'],
		[{dmi: dmi('QEMU', 'Standard PC', {assetTag: 'ibmcloud'})}, 'IBM Cloud', 'bare-metal'],
		[{dmi: dmi('Alibaba Cloud', 'Alibaba Cloud ECS')}, 'Alibaba Cloud', 'ecs.ebm'],
		[{dmi: dmi('Tencent Cloud', 'CVM')}, 'Tencent Cloud', 'BM'],
		[{dmi: dmi('DigitalOcean', 'Droplet')}, 'DigitalOcean', 'bare-metal'],
		[{dmi: dmi('Hetzner', 'vServer')}, 'Hetzner Cloud', 'dedicated server'],
		[{dmi: dmi('Linode', 'Compute Instance')}, 'Linode', 'bare-metal'],
		[{dmi: dmi('Vultr', 'VC2')}, 'Vultr', 'Bare Metal'],
		[{dmi: dmi('OpenStack Foundation', 'OpenStack Nova')}, 'OpenStack', 'cpu_mode = host-passthrough'],
		[{container: 'wsl', wsl: 1}, 'WSL 1', '--set-version'],
		[{container: 'docker', wsl: 2, hypervisor: 'microsoft'}, 'WSL', '.wslconfig'],
		[{hypervisor: 'oracle'}, 'VirtualBox', 'VBoxManage modifyvm NAME --nested-hw-virt on'],
		[{hypervisor: 'parallels'}, 'Parallels', 'prlctl set'],
		[{hypervisor: 'apple'}, 'Apple Virtualization', '--nested'],
		[{hypervisor: 'microsoft'}, 'Hyper-V', 'Set-VMProcessor -VMName NAME -ExposeVirtualizationExtensions $true'],
		[{hypervisor: 'vmware'}, 'VMware', 'vhv.enable = "TRUE"'],
		[{hypervisor: 'xen-dom0'}, 'Xen, dom0', 'without Xen'],
		[{hypervisor: 'xen'}, 'Xen', 'nestedhvm=1'],
		[{hypervisor: 'bhyve'}, 'bhyve', 'another hypervisor'],
		[{hypervisor: 'zvm'}, 'z/VM', 'LPAR'],
		[{hypervisor: 'powervm'}, 'PowerVM', 'Power10'],
		[
			{dmi: dmi('QEMU', 'Standard PC', {biosVendor: 'Proxmox distribution of EDK II'})},
			'Proxmox',
			'qm set ID --cpu host',
		],
		[{hypervisor: 'kvm', source: '/proc/sysinfo'}, 'KVM on s390x', 'options kvm nested=1'],
		[{hypervisor: 'qemu'}, 'KVM', 'host-passthrough'],
		[{hypervisor: 'Some Vendor'}, 'Some Vendor', 'bare-metal'],
	])('names the platform and its switch: %#', (changes, platform, remedy) => {
		const found = withheld(changes);
		expect(found.summary).toContain(`(${platform})`);
		expect(found.remedy.join('\n')).toContain(remedy);
		// What is to be done is done elsewhere: there is no command for this host.
		expect(found.command).toBeNull();
	});

	it('never sends anybody to this host’s own parameter `nested`', () => {
		for (const line of withheld({}).remedy.filter(text => text.includes('parameters/nested')))
			expect(line).toContain('there, not here');
	});

	it('says of a root made from a container’s image that this is no container', () => {
		expect(find('nested', {virt: virt({imageRoot: '/.dockerenv'})}).all).toContain('this is no container');
	});

	it('names what was read', () => {
		const sources = find('nested', {virt: virt({source: '/proc/sysinfo', dmi: dmi('QEMU')})}).sources;
		expect(sources).toEqual(['/proc/sysinfo', '/sys/class/dmi/id', '/proc/cpuinfo']);
	});

	it('on AMD under VMware warns of Firecracker alone', () => {
		const found = find('nested-firecracker', {virt: virt({hypervisor: 'vmware'})});
		expect(found.severity).toBe('warning');
		expect(found.affects).toEqual([
			{runtime: 'rust', hypervisor: 'firecracker'},
			{runtime: 'go', hypervisor: 'firecracker'},
		]);
		const intel: Facts['cpu'] = {model: null, vendor: 'GenuineIntel', count: 2, virtualization: 'vmx'};
		expect(has('nested-firecracker', {virt: virt({hypervisor: 'vmware'}), cpu: intel})).toBe(false);
		expect(has('nested-firecracker', {virt: virt()})).toBe(false);
	});

	it('is unknown where it could not be read, and nothing is made of it', () => {
		const unread = [{probe: 'virt', why: 'It did not end within 10 s.'}];
		expect(find('nested', {virt: virt({hypervisor: 'vmware'}), unread}).severity).toBe('unknown');
		expect(findings({virt: virt({hypervisor: 'vmware'}), unread}).map(({id}) => id)).not.toContain(
			'nested-firecracker',
		);
	});
});
