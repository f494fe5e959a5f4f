/** The processor's own virtualization. What it is worth, /dev/kvm tells: a missing flag alone blocks nothing. */
import type {Facts} from '../facts.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from './judgement.ts';

const extensions: Record<string, string> = {
	vmx: 'Intel VT-x',
	svm: 'AMD-V',
	sie: 'SIE',
	hv: 'POWER hypervisor mode',
	'arm64-el2': 'hypervisor mode (EL2)',
};

export const judgeCpu: Judgement = facts => {
	const {cpu, kvm, machine} = facts;
	const common = {id: 'cpu', label: 'CPU'};
	const why = unreadWhy(facts, 'cpu');
	if (why) return [unreadFinding('cpu', 'CPU', 'The processor', why)];
	const name = `${cpu.model ?? cpu.vendor ?? machine}, ${cpu.count} processor${cpu.count === 1 ? '' : 's'}`;
	const read = 'Read from /proc/cpuinfo.';
	const [synthetic] = missingFlags(facts);
	if (synthetic)
		return [
			finding({
				...common,
				severity: 'warning',
				summary: `${name}: no ${synthetic}`,
				detail: [
					`The processor lacks ${synthetic}, which Kata's own check asks for. A hypervisor below this host gives it a made-up processor model.`,
					read,
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
				detail: [read],
			}),
		];
	if (kvm.state === 'opens') return [paravirtual(facts, name)];
	return [
		finding({
			...common,
			severity: 'warning',
			summary: `${name}: shows no virtualization`,
			detail: [`${absentWords(facts)} Whether a VM can start is told by KVM.`, read],
		}),
	];
};

/** x86 alone: elsewhere there are no such flags. */
const missingFlags = ({machine, cpu}: Facts): string[] =>
	machine === 'x86_64' && cpu.flags !== undefined ? ['sse4_1'].filter(flag => !cpu.flags?.includes(flag)) : [];

const absentWords = ({machine}: Facts): string =>
	machine === 'x86_64'
		? "Neither vmx (Intel VT-x) nor svm (AMD-V) is among the processor's flags."
		: "Nothing shows that this kernel may use the processor's virtualization.";

/** A KVM that needs no VT-x or AMD-V, such as the kvm_pvm module of some clouds. */
const paravirtual = ({machine}: Facts, name: string) =>
	machine === 'x86_64'
		? finding({
				id: 'cpu',
				label: 'CPU',
				severity: 'warning',
				summary: `KVM opens without VT-x or AMD-V: a paravirtual KVM`,
				detail: [
					`${name}. /dev/kvm opens although neither vmx nor svm is among the processor's flags, so KVM here works without them (kvm_pvm, for example).`,
					'VMs can be created, but an ordinary guest kernel may hang in its first page-table work. The smoke test at the end decides.',
				],
				remedy: ['Go on and let the smoke test tell; where it fails, a host with nested virtualization is needed.'],
			})
		: finding({id: 'cpu', label: 'CPU', severity: 'ok', summary: name, detail: ['Read from /proc/cpuinfo.']});
