/** The manifest of a tree that was not unpacked by us: what it holds now, member by member. */
import type {Host} from '../host/host.ts';
import {digestOfFile} from './digest.ts';
import type {ManifestMember} from './manifest.ts';

/** In the place of an archive's name: there is none to fetch a member from again. */
export const noArchive = '';

/**
 * Folders, files with their SHA-256, and links, none followed; of anything else, such as a socket, there is no record.
 * @param tree its path; the members' paths are relative to it
 * @param onBytes called with every piece's size
 */
export async function measureTree(
	host: Host,
	tree: string,
	options: {signal?: AbortSignal; onBytes?: (bytes: number) => void} = {},
): Promise<ManifestMember[]> {
	const members: ManifestMember[] = [];
	const folders = [''];
	for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
		for (const name of (await host.files.list(`${tree}/${folder}`)) ?? []) {
			options.signal?.throwIfAborted();
			const path = `${folder}${name}`;
			const member = await measured(host, tree, path, options);
			if (member) members.push(member);
			if (member?.type === 'directory') folders.push(`${path}/`);
		}
	}
	return members;
}

async function measured(
	host: Host,
	tree: string,
	path: string,
	options: {signal?: AbortSignal; onBytes?: (bytes: number) => void},
): Promise<ManifestMember | null> {
	const full = `${tree}/${path}`;
	const stat = await host.files.stat(full);
	const common = {path, archive: noArchive};
	switch (stat?.type) {
		case 'directory':
			return {type: 'directory', ...common, mode: stat.mode};
		case 'file': {
			const sha256 = await digestOfFile(host, full, options);
			return {type: 'file', ...common, mode: stat.mode, size: stat.size, sha256};
		}
		case 'link':
			return {type: 'link', ...common, target: (await host.files.readLink(full)) ?? ''};
		default:
			return null;
	}
}
