/** Nested virtualization under hypervisors that people run on servers of their own. */
import {bareMetalInstead, type Platform} from './platform.ts';

const layerBelow =
	'The host below needs nested virtualization as well: `cat /sys/module/kvm_intel/parameters/nested` (or kvm_amd) there, not here, says Y or 1; if not, `options kvm_intel nested=1` in a file of its /etc/modprobe.d.';

export const servers: Platform[] = [
	{
		platform: 'Hyper-V',
		matches: ({hypervisor}) => hypervisor === 'microsoft',
		remedy: [
			"Shut this VM down, then in an administrator's PowerShell on the Hyper-V host: Set-VMProcessor -VMName NAME -ExposeVirtualizationExtensions $true",
			'An AMD processor needs Windows Server 2022 or Windows 11 there, and a VM of configuration version 10 or later (Update-VMVersion NAME).',
		],
	},
	{
		platform: 'VMware',
		matches: ({hypervisor}) => hypervisor === 'vmware',
		remedy: [
			'Power this VM off and switch on "Expose hardware assisted virtualization to the guest OS" among its CPU settings; that is `vhv.enable = "TRUE"` in its .vmx file.',
			'From a command line: govc vm.change -vm NAME -nested-hv-enabled=true',
			'VMware Workstation on Windows cannot offer it while Hyper-V or memory integrity is switched on there.',
		],
	},
	{
		platform: 'Xen, as its first domain (dom0)',
		short: 'Xen, dom0',
		matches: ({hypervisor}) => hypervisor === 'xen-dom0',
		remedy: ['Choose the boot entry without Xen: the same kernel on the bare machine has KVM.'],
	},
	{
		platform: 'Xen',
		matches: ({hypervisor}) => hypervisor === 'xen',
		remedy: [
			`Nested virtualization under Xen is experimental: \`nestedhvm=1\` in the configuration of an HVM guest, or xe vm-param-set uuid=ID platform:nested-virt=true on XCP-ng. ${bareMetalInstead}`,
		],
	},
	{
		platform: 'bhyve',
		matches: ({hypervisor}) => hypervisor === 'bhyve',
		remedy: ['bhyve does not offer it. Use another hypervisor there, or a bare-metal server.'],
	},
	{
		platform: 'z/VM',
		matches: ({hypervisor}) => hypervisor === 'zvm',
		remedy: [
			'SIE must show among the features in /proc/cpuinfo. KVM in a guest of z/VM is for tests; a logical partition (LPAR) of its own is what it is meant for.',
		],
	},
	{
		platform: 'PowerVM',
		matches: ({hypervisor}) => hypervisor === 'powervm',
		remedy: [
			'A partition of PowerVM offers KVM on Power10 and later with recent firmware only, where "KVM capable" is switched on in its profile. A PowerNV machine needs no switch.',
		],
	},
	{
		platform: 'Proxmox',
		matches: (_, firmware) => /proxmox/i.test(firmware),
		remedy: ['On the Proxmox host: qm set ID --cpu host, then qm shutdown ID and qm start ID.', layerBelow],
	},
	{
		platform: 'KVM on s390x',
		matches: ({hypervisor, source}) => hypervisor === 'kvm' && source === '/proc/sysinfo',
		remedy: [
			'On the host below: `options kvm nested=1` in a file of its /etc/modprobe.d, and a CPU model with SIE for this VM (host-passthrough or host-model); then switch it off and start it again.',
		],
	},
	{
		platform: 'Proxmox, libvirt or another KVM',
		short: 'KVM',
		matches: ({hypervisor}) => hypervisor === 'kvm' || hypervisor === 'qemu',
		remedy: [
			'Give this VM the processor of its host, switch it off and start it again: a reboot from inside is not enough.',
			'Proxmox: qm set ID --cpu host. libvirt: virt-xml NAME --edit --cpu host-passthrough. QEMU: -cpu host.',
			layerBelow,
			`If this is a rented server, its provider has these switches. ${bareMetalInstead}`,
		],
	},
];
