/** A tree of ours against its manifest: what is missing or otherwise, member by member. */
import type {Host} from '../../host/host.ts';
import {digestOfFile} from '../../release/digest.ts';
import {type ManifestMember, manifestOf, readManifest} from '../../release/manifest.ts';
import type {DriftFacts} from '../drift-facts.ts';
import {accessDrift, type Difference} from './drift-readings.ts';

/**
 * Adds to `drift` what of a tree is otherwise. Files are hashed only where `drift` is deep.
 * @throws KataSetupError (`incomplete`) for a manifest that is damaged
 */
export async function treeDrift(host: Host, tree: string, drift: DriftFacts): Promise<void> {
	// A tree that is gone is one thing, said of its folder, and not thousands.
	if ((await host.files.stat(tree))?.type !== 'directory') return;
	const members = await readManifest(host, tree);
	if (members === null) {
		drift.unjudged.push({
			path: tree,
			why: `there is no ${manifestOf(tree)}, as of a release that was unpacked before 0.2`,
		});
		return;
	}
	for (const member of members) {
		const path = `${tree}/${member.path}`;
		const found = await differenceOf(host, path, member, drift.depth === 'deep');
		if (found) drift.items.push({path, ...found, tree});
	}
}

/** What of one member is otherwise; null: nothing. */
async function differenceOf(
	host: Host,
	path: string,
	member: ManifestMember,
	deep: boolean,
): Promise<Difference | null> {
	const stat = await host.files.stat(path);
	if (stat === null) return {kind: 'missing', expected: member.type, found: 'absent'};
	if (stat.type !== member.type) return {kind: 'type', expected: member.type, found: stat.type};
	if (member.type === 'link') {
		const target = (await host.files.readLink(path)) ?? '';
		if (target !== member.target) return {kind: 'target', expected: member.target, found: target};
		return accessDrift(host, stat, null);
	}
	if (member.type === 'file') {
		if (stat.size !== member.size)
			return {kind: 'content', expected: `${member.size} bytes`, found: `${stat.size} bytes`};
		const found = deep ? await digestOfFile(host, path) : member.sha256;
		if (found !== member.sha256) return {kind: 'content', expected: `file:${member.sha256}`, found: `file:${found}`};
	}
	return accessDrift(host, stat, member.mode);
}
