/** Whether this host is a VM, whether the processor's virtualization reaches it, and what that changes. */
import type {Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {firecrackerPairs} from '../pairs.ts';
import {nestedSwitch} from './nested-switch.ts';

const common = {id: 'nested', label: 'Nesting'};

export const judgeVirt: Judgement = facts => {
	const {virt} = facts;
	const why = unreadWhy(facts, 'virt');
	if (why) return [unreadFinding('nested', 'Nesting', 'Whether this host is a VM', why)];
	const sources = sourcesOf(facts);
	if (virt.isGuest === false)
		return [
			finding({
				...common,
				severity: 'ok',
				summary: 'This host is no VM itself',
				detail: imageRootLine(facts),
				sources,
			}),
		];
	if (virt.isGuest === null)
		return [
			finding({
				...common,
				severity: 'note',
				summary: 'Whether this host is a VM could not be told',
				detail: ['If it is one, guests may start slowly; the smoke test waits long enough for them.'],
				sources,
			}),
		];
	return [judgeGuest(facts, sources), ...judgeFirecracker(facts)];
};

const sourcesOf = ({virt}: Facts): string[] => [
	virt.source,
	...(virt.dmi && !virt.source.includes('/dmi/') ? ['/sys/class/dmi/id'] : []),
];

const imageRootLine = ({virt}: Facts): string[] =>
	virt.imageRoot
		? [`${virt.imageRoot} is a leftover of the container image that this root was made from: this is no container.`]
		: [];

/**
 * Whether the processor's virtualization reaches this VM. `paravirtual`: KVM works without it. `mshv`: VMs are made
 * through Microsoft's own device. `unknown`: nothing shows it either way, as on arm64 and POWER without KVM.
 */
type Reach = 'reaches' | 'withheld' | 'paravirtual' | 'mshv' | 'unknown';

function reachOf(facts: Facts): Reach {
	const {cpu, kvm, machine} = facts;
	if (cpu.virtualization !== null) return 'reaches';
	if (kvm.state === 'opens') return machine === 'x86_64' ? 'paravirtual' : 'reaches';
	if (kvm.mshv) return 'mshv';
	if (unreadWhy(facts, 'cpu')) return 'unknown';
	return machine === 'x86_64' || machine === 's390x' ? 'withheld' : 'unknown';
}

/** What virtualization is called on this processor. */
function extensionOf({machine, cpu}: Facts): string {
	if (machine === 'x86_64') return /AMD|Hygon/i.test(cpu.vendor ?? '') ? 'AMD-V' : 'VT-x';
	return {aarch64: 'EL2', s390x: 'SIE', ppc64le: 'nested KVM'}[machine] ?? 'virtualization';
}

function judgeGuest(facts: Facts, sources: string[]): Finding {
	const {platform, short = platform, remedy} = nestedSwitch(facts.virt);
	const extension = extensionOf(facts);
	const reach = reachOf(facts);
	const opens = facts.kvm.state === 'opens';
	const lines: Record<Reach, string> = {
		reaches: `${extension} reaches this VM: its hypervisor passes virtualization on.`,
		withheld: `${extension} does not reach this VM. The switch is outside of it, with whoever runs its hypervisor.`,
		paravirtual: `${extension} does not reach this VM, and yet KVM opens: a KVM that works without it.`,
		mshv: "Microsoft's hypervisor below has its own device for VMs, /dev/mshv, instead of the processor's virtualization.",
		unknown: `Nothing here shows whether ${extension} reaches this VM.`,
	};
	const summary = {
		reaches: opens ? '; Kata waits longer for its guests' : `; ${extension} reaches it`,
		withheld: `, and ${extension} does not reach it`,
		paravirtual: '; Kata waits longer for its guests',
		mshv: '; VMs are made through /dev/mshv',
		unknown: '',
	}[reach];
	return finding({
		...common,
		severity: 'note',
		summary: `This host is a VM (${short})${summary}`,
		detail: [
			...(platform === short ? [] : [`It runs on ${platform}.`]),
			lines[reach],
			'Guests start slowly inside a VM, and the time that Kata waits for their agent by default is short. The plan writes a longer one into its drop-in.',
			...imageRootLine(facts),
		],
		sources: [...sources, '/proc/cpuinfo'],
		remedy: reach === 'withheld' || (reach === 'unknown' && !opens) ? remedy : [],
	});
}

/** One report, of Firecracker's VMs that end at once (KVM_EXIT_SHUTDOWN) under ESXi on AMD while bare metal is fine. */
function judgeFirecracker({cpu, virt}: Facts): Finding[] {
	if (virt.hypervisor !== 'vmware' || cpu.virtualization !== 'svm') return [];
	return [
		finding({
			id: 'nested-firecracker',
			label: 'Firecracker',
			severity: 'warning',
			summary: 'Firecracker may fail here: nested AMD-V under VMware',
			detail: [
				"Firecracker's VMs were seen to end at once (KVM_EXIT_SHUTDOWN) on an AMD processor under VMware, where other hypervisors worked.",
			],
			sources: [virt.source, '/proc/cpuinfo'],
			remedy: ['Choose Cloud Hypervisor, or let the smoke test tell.'],
			affects: firecrackerPairs,
		}),
	];
}
