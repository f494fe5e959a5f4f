/** What setting up a blockfile snapshotter needs of the host: mkfs.ext4, and loop devices to fill its files through. */
import {scratchFile} from '../../layout.ts';
import type {BlockToolFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';
import {exists} from '../read-text.ts';

/** An ordinary user's PATH may lack the sbin folders, and a root's may too under sudo. */
const folders = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/sbin'];

export const blockToolsProbe: Probe<BlockToolFacts> = {
	name: 'block-tools',
	unknown: {mkfsExt4: null, loop: false},
	async read(host) {
		const paths = folders.map(folder => `${folder}/mkfs.ext4`);
		const there = await Promise.all(paths.map(path => exists(host, path)));
		const scratch = await quietly(host.files.stat(scratchFile));
		return {
			mkfsExt4: paths.find((_path, index) => there[index]) ?? null,
			// A static node: opening it, as containerd does, makes the kernel load the module.
			loop: await exists(host, '/dev/loop-control'),
			...(scratch?.type === 'file' ? {scratchBytes: scratch.size} : {}),
		};
	},
};
