/** Memory, and the file system at /dev/shm. */
import type {Host} from '../host/host.ts';
import type {MemoryFacts} from './facts.ts';
import {parseMountInfo} from './mount-info.ts';
import type {Probe} from './probe.ts';
import {fieldsOf, readLine} from './read-text.ts';
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
		return {totalBytes: size.total, availableBytes: size.available, shm: await readShm(host)};
	},
};

/** Null if nothing is mounted there: a folder of /dev is no place for a guest's memory. */
async function readShm(host: Host): Promise<MemoryFacts['shm']> {
	const mounts = parseMountInfo((await readLine(host, '/proc/self/mountinfo')) ?? '');
	if (!mounts.some(({at}) => at === '/dev/shm')) return null;
	const {totalBytes, freeBytes} = await host.files.space('/dev/shm');
	return {totalBytes, freeBytes};
}
