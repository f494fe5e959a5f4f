/** No /dev/kvm, or a node with nothing behind it: which layer lacks what. */
import type {Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {kvmModuleToLoad, loadingRefused, type Refusal} from '../../machine/module-loading.ts';
import {blocker, inContainer, kvmFinding, processorHasIt} from './kvm-finding.ts';
import {nestedSwitch} from './nested-switch.ts';

const sources = ['/dev/kvm', '/proc/cpuinfo', '/proc/modules', '/lib/modules'];

export function judgeMissing(facts: Facts): Finding {
	if (facts.kvm.mshv)
		return blocker({
			summary: 'This is a Microsoft hypervisor: /dev/mshv instead of KVM',
			detail: [
				'Kata has configurations of its own for it (clh-azure, openvmm-azure), which this version of kata-setup does not install.',
			],
			sources: ['/dev/kvm', '/dev/mshv'],
			remedy: ['Use a host with /dev/kvm.'],
		});
	const module = kvmModuleToLoad(facts);
	if (module !== null) return judgeUnloaded(facts, module);
	return blocker({
		summary: missingSummary(facts),
		detail: ['There is no /dev/kvm, and without it no VM can start.', ...moduleLines(facts)],
		...wayOut(facts),
	});
}

/** A node that was made by hand or passed in from outside: opening it gives ENODEV or ENXIO. */
export function judgeNoDriver(facts: Facts): Finding {
	const module = kvmModuleToLoad(facts);
	if (module !== null) return judgeUnloaded(facts, module);
	return blocker({
		summary: '/dev/kvm is there, with no driver behind it',
		detail: [
			`Opening it gives ${facts.kvm.error}. The node was made by hand or passed in from outside; a node is no capability.`,
			...moduleLines(facts),
		],
		...wayOut(facts),
	});
}

/** Nothing but the module's loading is missing, which the plan does. */
const judgeUnloaded = ({kvm}: Facts, module: string): Finding =>
	kvmFinding({
		severity: 'warning',
		summary: `The kernel module ${module} is not loaded; the plan loads it`,
		detail: [
			kvm.state === 'missing' ? 'There is no /dev/kvm yet.' : `Opening /dev/kvm gives ${kvm.error} without it.`,
			'The processor shows virtualization, and the module is there for the running kernel.',
			'Whether a VM runs is proven when the plan is applied, before anything is downloaded.',
		],
		sources,
		remedy: [
			'To know before: load the module and check again. If that is refused, virtualization is locked in the firmware: switch VT-x or AMD-V on there.',
		],
		command: `sudo modprobe ${module}`,
	});

/** What would refuse to load a module that is there, where the processor has what it needs. */
function refusal(facts: Facts): Refusal | null {
	const {module} = facts.kvm;
	if (inContainer(facts) || !processorHasIt(facts) || module?.state !== 'loadable') return null;
	return loadingRefused(facts, module.name);
}

const wayOut = (facts: Facts): Pick<Finding, 'sources' | 'remedy' | 'command'> => {
	const refused = refusal(facts);
	return refused
		? {sources: [...sources, ...refused.sources], remedy: refused.remedy, command: refused.command}
		: {sources, remedy: remedyForMissing(facts), command: null};
};

function missingSummary(facts: Facts): string {
	if (inContainer(facts)) return `/dev/kvm is not passed into this container (${facts.virt.container})`;
	if (processorHasIt(facts)) return 'There is no /dev/kvm: its kernel module is not loaded';
	if (facts.virt.isGuest) return `No nested virtualization: ${nestedSwitch(facts.virt).platform} does not pass it on`;
	return facts.machine === 'x86_64'
		? 'There is no /dev/kvm: virtualization is switched off'
		: 'There is no /dev/kvm: this kernel has no virtualization to use';
}

function moduleLines(facts: Facts): string[] {
	const {kvm} = facts;
	if (!kvm.module?.state) return [];
	const words = {
		loaded: 'is loaded',
		'built-in': 'is part of the kernel',
		loadable: 'is there and not loaded',
		absent: 'is not there for the running kernel',
	};
	const refused = refusal(facts);
	return [`The kernel module ${kvm.module.name} ${words[kvm.module.state]}.`, ...(refused ? [refused.why] : [])];
}

function remedyForMissing(facts: Facts): string[] {
	const {kvm, virt, kernel} = facts;
	if (inContainer(facts))
		return ['On the host around this container, load KVM and pass the device in (--device /dev/kvm).'];
	if (processorHasIt(facts)) {
		if (kvm.module?.state === 'absent')
			return [
				`The kernel ${kernel} has no ${kvm.module.name}. If a newer kernel was installed, reboot into it; otherwise install a kernel with KVM (a "cloud" kernel may lack it).`,
			];
		return [
			'Load the module. If that is refused, virtualization is locked in the firmware: switch VT-x or AMD-V on there.',
		];
	}
	if (virt.isGuest) return nestedSwitch(virt).remedy;
	return [switchHere[facts.machine] ?? switchHere.x86_64];
}

/** Where virtualization is switched on for a machine that is no VM. */
const switchHere: Record<string, string> & {x86_64: string} = {
	x86_64:
		'Switch virtualization on in the firmware setup (BIOS, UEFI): "Intel Virtualization Technology", "VT-x", "SVM Mode" or "AMD-V"; then switch the machine off and on.',
	aarch64:
		'The kernel has to be started in hypervisor mode (EL2), which the firmware or the boot loader decides, and to have KVM built in: `dmesg | grep -i kvm` says which of the two it is.',
	s390x: 'The partition (LPAR) has to offer interpretive execution: `sie` is among the features of /proc/cpuinfo then.',
	ppc64le: 'KVM needs a PowerNV machine, or a partition on Power10 and later whose firmware offers it.',
};
