/** How much memory a guest can have on a host. Pure. */
import type {Facts} from '../facts/facts.ts';
import {formatBytes} from '../format.ts';
import {type Hypervisor, type Pair, variantOf} from './catalogue.ts';

const mebibyte = 1024 * 1024;

/** In MiB: what both runtimes ship for every plain pair (`default_memory = 2048` in Kata 4.1.0's configurations). */
export const defaultGuestMemory = 2048;

/** What a guest is asked of: a pair, or a hypervisor with what is shipped for its plain pairs. */
type GuestOf = Hypervisor | Pair;

/** In MiB: what Kata ships for a pair. The variants for NVIDIA's GPUs have more than the others. */
export const shippedGuestMemory = (of: GuestOf): number =>
	(typeof of === 'string' ? null : variantOf(of)?.guestMemoryMiB) ?? defaultGuestMemory;

const hypervisorOf = (of: GuestOf): Hypervisor => (typeof of === 'string' ? of : of.hypervisor);

/**
 * In MiB. The go runtime takes 2048 instead of anything below 256, and says nothing (`MinHypervisorMemory` in
 * virtcontainers/hypervisor.go and `defaultMemSz` in katautils/config.go); the rust one has floors below it, 64 and 128.
 */
export const smallestGuestMemory = 256;

/** In MiB, the largest first. */
const steps = [defaultGuestMemory, 1024, 512, smallestGuestMemory] as const;

/** A POWER guest's memory is made of blocks of 256 MiB, and it unpacks its whole root file system (an initrd) into it. */
const smallestFor = (machine: string): number => (machine === 'ppc64le' ? 512 : smallestGuestMemory);
const powerBlock = 256;

/** In MiB: what a sandbox takes beside its guest's memory. Source: the RuntimeClasses of Kata 4.1.0's Helm chart. */
const overheads: Record<Hypervisor, number> = {
	qemu: 320,
	'cloud-hypervisor': 130,
	dragonball: 130,
	firecracker: 130,
	stratovirt: 130,
};

/** QEMU's file on /dev/shm wants a tenth above the guest's memory. */
const shmShare = 1.1;

/** What keeps a guest small: the host's memory, or the file system that QEMU keeps it on. */
export type GuestMemoryBound = 'memory' | 'shm';

export interface GuestMemory {
	/** What a guest gets, in MiB. */
	mib: number;
	/** Whether there is room for it now; if not, it is the smallest that a guest boots with. */
	fits: boolean;
	/** What keeps it below what is shipped; null if nothing does. */
	bound: GuestMemoryBound | null;
	/** The bound, half a sentence that stays the same while the host does: it stands in plans. Null without a bound. */
	why: string | null;
}

interface Limit {
	bound: GuestMemoryBound;
	/** The largest guest, in whole MiB; below zero where there is not even room for what stands around it. */
	mib: number;
	why: string;
}

/** What is shipped, or the largest of 2048, 1024, 512 and 256 MiB that fits now. Memory that could not be read bounds nothing. */
export function fittingGuestMemory(facts: Facts, of: GuestOf): GuestMemory {
	const limit = tightest(facts, hypervisorOf(of));
	const shipped = shippedGuestMemory(of);
	if (!limit || limit.mib >= shipped) return {mib: shipped, fits: true, bound: null, why: null};
	const {bound, why} = limit;
	const smallest = smallestFor(facts.machine);
	const mib = steps.find(step => step <= limit.mib && step >= smallest);
	return {mib: mib ?? smallest, fits: mib !== undefined, bound, why};
}

/** What a person's own size meets here. */
export interface GuestMemoryDoubt {
	/** `refused`: it cannot work, or not as it was meant; `doubtful`: it may, while nothing else wants the memory. */
	kind: 'refused' | 'doubtful';
	/** A sentence with the numbers. */
	why: string;
	/** The finding that has to be accepted by `--ignore` to try it all the same; null where nothing helps. */
	ignore: 'shm' | null;
}

/**
 * Whether a size that was asked for can be had; null if nothing speaks against it.
 * @param mib the guest's memory, a whole number
 */
export function doubtOf(facts: Facts, of: GuestOf, mib: number): GuestMemoryDoubt | null {
	const hypervisor = hypervisorOf(of);
	const refused = (why: string, ignore: 'shm' | null = null): GuestMemoryDoubt => ({kind: 'refused', why, ignore});
	const {totalBytes, shm} = facts.memory;
	if (mib < smallestGuestMemory)
		return refused(`Below ${smallestGuestMemory} MiB no guest is dependable, and the go runtime silently takes 2048.`);
	if (facts.machine === 'ppc64le' && mib % powerBlock !== 0)
		return refused("A POWER guest's memory is a multiple of 256 MiB.");
	if (totalBytes === 0) return null;
	// QEMU: "maximum memory size must be at least the initial memory size"; the maximum is the host's.
	if (mib * mebibyte > totalBytes) return refused(`This host has ${formatBytes(totalBytes)} of memory in all.`);
	if (hypervisor === 'qemu' && mib * shmShare * mebibyte > (shm?.totalBytes ?? 0))
		return refused(
			shm
				? `/dev/shm, which holds the guest's memory, has ${formatBytes(shm.totalBytes)} in all.`
				: "There is no /dev/shm to hold the guest's memory.",
			'shm',
		);
	const limit = tightest(facts, hypervisor);
	return limit && limit.mib < mib ? {kind: 'doubtful', why: `${capital(limit.why)}.`, ignore: null} : null;
}

/** The limit that lets the least through; the host's memory where both are alike. */
const tightest = (facts: Facts, hypervisor: Hypervisor): Limit | undefined =>
	limitsOf(facts, hypervisor).sort((a, b) => a.mib - b.mib)[0];

function limitsOf({memory}: Facts, hypervisor: Hypervisor): Limit[] {
	// No memory at all: it was not read.
	if (memory.totalBytes === 0) return [];
	const limits: Limit[] = [
		{
			bound: 'memory',
			mib: Math.floor(memory.availableBytes / mebibyte) - overheads[hypervisor],
			why: `this host has ${formatBytes(memory.totalBytes)} of memory, and too little of it is available for more`,
		},
	];
	if (hypervisor === 'qemu')
		limits.push(
			memory.shm === null
				? {bound: 'shm', mib: 0, why: 'there is no /dev/shm'}
				: {
						bound: 'shm',
						mib: Math.floor(memory.shm.freeBytes / shmShare / mebibyte),
						why: `/dev/shm has ${formatBytes(memory.shm.totalBytes)}, and too little of it is free for more`,
					},
		);
	return limits;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
