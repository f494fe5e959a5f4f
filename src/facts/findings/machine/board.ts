/** What arm64 boards, POWER and s390x machines must have beside a processor with virtualization. */
import type {Facts} from '../../facts.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';

/** Nothing is said where nothing is missing; x86_64 has nothing to ask for. */
export const judgeBoard: Judgement = facts => {
	const {machine, board} = facts;
	if (!board || machine === 'x86_64') return [];
	const why = unreadWhy(facts, 'board');
	if (why) return [unreadFinding('board', 'Board', 'The board', why)];
	switch (machine) {
		case 'aarch64':
			return judgeArm(board);
		case 'ppc64le':
			return judgePower(facts, board);
		case 's390x':
			return judgeMainframe(facts);
		default:
			return [];
	}
};

type Board = NonNullable<Facts['board']>;

/** Both hypervisors and the kernel build a guest's interrupts on the host's GIC (cloud-hypervisor#6524). */
function judgeArm({model, interruptController}: Board) {
	if (interruptController !== 'other') return [];
	return [
		finding({
			id: 'gic',
			label: 'Board',
			severity: 'blocker',
			summary: 'This board has no GIC, and KVM no interrupts for guests',
			detail: [
				`No ARM Generic Interrupt Controller is among the interrupts${model ? ` of this ${model}` : ''}. Creating a guest's one fails with "No such device".`,
			],
			sources: ['/proc/interrupts', '/proc/device-tree/model'],
			remedy: ['Use a board with a GIC, such as a Raspberry Pi 4 or later, or a server.'],
		}),
	];
}

/** Kata's own check asks for it up to POWER8 alone; later processors give each guest its threads themselves. */
function judgePower({cpu, virt}: Facts, {threadsPerCore}: Board) {
	const generation = Number(/POWER(\d+)/i.exec(cpu.model ?? '')?.[1]);
	if (virt.isGuest === true || !(generation <= 8) || threadsPerCore === null || threadsPerCore === 1) return [];
	return [
		finding({
			id: 'smt',
			label: 'SMT',
			severity: 'blocker',
			summary: `SMT is on (${threadsPerCore} threads a core): POWER${generation} needs it off`,
			detail: ['Up to POWER8, KVM runs guests only while one thread of each core is online in the host.'],
			sources: ['/proc/cpuinfo', '/sys/devices/system/cpu/cpu0/topology/thread_siblings_list'],
			remedy: ['Switch it off, and at every boot too (a systemd unit, or the option nosmt of the kernel).'],
			command: 'sudo ppc64_cpu --smt=off',
		}),
	];
}

/** In a VM, what is said of nesting says it. */
function judgeMainframe({cpu, kvm, virt}: Facts) {
	if (cpu.virtualization === 'sie' || kvm.state === 'opens' || virt.isGuest === true) return [];
	return [
		finding({
			id: 'sie',
			label: 'SIE',
			severity: 'warning',
			summary: 'No sie among the features of the processor',
			detail: [
				'KVM on s390x runs guests with the instruction SIE. Secure Execution (protected virtualization) is not needed for Kata.',
			],
			sources: ['/proc/cpuinfo'],
			remedy: ['Run in a logical partition (LPAR), or have the hypervisor below pass SIE on.'],
		}),
	];
}
