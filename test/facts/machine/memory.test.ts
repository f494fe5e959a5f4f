import {describe, expect, it} from 'vitest';
import {memoryProbe} from '../../../src/facts/machine/memory.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const meminfo = 'MemTotal:        4028636 kB\nMemFree:          100000 kB\nMemAvailable:    3000000 kB\n';
const root = '22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n';

const read = async (files: ProbedHost['files'] = {}) =>
	memoryProbe.read(await probedHost({files: {'/proc/meminfo': meminfo, '/proc/self/mountinfo': root, ...files}}));

describe('the memory', () => {
	it('is told in bytes', async () => {
		expect(await read()).toMatchObject({totalBytes: 4_028_636 * 1024, availableBytes: 3_000_000 * 1024});
	});

	it('is not guessed: the probe fails where /proc/meminfo says nothing', async () => {
		await expect(read({'/proc/meminfo': 'MemFree: 1 kB\n'})).rejects.toThrow('/proc/meminfo');
	});
});

describe('huge pages', () => {
	const pages = (free: number, reserved: number, surplus = 0): string =>
		`${meminfo}HugePages_Total: 64\nHugePages_Free: ${free}\nHugePages_Rsvd: ${reserved}\nHugePages_Surp: ${surplus}\nHugepagesize: 2048 kB\n`;

	it('are those that nobody has or was promised, with those that the kernel may still make', async () => {
		const hugePages = {pageBytes: 2 * 1024 * 1024, freePages: 20, mounted: false};
		expect(await read({'/proc/meminfo': pages(30, 10)})).toMatchObject({hugePages});
		const more = {'/proc/meminfo': pages(30, 10, 3), '/proc/sys/vm/nr_overcommit_hugepages': '8\n'};
		expect((await read(more)).hugePages?.freePages).toBe(25);
		expect(await read()).not.toHaveProperty('hugePages');
	});

	it.each([
		['hugetlbfs hugetlbfs', true],
		['tmpfs tmpfs', false],
	])('are at /dev/hugepages where %s is mounted: %s', async (mounted, expected) => {
		const mounts = `${root}30 22 0:25 / /dev/hugepages rw - ${mounted} rw\n`;
		const {hugePages} = await read({'/proc/meminfo': pages(1, 0), '/proc/self/mountinfo': mounts});
		expect(hugePages?.mounted).toBe(expected);
	});
});

describe('/dev/shm', () => {
	it('is null where there is no such folder', async () => {
		expect((await read()).shm).toBeNull();
		expect((await read({'/dev/shm': 'a file'})).shm).toBeNull();
		expect((await read({'/dev/shm': 'link:/run/nowhere'})).shm).toBeNull();
	});

	it('is measured where it is, mounted or not', async () => {
		const {shm} = await read({'/dev/shm/': ''});
		expect(shm).toMatchObject({mounts: 0, shared: false});
		expect(shm?.totalBytes).toBeGreaterThan(0);
	});

	it.each([
		['30 22 0:25 / /dev/shm rw shared:4 - tmpfs tmpfs rw\n', 1, true],
		['30 22 0:25 / /dev/shm rw - tmpfs tmpfs rw\n', 1, false],
		['30 22 0:25 / /dev/shm rw master:4 - tmpfs tmpfs rw\n', 1, false],
		// The last one hides the others, and is what is seen.
		[
			'30 22 0:25 / /dev/shm rw shared:4 - tmpfs tmpfs rw\n41 30 0:31 / /dev/shm rw - tmpfs shm rw,size=65536k\n',
			2,
			false,
		],
		['30 22 0:25 / /dev/shm/x rw - tmpfs tmpfs rw\n', 0, false],
	])('has the mounts of %j', async (mounts, count, shared) => {
		expect((await read({'/proc/self/mountinfo': root + mounts, '/dev/shm/': ''})).shm).toMatchObject({
			mounts: count,
			shared,
		});
	});

	it('is followed to where it really is', async () => {
		const mounted = `${root}30 22 0:25 / /run/shm rw - tmpfs tmpfs rw\n`;
		const {shm} = await read({
			'/proc/self/mountinfo': mounted,
			'/dev/shm': 'link:/run/shm',
			'/run/shm/': '',
		});
		expect(shm).toMatchObject({mounts: 1});
	});
});
