/** /dev/kvm: whether a VM can start here, and if not, which of the many causes it is. */
import type {Facts} from '../facts.ts';
import type {Finding} from '../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from './judgement.ts';
import {nestedSwitch} from './nested-switch.ts';

export const judgeKvm: Judgement = facts => {
	const why = unreadWhy(facts, 'kvm');
	if (why) return [unreadFinding('kvm', 'KVM', '/dev/kvm', why)];
	return [judgements[facts.kvm.state](facts)];
};

const common = {id: 'kvm', label: 'KVM'};

const blocker = (summary: string, detail: string[], remedy: string[], command: string | null = null): Finding =>
	finding({...common, severity: 'blocker', summary, detail, remedy, command});

const judgements: Record<Facts['kvm']['state'], (facts: Facts) => Finding> = {
	opens: () =>
		finding({
			...common,
			severity: 'ok',
			summary: '/dev/kvm opens',
			detail: ['It was opened for reading and writing. Whether a guest runs on it is proven by the smoke test.'],
		}),
	missing: judgeMissing,
	'no-permission': judgePermission,
	'no-driver': facts =>
		blocker(
			'/dev/kvm is there, with no driver behind it',
			[
				`Opening it gives ${facts.kvm.error}. The node was made by hand or passed in from outside; a node is no capability.`,
				...moduleLine(facts),
			],
			remedyForMissing(facts),
			commandForMissing(facts),
		),
	busy: () =>
		blocker(
			"Another hypervisor holds the processor's virtualization",
			['Opening /dev/kvm gives EBUSY. VirtualBox (vboxdrv) and VMware (vmmon) take it while one of their VMs runs.'],
			['Stop the VMs of VirtualBox or VMware on this host, then check again.'],
		),
	error: ({kvm}) =>
		blocker(
			`/dev/kvm cannot be opened: ${kvm.error}`,
			['It was opened for reading and writing, as a hypervisor does.'],
			["`ls -l /dev/kvm` and the kernel's log (`dmesg | grep -i kvm`) say more."],
		),
};

function judgeMissing(facts: Facts): Finding {
	if (facts.kvm.mshv)
		return blocker(
			'This is a Microsoft hypervisor: /dev/mshv instead of KVM',
			[
				'Kata has configurations of its own for it (clh-azure, openvmm-azure), which this version of kata-setup does not install.',
			],
			['Use a host with /dev/kvm.'],
		);
	return blocker(
		missingSummary(facts),
		['There is no /dev/kvm, and without it no VM can start.', ...moduleLine(facts)],
		remedyForMissing(facts),
		commandForMissing(facts),
	);
}

/** Does the processor show virtualization, so that only the module is missing? On arm64 that shows through KVM alone. */
const processorHasIt = ({cpu}: Facts): boolean => cpu.virtualization !== null;

const inContainer = ({virt}: Facts): boolean => virt.container !== null && virt.container !== 'wsl';

function missingSummary(facts: Facts): string {
	if (inContainer(facts)) return `/dev/kvm is not passed into this container (${facts.virt.container})`;
	if (processorHasIt(facts)) return 'There is no /dev/kvm: its kernel module is not loaded';
	if (facts.virt.isGuest) return `No nested virtualization: ${nestedSwitch(facts.virt).platform} does not pass it on`;
	return 'There is no /dev/kvm: virtualization is switched off';
}

const moduleLine = ({kvm}: Facts): string[] => {
	const words = {
		loaded: 'is loaded',
		'built-in': 'is part of the kernel',
		loadable: 'is there and not loaded',
		absent: 'is not there for the running kernel',
	};
	return kvm.module?.state ? [`The kernel module ${kvm.module.name} ${words[kvm.module.state]}.`] : [];
};

function remedyForMissing(facts: Facts): string[] {
	const {kvm, virt, kernel} = facts;
	if (inContainer(facts))
		return [`On the host around this container, load KVM and pass the device in (--device /dev/kvm).`];
	if (processorHasIt(facts)) {
		if (kvm.module?.state === 'absent')
			return [
				`The kernel ${kernel} has no ${kvm.module.name}. If a newer kernel was installed, reboot into it; otherwise install a kernel with KVM (a "cloud" kernel may lack it).`,
			];
		return [
			`Load the module. If that is refused, virtualization is locked in the firmware: switch VT-x or AMD-V on there.`,
		];
	}
	if (virt.isGuest) return nestedSwitch(virt).remedy;
	return [
		'Switch virtualization on in the firmware setup (BIOS, UEFI): "Intel Virtualization Technology", "VT-x", "SVM Mode" or "AMD-V"; then switch the machine off and on.',
	];
}

const commandForMissing = (facts: Facts): string | null =>
	!inContainer(facts) && processorHasIt(facts) && facts.kvm.module && facts.kvm.module.state !== 'absent'
		? `sudo modprobe ${facts.kvm.module.name}`
		: null;

/** The shim runs as root, so the file's mode is no obstacle to an ordinary user's check; a container's rules are. */
function judgePermission({kvm, privileges, virt}: Facts): Finding {
	if (privileges.uid !== 0 && kvm.error === 'EACCES')
		return finding({
			...common,
			severity: 'unknown',
			summary: '/dev/kvm is there; only root may open it',
			detail: [
				"Nothing has to be changed: Kata's shim and hypervisors run as root.",
				'Whether it works was not proven, because this check does not run as root. The smoke test will tell.',
			],
			remedy: ['To know before: run the check as root.'],
			command: 'sudo kata-setup check',
		});
	const confined = virt.container ? `this container (${virt.container})` : 'a device rule or a security module';
	return blocker(
		`/dev/kvm may not be opened here: ${kvm.error}`,
		[`Even root is refused: ${confined} does not allow it.`],
		[
			virt.container
				? 'Allow the device on the host around this container (--device /dev/kvm).'
				: 'Look for the refusal with `dmesg` and `ausearch -m AVC -ts recent`, and allow the device.',
		],
	);
}
