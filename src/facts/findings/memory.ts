/** Memory for guests, and /dev/shm, where QEMU keeps it. */
import {defaultGuestMemory} from '../../catalogue/availability.ts';
import {formatBytes} from '../../format.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from './judgement.ts';
import {qemuPairs} from './pairs.ts';

const gibibyte = 1024 ** 3;
/** A guest of 2 GiB by default, and a host around it. */
const wantedMemory = 3 * gibibyte;
/** Below this no guest kernel of Kata comes up: its memory is a file there. Containers have 64 MiB. */
const neededShm = gibibyte / 4;
/** A tenth above the guest's own memory, for QEMU's. */
const wantedShm = defaultGuestMemory * 1.1;

export const judgeMemory: Judgement = facts => {
	const {totalBytes, availableBytes} = facts.memory;
	const common = {id: 'memory', label: 'Memory'};
	const why = unreadWhy(facts, 'memory');
	if (why) return [unreadFinding('memory', 'Memory', 'The memory', why)];
	const summary = `${formatBytes(totalBytes)}, of which ${formatBytes(availableBytes)} are available`;
	if (totalBytes >= wantedMemory)
		return [finding({...common, severity: 'ok', summary, detail: ['Read from /proc/meminfo.']})];
	return [
		finding({
			...common,
			severity: 'warning',
			summary: `${formatBytes(totalBytes)}: little for guests of 2 GiB`,
			detail: [
				`Both runtimes give a guest 2 GiB by default, and ${formatBytes(availableBytes)} are available. A guest that gets more than there is may be killed.`,
			],
			remedy: [
				"After the installation, give guests less by a drop-in of your own in the pair's config.d: `default_memory = 512` under its [hypervisor.NAME] table.",
			],
		}),
	];
};

/** Concerns QEMU alone: the other hypervisors share memory without a file there. */
export const judgeShm: Judgement = facts => {
	if (unreadWhy(facts, 'memory')) return [];
	const {shm} = facts.memory;
	const common = {id: 'shm', label: '/dev/shm', affects: qemuPairs};
	const why = "QEMU keeps the guest's memory in a file on /dev/shm, so that virtiofsd can share it.";
	if (!shm)
		return [
			finding({
				...common,
				severity: 'warning',
				summary: 'nothing is mounted at /dev/shm, which QEMU needs',
				detail: [why],
				remedy: ['Mount it, or choose Cloud Hypervisor or Dragonball.'],
				command: 'sudo mount -t tmpfs -o size=75% tmpfs /dev/shm',
			}),
		];
	const free = `${formatBytes(shm.freeBytes)} free`;
	if (shm.freeBytes >= wantedShm)
		return [finding({...common, severity: 'ok', summary: `${free} for QEMU's guests`, detail: [why]})];
	return [
		finding({
			...common,
			severity: shm.totalBytes < neededShm ? 'blocker' : 'warning',
			summary: `${formatBytes(shm.freeBytes)} free on /dev/shm: too little for a QEMU guest of 2 GiB`,
			detail: [
				why,
				'A guest that outgrows it dies with "kvm run failed Bad address", which Kata reports as a vsock time-out.',
			],
			remedy: [
				'Choose Cloud Hypervisor or Dragonball, which do not use it.',
				'Or make it larger, and say the same in /etc/fstab for the next boot.',
			],
			command: 'sudo mount -o remount,size=75% /dev/shm',
		}),
	];
};
