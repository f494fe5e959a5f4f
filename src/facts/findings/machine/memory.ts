/** Memory for guests, and /dev/shm, where QEMU keeps it. */
import {defaultGuestMemory, fittingGuestMemory} from '../../../catalogue/guest-memory.ts';
import {formatBytes} from '../../../format.ts';
import type {Facts, ShmFacts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {qemuPairs} from '../pairs.ts';

const mebibyte = 1024 * 1024;
/** A guest of the default size, what stands around it, and a host around that. */
const wantedMemory = 3 * 1024 * mebibyte;

/** Whether the host is small, or only busy: another hypervisor's guest is bound by nothing but the host's memory. */
export const judgeMemory: Judgement = facts => {
	const {totalBytes, availableBytes} = facts.memory;
	const common = {id: 'memory', label: 'Memory', sources: ['/proc/meminfo']};
	const why = unreadWhy(facts, 'memory');
	if (why) return [unreadFinding('memory', 'Memory', 'The memory', why)];
	const read = `${formatBytes(totalBytes)}, ${formatBytes(availableBytes)} available`;
	const least = fittingGuestMemory(facts, 'cloud-hypervisor');
	const qemu = fittingGuestMemory({...facts, memory: {...facts.memory, shm: endless}}, 'qemu');
	if (qemu.bound === null) return [finding({...common, severity: 'ok', summary: read})];
	const busy = totalBytes >= wantedMemory;
	const sizes = least.mib === qemu.mib ? `${least.mib} MiB` : `${least.mib} MiB, QEMU's ${qemu.mib}`;
	return [
		finding({
			...common,
			severity: 'warning',
			summary: least.fits ? `${read}: guests get ${sizes}` : `${read}: too little for any guest`,
			detail: [
				`Both runtimes give a guest ${defaultGuestMemory} MiB by default, which is more than there is: the kernel kills a guest that outgrows the memory, or a program of this host in its place.`,
				least.fits
					? 'kata-setup writes a smaller default_memory into its drop-in.'
					: `kata-setup writes the smallest that a guest boots with, ${least.mib} MiB, and the smoke test shows whether one comes up.`,
			],
			remedy: [
				busy
					? 'End what takes the memory and run kata-setup again: it then finds room for more.'
					: 'Give this host more memory, and its guests can have more.',
				'Or choose another size: --guest-memory MIB.',
			],
		}),
	];
};

/** For asking what the memory alone lets through. */
const endless: ShmFacts = {totalBytes: Number.MAX_SAFE_INTEGER, freeBytes: Number.MAX_SAFE_INTEGER};

/** Concerns QEMU alone: the other hypervisors share memory without a file there. */
export const judgeShm: Judgement = facts => {
	const {shm} = facts.memory;
	if (unreadWhy(facts, 'memory')) return [];
	if (!shm) return [missing(facts)];
	const stacked = (shm.mounts ?? 1) > 1;
	const guest = fittingGuestMemory({...facts, memory: {...facts.memory, ...plenty}}, 'qemu');
	const common = {
		id: 'shm',
		label: '/dev/shm',
		affects: qemuPairs,
		sources: ['statfs of /dev/shm', '/proc/self/mountinfo'],
		detail: [why, ...stackDetail(shm)],
	};
	const free = `${formatBytes(shm.freeBytes)} free`;
	if (guest.bound === null)
		return [
			finding({
				...common,
				severity: stacked ? 'note' : 'ok',
				summary: stacked
					? `${free} for QEMU's guests; ${shm.mounts} file systems are mounted over each other`
					: `${free} for QEMU's guests`,
			}),
		];
	return [
		finding({
			...common,
			severity: guest.fits ? 'warning' : 'blocker',
			summary: guest.fits
				? `${free}: QEMU's guests get ${guest.mib} MiB instead of ${defaultGuestMemory}`
				: `${free}: too little for the smallest guest of QEMU`,
			detail: [
				...common.detail,
				'A guest that outgrows it dies with "kvm run failed Bad address", which Kata reports as a vsock time-out.',
				'All running guests of QEMU share it.',
			],
			...remedyFor(facts, shm),
		}),
	];
};

const why = "QEMU keeps its guests' memory in files on /dev/shm, so that virtiofsd can share it.";
const others = 'Or choose Cloud Hypervisor or Dragonball, which do not use it.';

/** For asking what /dev/shm alone lets through. */
const plenty = {totalBytes: Number.MAX_SAFE_INTEGER, availableBytes: Number.MAX_SAFE_INTEGER};

const missing = ({virt}: Facts): Finding =>
	finding({
		id: 'shm',
		label: '/dev/shm',
		affects: qemuPairs,
		sources: ['/dev/shm', '/proc/self/mountinfo'],
		severity: 'blocker',
		summary: 'there is no /dev/shm, which QEMU needs',
		detail: [why],
		remedy: [virt.container ? fromOutside : 'Make it.', others],
		command: virt.container
			? null
			: 'sudo mkdir -p -m 1777 /dev/shm && sudo mount -t tmpfs -o size=75%,nosuid,nodev tmpfs /dev/shm',
	});

const fromOutside =
	'Give this container a larger one from outside: --shm-size=4g with Docker or Podman, a medium: Memory volume at /dev/shm in Kubernetes.';

/** What is mounted there unusually, in words. */
function stackDetail({mounts = 1, shared = false}: ShmFacts): string[] {
	if (mounts === 0) return ['Nothing is mounted there: it lies on the file system of /dev.'];
	if (mounts < 2) return [];
	return [
		`${mounts} file systems are mounted there, one over the other: only the last is seen, and a program that was started before it may still use the one below.`,
		...(shared
			? ['The last is a shared mount: mounting there in one namespace covers it in all others that share it.']
			: []),
	];
}

/** The way to more room: the last mount goes, what fills it goes, or it grows. */
function remedyFor({virt}: Facts, shm: ShmFacts): Pick<Finding, 'remedy' | 'command'> {
	const full =
		shm.freeBytes < shm.totalBytes / 2
			? [`Remove what fills it; of ${formatBytes(shm.totalBytes)} most is used: ls -la /dev/shm`]
			: [];
	if (virt.container) return {remedy: [...full, fromOutside, others], command: null};
	if ((shm.mounts ?? 1) > 1)
		return {
			remedy: ['Take the last mount away, if what is below it is larger: findmnt /dev/shm shows them.', others],
			command: 'sudo umount /dev/shm',
		};
	if (shm.mounts === 0)
		return {
			remedy: ['Mount one there.', others],
			command: 'sudo mount -t tmpfs -o size=75%,nosuid,nodev tmpfs /dev/shm',
		};
	return {
		remedy: [...full, 'Make it larger, and say the same in /etc/fstab for the next boot.', others],
		command: 'sudo mount -o remount,size=75% /dev/shm',
	};
}
