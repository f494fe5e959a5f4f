import {describe, expect, it} from 'vitest';
import {doubtOf, fittingGuestMemory} from '../../src/catalogue/guest-memory.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {sampleFacts} from '../support/facts.ts';

const mebibyte = 1024 * 1024;

/** All in MiB; null: there is no /dev/shm. */
const host = (available: number, shm: number | null, total = 2 * available, shmTotal = shm ?? 0): Facts =>
	sampleFacts({
		memory: {
			totalBytes: total * mebibyte,
			availableBytes: available * mebibyte,
			shm: shm === null ? null : {totalBytes: shmTotal * mebibyte, freeBytes: shm * mebibyte},
		},
	});

const fitting = (facts: Facts, hypervisor: 'qemu' | 'dragonball' = 'qemu') => {
	const {mib, fits, bound} = fittingGuestMemory(facts, hypervisor);
	return [mib, fits, bound];
};

describe('the memory that fits a guest', () => {
	it.each([
		// Just enough for the default, and one MiB less: QEMU takes 320 MiB beside its guest.
		[2368, 9000, [2048, true, null]],
		[2367, 9000, [1024, true, 'memory']],
		[1344, 9000, [1024, true, 'memory']],
		[1343, 9000, [512, true, 'memory']],
		[576, 9000, [256, true, 'memory']],
		[575, 9000, [256, false, 'memory']],
		[100, 9000, [256, false, 'memory']],
		// A tenth above the guest's memory has to be free on /dev/shm.
		[9000, 2253, [2048, true, null]],
		[9000, 2252, [1024, true, 'shm']],
		[9000, 282, [256, true, 'shm']],
		[9000, 281, [256, false, 'shm']],
		[9000, 64, [256, false, 'shm']],
		[9000, null, [256, false, 'shm']],
		// The tighter of the two is named.
		[1343, 2252, [512, true, 'memory']],
		[2000, 600, [512, true, 'shm']],
	])('under QEMU, with %d MiB available and %d on /dev/shm', (available, shm, expected) => {
		expect(fitting(host(available, shm))).toEqual(expected);
	});

	it('does not depend on /dev/shm under another hypervisor, which also takes less beside it', () => {
		expect(fitting(host(2178, null), 'dragonball')).toEqual([2048, true, null]);
		expect(fitting(host(2177, 9000), 'dragonball')).toEqual([1024, true, 'memory']);
	});

	it('is not below 512 MiB on POWER, where a guest unpacks its root file system into it', () => {
		expect(fitting({...host(9000, 600), machine: 'ppc64le'})).toEqual([512, true, 'shm']);
		expect(fitting({...host(9000, 500), machine: 'ppc64le'})).toEqual([512, false, 'shm']);
	});

	it('is the default where the memory was not read', () => {
		const unread = sampleFacts({memory: {totalBytes: 0, availableBytes: 0, shm: null}});
		expect(fitting(unread)).toEqual([2048, true, null]);
		expect(doubtOf(unread, 'qemu', 4096)).toBeNull();
	});

	it('names its bound by what does not change from minute to minute', () => {
		expect(fittingGuestMemory(host(2000, 600, 4000, 1000), 'qemu').why).toContain('/dev/shm has 1.0 GB');
		expect(fittingGuestMemory(host(700, 9000, 1000), 'qemu').why).toContain('1.0 GB of memory');
		expect(fittingGuestMemory(host(700, 9000, 1000), 'qemu')).toEqual(
			fittingGuestMemory(host(690, 9000, 1000), 'qemu'),
		);
		expect(fittingGuestMemory(host(9000, 9000), 'qemu').why).toBeNull();
	});
});

describe('a size that was asked for', () => {
	const kind = (facts: Facts, mib: number, hypervisor: 'qemu' | 'dragonball' = 'qemu') =>
		doubtOf(facts, hypervisor, mib)?.kind ?? 'fine';

	it.each([
		[2048, 'fine'],
		[256, 'fine'],
		// The go runtime would take 2048 in silence.
		[255, 'refused'],
		// More than the host has is refused by QEMU itself.
		[18_001, 'refused'],
		[8681, 'doubtful'],
		[8680, 'fine'],
	])('of %d MiB on a host of 18000 is %s', (mib, expected) => {
		expect(kind(host(9000, 20_000, 18_000), mib)).toBe(expected);
	});

	it('is refused for QEMU where all of /dev/shm could not hold it, unless that is accepted', () => {
		const facts = host(9000, 600, 18_000, 1000);
		expect(kind(facts, 910)).toBe('refused');
		expect(doubtOf(facts, 'qemu', 910)).toMatchObject({ignore: 'shm', why: expect.stringContaining('1.0 GB')});
		expect(kind(facts, 909)).toBe('doubtful');
		expect(kind(facts, 545)).toBe('fine');
		expect(kind(facts, 910, 'dragonball')).toBe('fine');
	});

	it('is a multiple of 256 MiB on POWER', () => {
		const power = {...host(9000, 9000), machine: 'ppc64le'};
		expect(kind(power, 768)).toBe('fine');
		expect(kind(power, 800)).toBe('refused');
		expect(kind(host(9000, 9000), 800)).toBe('fine');
	});
});
