/** What lies in a tree of ours, and what of that is no member of its release. */
import type {Host} from '../host/host.ts';
import {placeOf} from '../host/working-name.ts';
import type {ManifestMember} from './manifest.ts';

export interface TreeContent {
	/** Paths of members that are there, be they what they should be or not; a folder's come before what is in it. */
	named: string[];
	/** What people put there; a folder stands for all that is in it. */
	added: string[];
	/** What a killed worker was writing. */
	working: string[];
}

/** Looks through a tree, no link followed. Paths are relative to it, in order. */
export async function contentOf(host: Host, tree: string, members: readonly ManifestMember[]): Promise<TreeContent> {
	const types = new Map(members.map(({path, type}) => [path, type]));
	const content: TreeContent = {named: [], added: [], working: []};
	const look = async (folder: string): Promise<void> => {
		for (const name of (await host.files.list(`${tree}/${folder}`)) ?? []) {
			const path = `${folder}${name}`;
			const isFolder = (await host.files.stat(`${tree}/${path}`))?.type === 'directory';
			if (!types.has(path)) content[placeOf(path) === null ? 'added' : 'working'].push(path);
			else if (isFolder && types.get(path) !== 'directory') content.added.push(path);
			else {
				content.named.push(path);
				if (isFolder) await look(`${path}/`);
			}
		}
	};
	await look('');
	return content;
}
