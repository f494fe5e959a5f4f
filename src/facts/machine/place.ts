/** Where a path really lies, found without touching a file system that may not answer. */
import {dirname, join} from 'node:path';
import type {Host} from '../../host/host.ts';
import {quietly} from '../processes.ts';
import {type Mount, mountOf} from './mount-info.ts';

/** On these a server or a daemon has to answer, and a dead one holds whoever asks for ever. */
const remoteTypes =
	/^(nfs4?|cifs|smb3|smbfs|ceph|9p|afs|glusterfs|lustre|gpfs|beegfs|ocfs2|gfs2|autofs|fuse(blk|\..*)?)$/;

/** Whether the file system answers only as long as somebody else does. */
export const mayHang = ({fileSystem}: Mount): boolean => remoteTypes.test(fileSystem);

export interface Place {
	/** The nearest folder at or above the path that is there, links followed; for `mayHang` the path as far as it is known. */
	on: string;
	/** Null if the table of mounts has none. */
	mount: Mount | null;
	/** Whether nothing below the mount was looked at, because it might not answer. */
	unseen: boolean;
}

/** Linux's own limit on links followed in one path. */
const linkLimit = 40;

/**
 * Follows a path from the root, link by link, and asks the table of mounts before each step: a file system that may
 * hang is named, and never touched.
 * @param path absolute
 */
export async function placeOf(host: Host, path: string, mounts: readonly Mount[]): Promise<Place> {
	let here = '/';
	let rest = partsOf(path);
	let links = 0;
	while (rest.length > 0) {
		const [name = '', ...after] = rest;
		const next = name === '..' ? dirname(here) : join(here, name);
		const mount = mountOf(mounts, next);
		if (mount && mayHang(mount)) return {on: join(next, ...after), mount, unseen: true};
		const stat = await quietly(host.files.stat(next));
		if (!stat) break;
		const target = stat.type === 'link' ? await quietly(host.files.readLink(next)) : null;
		if (target !== null && links < linkLimit) {
			links += 1;
			if (target.startsWith('/')) here = '/';
			rest = [...partsOf(target), ...after];
			continue;
		}
		here = next;
		rest = after;
	}
	return {on: here, mount: mountOf(mounts, here), unseen: false};
}

const partsOf = (path: string): string[] => path.split('/').filter(name => name !== '' && name !== '.');
