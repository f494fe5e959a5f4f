import {describe, expect, it} from 'vitest';
import {fittingGuestMemory} from '../../../../src/catalogue/guest-memory.ts';
import type {Facts, ShmFacts} from '../../../../src/facts/facts.ts';
import {canInstall} from '../../../../src/facts/judge.ts';
import {sampleFacts} from '../../../support/facts.ts';
import {find, findings, has, virt} from '../find.ts';

const mebibyte = 1024 * 1024;

/** In MiB. */
const memory = (total: number, available: number, shm: Partial<ShmFacts> | null = {}): Partial<Facts> => ({
	memory: {
		totalBytes: total * mebibyte,
		availableBytes: available * mebibyte,
		shm: shm && {totalBytes: 9000 * mebibyte, freeBytes: 9000 * mebibyte, mounts: 1, shared: true, ...shm},
	},
});
const shm = (free: number, more: Partial<ShmFacts> = {}): Partial<Facts> =>
	memory(16_000, 12_000, {totalBytes: free * mebibyte, freeBytes: free * mebibyte, ...more});

describe('the memory', () => {
	it.each([
		[8000, 6000, 'ok', 'available'],
		[2000, 1500, 'warning', 'guests get 1024 MiB'],
		[1000, 700, 'warning', "guests get 512 MiB, QEMU's 256"],
		[500, 300, 'warning', 'too little for any guest'],
	])('of %d MiB, %d of them available: %s', (total, available, severity, summary) => {
		const found = find('memory', memory(total, available));
		expect(found.severity).toBe(severity);
		expect(found.summary).toContain(summary);
		expect(found.affects).toBe('all');
		expect(found.sources).toEqual(['/proc/meminfo']);
	});

	it('is told from one that is only taken at the moment', () => {
		expect(find('memory', memory(64_000, 900)).all).toContain('End what takes the memory');
		expect(find('memory', memory(1000, 900)).all).toContain('Give this host more memory');
	});

	it('is not blamed for what /dev/shm keeps small', () => {
		expect(find('memory', shm(300)).severity).toBe('ok');
		expect(find('shm', memory(1000, 700)).severity).toBe('ok');
	});

	it('that could not be read is unknown, and says nothing of /dev/shm', () => {
		const unread = {unread: [{probe: 'memory', why: 'EACCES'}], memory: {totalBytes: 0, availableBytes: 0, shm: null}};
		expect(find('memory', unread).severity).toBe('unknown');
		expect(has('shm', unread)).toBe(false);
	});
});

describe('/dev/shm', () => {
	it.each([
		[4000, 'ok', 'free for'],
		[1900, 'warning', 'get 1024 MiB instead of 2048'],
		[600, 'warning', 'get 512 MiB'],
		[300, 'warning', 'get 256 MiB'],
		[281, 'blocker', 'smallest guest'],
		[64, 'blocker', 'smallest guest'],
	])('of %d MiB: %s, for QEMU alone', (free, severity, summary) => {
		const found = find('shm', shm(free));
		expect(found.severity).toBe(severity);
		expect(found.summary).toContain(summary);
		expect(found.affects).toEqual([
			{runtime: 'rust', hypervisor: 'qemu'},
			{runtime: 'go', hypervisor: 'qemu'},
		]);
	});

	it('blocks exactly where no guest of QEMU fits, and promises what the plan writes', () => {
		for (let free = 0; free < 3000; free += 7) {
			const facts = sampleFacts(shm(free));
			const {severity, summary} = find('shm', shm(free));
			const guest = fittingGuestMemory(facts, 'qemu');
			expect(severity === 'blocker', `${free} MiB`).toBe(!guest.fits);
			if (severity === 'warning') expect(summary, `${free} MiB`).toContain(` ${guest.mib} MiB`);
			if (severity === 'ok') expect(guest.mib, `${free} MiB`).toBe(2048);
		}
	});

	it('of which QEMU alone has too little blocks nothing else', () => {
		expect(canInstall(findings(shm(64)))).toBe(true);
	});

	it('that is not there blocks QEMU', () => {
		expect(find('shm', memory(16_000, 12_000, null))).toMatchObject({
			severity: 'blocker',
			command: expect.stringContaining('mount -t tmpfs'),
		});
	});

	it('is made larger from outside where this is a container', () => {
		for (const changes of [shm(64), memory(16_000, 12_000, null)]) {
			const found = find('shm', {...changes, virt: virt({container: 'docker'})});
			expect(found.command).toBeNull();
			expect(found.all).toContain('--shm-size');
		}
		expect(find('shm', shm(64)).command).toContain('remount');
	});

	it('that is full has to be emptied', () => {
		const full = {totalBytes: 8000 * mebibyte, freeBytes: 100 * mebibyte};
		expect(find('shm', shm(0, full)).all).toContain('Remove what fills it');
		expect(find('shm', shm(64)).all).not.toContain('Remove what fills it');
		expect(find('shm', {...shm(0, full), virt: virt({container: 'lxc'})}).all).toContain('Remove what fills it');
	});

	it('with several mounts over each other is told so; the last one goes where it is too small', () => {
		const ample = find('shm', shm(4000, {mounts: 2}));
		expect(ample).toMatchObject({severity: 'note', summary: expect.stringContaining('2 file systems')});
		expect(ample.all).toContain('shared mount');
		expect(find('shm', shm(4000, {mounts: 2, shared: false})).all).not.toContain('shared mount');
		expect(find('shm', shm(64, {mounts: 2})).command).toBe('sudo umount /dev/shm');
		expect(find('shm', shm(4000, {mounts: 1})).all).not.toContain('one over the other');
	});

	it('on which nothing is mounted gets a mount, not another size', () => {
		expect(find('shm', shm(64, {mounts: 0})).command).toContain('mount -t tmpfs');
		expect(find('shm', shm(4000, {mounts: 0})).all).toContain('Nothing is mounted there');
	});
});
