/** What the plan sets for QEMU because of this host. The rules themselves: src/kataconfig/settings. */

import {finding, type Judgement} from '../judgement.ts';
import {qemuPairs} from '../pairs.ts';
import {ioUringRefusal} from './io-uring.ts';
import {pmuAbsence} from './pmu.ts';

export const judgeIoUring: Judgement = facts => {
	const refusal = ioUringRefusal(facts);
	if (refusal === null) return [];
	return [
		finding({
			id: 'io-uring',
			label: 'io_uring',
			severity: 'note',
			summary: 'io_uring is refused; with QEMU the plan writes "threads"',
			detail: [
				`${refusal}.`,
				'Kata ships QEMU with block_device_aio = "io_uring", and a block device would fail with "Unable to use io_uring". The plan writes block_device_aio = "threads" into its drop-in.',
			],
			sources: ['/proc/sys/kernel/io_uring_disabled', '/proc/sys/kernel/osrelease'],
			affects: qemuPairs,
		}),
	];
};

export const judgePmu: Judgement = facts => {
	const absence = pmuAbsence(facts);
	// Without KVM there is no guest to have one.
	if (absence === null || facts.kvm.state === 'missing') return [];
	return [
		finding({
			id: 'pmu',
			label: 'PMU',
			severity: 'note',
			summary: 'no PMU for guests; with QEMU the plan clears cpu_features',
			detail: [
				`${absence}.`,
				`Kata ships QEMU with cpu_features = "pmu=off" on arm64, which ends it at once where there is none ("Property 'host-arm-cpu.pmu' not found"). The plan writes cpu_features = "" into its drop-in.`,
			],
			sources: ['/sys/bus/event_source/devices', facts.virt.source],
			affects: qemuPairs,
		}),
	];
};
