/** What setting up a block snapshotter needs of the host: mkfs.ext4 and loop devices, and for a thin pool device-mapper's. */
import {unitProperties} from '../../engines/containerd-daemon.ts';
import type {Host} from '../../host/host.ts';
import {poolData, poolUnit, scratchFile} from '../../layout.ts';
import type {BlockToolFacts, ThinPoolFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';
import {exists} from '../read-text.ts';
import {moduleState} from './modules.ts';

/** An ordinary user's PATH may lack the sbin folders, and a root's may too under sudo. */
const folders = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/sbin'];

async function programPath(host: Host, name: string): Promise<string | null> {
	const paths = folders.map(folder => `${folder}/${name}`);
	const there = await Promise.all(paths.map(path => exists(host, path)));
	return paths.find((_path, index) => there[index]) ?? null;
}

export const blockToolsProbe: Probe<BlockToolFacts> = {
	name: 'block-tools',
	unknown: {mkfsExt4: null, loop: false},
	async read(host) {
		const scratch = await quietly(host.files.stat(scratchFile));
		return {
			mkfsExt4: await programPath(host, 'mkfs.ext4'),
			// A static node: opening it, as containerd does, makes the kernel load the module.
			loop: await exists(host, '/dev/loop-control'),
			...(scratch?.type === 'file' ? {scratchBytes: scratch.size} : {}),
			thinPool: await readThinPool(host),
		};
	},
};

async function readThinPool(host: Host): Promise<ThinPoolFacts> {
	const [dmsetup, losetup, blkdiscard, module, data] = await Promise.all([
		programPath(host, 'dmsetup'),
		programPath(host, 'losetup'),
		programPath(host, 'blkdiscard'),
		moduleState(host, 'dm_thin_pool'),
		quietly(host.files.stat(poolData)),
	]);
	const found = {dmsetup, losetup, blkdiscard, module};
	if (data?.type !== 'file') return found;
	const unit = (await unitProperties(host, poolUnit, ['ActiveState']))?.ActiveState;
	return {...found, dataBytes: data.size, ...(unit ? {unit} : {})};
}
