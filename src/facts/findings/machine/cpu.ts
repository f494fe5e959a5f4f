/** The processor's own virtualization. What it is worth, /dev/kvm tells: a missing flag alone blocks nothing. */
import type {Facts} from '../../facts.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';

const extensions: Record<string, string> = {
	vmx: 'Intel VT-x',
	svm: 'AMD-V',
	sie: 'SIE',
	hv: 'POWER hypervisor mode',
	'arm64-el2': 'hypervisor mode (EL2)',
};

export const judgeCpu: Judgement = facts => {
	const {cpu, machine} = facts;
	const common = {id: 'cpu', label: 'CPU', sources: ['/proc/cpuinfo']};
	const why = unreadWhy(facts, 'cpu');
	if (why) return [unreadFinding('cpu', 'CPU', 'The processor', why)];
	const name = `${cpu.model ?? cpu.vendor ?? machine}, ${cpu.count} processor${cpu.count === 1 ? '' : 's'}`;
	const [synthetic] = missingFlags(facts);
	if (synthetic)
		return [
			finding({
				...common,
				severity: 'warning',
				summary: `${name}: no ${synthetic}`,
				detail: [
					`The processor lacks ${synthetic}, which Kata's own check asks for. A hypervisor below this host gives it a made-up processor model.`,
				],
				remedy: [
					"Set the CPU type of this VM to the host's own (`host`, `host-passthrough`), switch it off and start it again.",
				],
			}),
		];
	if (cpu.virtualization)
		return [
			finding({
				...common,
				severity: 'ok',
				summary: `${name}, ${extensions[cpu.virtualization] ?? cpu.virtualization}`,
			}),
		];
	return [
		finding({
			...common,
			severity: kvmTells(facts) ? 'note' : 'warning',
			summary: machine === 'x86_64' ? `${name}: no VT-x or AMD-V` : name,
			detail: [`${absentWords(facts)} Whether a VM can start is told by KVM.`],
		}),
	];
};

/** Whether the finding about KVM says what this means here; it does not where the device is kept from us alone. */
const kvmTells = ({kvm, virt, machine}: Facts): boolean =>
	machine !== 'x86_64' || kvm.state === 'opens' || (kvm.state !== 'no-permission' && virt.container === null);

/** x86 alone: elsewhere there are no such flags. */
const missingFlags = ({machine, cpu}: Facts): string[] =>
	machine === 'x86_64' && cpu.flags !== undefined ? ['sse4_1'].filter(flag => !cpu.flags?.includes(flag)) : [];

const absentWords = ({machine}: Facts): string =>
	machine === 'x86_64'
		? "Neither vmx (Intel VT-x) nor svm (AMD-V) is among the processor's flags."
		: "Nothing shows that this kernel may use the processor's virtualization.";
