/** Memory, the file system at /dev/shm, and huge pages. */
import type {Host} from '../../host/host.ts';
import type {MemoryFacts, ShmFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';
import {fieldsOf, readLine} from '../read-text.ts';
import {type Mount, parseMountInfo} from './mount-info.ts';
import {memorySize} from './system-info.ts';

export const memoryProbe: Probe<MemoryFacts> = {
	name: 'memory',
	unknown: {totalBytes: 0, availableBytes: 0, shm: null},
	async read(host) {
		const fields = fieldsOf((await readLine(host, '/proc/meminfo')) ?? '', ':');
		const bytes = (name: string): number => Number.parseInt(fields.get(name) ?? '', 10) * 1024;
		const direct = {total: bytes('MemTotal'), available: bytes('MemAvailable')};
		const size = Number.isNaN(direct.available) ? await memorySize(host) : direct;
		if (!size) throw new Error('/proc/meminfo does not tell the memory.');
		const mounts = parseMountInfo((await readLine(host, '/proc/self/mountinfo')) ?? '');
		return {
			totalBytes: size.total,
			availableBytes: size.available,
			shm: await readShm(host, mounts),
			...(await readHugePages(host, fields, mounts)),
		};
	},
};

/** Linux: Documentation/admin-guide/mm/hugetlbpage.rst; surplus pages are those made beyond the pool. */
async function readHugePages(
	host: Host,
	meminfo: ReadonlyMap<string, string>,
	mounts: readonly Mount[],
): Promise<Pick<MemoryFacts, 'hugePages'>> {
	const count = (name: string): number => Number.parseInt(meminfo.get(name) ?? '', 10);
	const pageBytes = count('Hugepagesize') * 1024;
	const unused = count('HugePages_Free') - count('HugePages_Rsvd');
	if (Number.isNaN(pageBytes) || Number.isNaN(unused)) return {};
	const overcommit = Number.parseInt((await readLine(host, '/proc/sys/vm/nr_overcommit_hugepages')) ?? '', 10) || 0;
	const more = Math.max(0, overcommit - (count('HugePages_Surp') || 0));
	const at = mounts.filter(mount => mount.at === '/dev/hugepages').at(-1);
	return {hugePages: {pageBytes, freePages: unused + more, mounted: at?.fileSystem === 'hugetlbfs'}};
}

/** /dev/shm as QEMU will find it; on some systems it is a link to /run/shm. */
async function readShm(host: Host, all: readonly Mount[]): Promise<ShmFacts | null> {
	const at = await quietly(host.files.realPath('/dev/shm'));
	const stat = at === null ? null : await quietly(host.files.stat(at));
	if (at === null || stat?.type !== 'directory') return null;
	const mounts = all.filter(mount => mount.at === at);
	const {totalBytes, freeBytes} = await host.files.space(at);
	return {totalBytes, freeBytes, mounts: mounts.length, shared: mounts.at(-1)?.shared ?? false};
}
