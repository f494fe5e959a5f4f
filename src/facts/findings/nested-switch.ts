/**
 * Where nested virtualization is switched on, by platform. The switch is always outside this host: whoever runs the
 * hypervisor below us has it.
 */
import type {VirtFacts} from '../facts.ts';

export interface NestedSwitch {
	/** The platform as people call it. */
	platform: string;
	remedy: string[];
}

/** The asset tag of every Azure VM, by which it differs from any other Hyper-V (documented by Microsoft). */
const azureAssetTag = '7783-7084-3265-9085-8269-3286-77';

const bareMetalInstead = 'Where the provider does not offer it, a bare-metal server does.';

interface Platform extends NestedSwitch {
	matches: (virt: VirtFacts, firmware: string) => boolean;
}

const platforms: Platform[] = [
	{
		platform: 'WSL',
		matches: ({container}) => container === 'wsl',
		remedy: [
			'On Windows 11, put `nestedVirtualization=true` under [wsl2] into .wslconfig in your Windows user folder.',
			'Then run `wsl --update` and `wsl --shutdown` in Windows and start it again.',
		],
	},
	{
		platform: 'Amazon EC2',
		matches: ({hypervisor}, firmware) => hypervisor === 'amazon' || /amazon/i.test(firmware),
		remedy: [
			'Start an instance of a family that offers it (c8i, m8i, r8i and others on newer Intel) with the CPU option NestedVirtualization=enabled. EC2 has had this since February 2026; it is off unless asked for.',
			'Or use a metal instance (its type ends in .metal), which needs no switch.',
		],
	},
	{
		platform: 'Google Compute Engine',
		matches: ({hypervisor}, firmware) => hypervisor === 'google' || /google/i.test(firmware),
		remedy: [
			'Create the instance with --enable-nested-virtualization, on a machine series with Intel processors that supports it.',
			'A confidential VM cannot have it.',
		],
	},
	{
		platform: 'Azure',
		matches: ({dmi}) => dmi?.assetTag === azureAssetTag,
		remedy: [
			'Use a VM size with nested virtualization: most D and E sizes of version 3 and later have it, always on; other sizes do not.',
		],
	},
	{
		platform: 'Hyper-V',
		matches: ({hypervisor}) => hypervisor === 'microsoft',
		remedy: [
			'Shut this VM down and run on the Hyper-V host: Set-VMProcessor -VMName NAME -ExposeVirtualizationExtensions $true',
		],
	},
	{
		platform: 'VMware',
		matches: ({hypervisor}) => hypervisor === 'vmware',
		remedy: [
			'Power this VM off, switch on "Expose hardware assisted virtualization to the guest OS" among its CPU settings, and start it.',
		],
	},
	{
		platform: 'VirtualBox',
		matches: ({hypervisor}) => hypervisor === 'oracle',
		remedy: ['Power this VM off and run on its host: VBoxManage modifyvm NAME --nested-hw-virt on'],
	},
	{
		platform: 'Proxmox, libvirt or another KVM',
		matches: ({hypervisor}) => hypervisor === 'kvm' || hypervisor === 'qemu',
		remedy: [
			'Give this VM the CPU type `host` (Proxmox) or `host-passthrough` (libvirt), switch it off and start it again: a reboot from inside is not enough.',
			'Its host needs nested virtualization as well: /sys/module/kvm_intel/parameters/nested or kvm_amd/parameters/nested there says Y or 1.',
			`If this is a rented server, its provider has these switches. ${bareMetalInstead}`,
		],
	},
	{
		platform: 'Xen',
		matches: ({hypervisor}) => hypervisor === 'xen',
		remedy: [`Nested virtualization under Xen is experimental (nestedhvm=1 for an HVM guest). ${bareMetalInstead}`],
	},
	{
		platform: 'PowerVM',
		matches: ({hypervisor}) => hypervisor === 'powervm',
		remedy: [
			'A partition of PowerVM offers KVM on Power10 and later with recent firmware only. A PowerNV machine does.',
		],
	},
];

/** The switch for the platform below this host. */
export function nestedSwitch(virt: VirtFacts): NestedSwitch {
	const firmware = [virt.dmi?.vendor, virt.dmi?.product].filter(Boolean).join(' ');
	const known = platforms.find(({matches}) => matches(virt, firmware));
	if (known) return {platform: known.platform, remedy: known.remedy};
	return {
		platform: virt.hypervisor ?? 'an unknown hypervisor',
		remedy: [
			`Ask whoever runs it for nested virtualization, also called VT-x or AMD-V inside the guest. ${bareMetalInstead}`,
		],
	};
}
