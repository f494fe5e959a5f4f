/**
 * Takes an unpacked tree away, member by member where people put something into it or edited its configurations: through
 * /opt/kata both are a short way. Programs, kernels and images go even where their bytes are others: that is damage.
 */
import {join} from 'node:path';
import {removeFolders} from '../host/folders.ts';
import type {Host} from '../host/host.ts';
import {digestOfFile} from './digest.ts';
import {type ManifestMember, manifestOf, readWholeManifest} from './manifest.ts';
import {contentOf} from './tree-content.ts';

/** Where a release has its configurations, relative to its tree. */
const configurations = 'share/defaults/';

/**
 * Removes a tree, but not its manifest, which is to go after it; absent is fine. Without a whole manifest nobody can say what
 * is whose, and all of it goes. But where there is none and nothing of the release either, this was done before: what is left
 * is what was left to people then.
 * @param expect members that every tree of this release has, relative to it
 * @throws KataSetupError (`incomplete`) where a newer kata-setup wrote its manifest
 * @returns a line for each file or folder of people's that stays
 */
export async function removeTreeOfOurs(host: Host, tree: string, expect: readonly string[] = []): Promise<string[]> {
	const members = await readWholeManifest(host, tree);
	if (members === null) {
		if (await wasRemoved(host, tree, expect)) return removeFolders(host, [tree]);
		await host.files.removeTree(tree);
		return [];
	}
	const {named, added, working} = await contentOf(host, tree, members);
	const edited = await editedIn(host, tree, members);
	if (added.length + edited.length === 0) {
		await host.files.removeTree(tree);
		return [];
	}
	// The innermost first; a folder that holds something of people's is not empty.
	for (const path of [...working, ...named.toReversed(), ''].map(relative => join(tree, relative))) {
		if ((await host.files.stat(path))?.type === 'directory') await host.files.removeDirectory(path);
		else if (!edited.includes(path)) await host.files.remove(path);
	}
	return [
		...added.map(path => `${tree}/${path} stays: it is not of the release.`),
		...edited.map(path => `${path} stays: it was changed since kata-setup wrote it.`),
	];
}

/** Whether the manifest is gone, and with it what every release has. */
async function wasRemoved(host: Host, tree: string, expect: readonly string[]): Promise<boolean> {
	for (const path of [manifestOf(tree), ...['VERSION', ...expect].map(member => join(tree, member))])
		if ((await host.files.stat(path)) !== null) return false;
	return true;
}

/** Paths of the configurations of a tree that were edited. */
async function editedIn(host: Host, tree: string, members: readonly ManifestMember[]): Promise<string[]> {
	const edited: string[] = [];
	for (const member of members) {
		if (member.type !== 'file' || !member.path.startsWith(configurations)) continue;
		const path = `${tree}/${member.path}`;
		const stat = await host.files.stat(path);
		if (stat?.type === 'file' && stat.size > 0 && (await digestOfFile(host, path)) !== member.sha256) edited.push(path);
	}
	return edited;
}
