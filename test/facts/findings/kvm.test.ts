import {describe, expect, it} from 'vitest';
import {asRoot, find, kvm, noFlags, virt} from './find.ts';

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
