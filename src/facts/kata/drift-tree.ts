/** A tree of ours against its manifest: what is missing or otherwise, member by member. */
import type {Host} from '../../host/host.ts';
import {digestOfFile} from '../../release/digest.ts';
import {type ManifestMember, manifestOf, readWholeManifest} from '../../release/manifest.ts';
import {contentOf} from '../../release/tree-content.ts';
import type {DriftFacts} from '../drift-facts.ts';
import type {TreeFacts} from '../kata-facts.ts';
import {accessDrift, type Difference} from './drift-readings.ts';

/**
 * Adds to `drift` what of a tree is otherwise, its manifest included. Files are hashed only where `drift` is deep.
 * @throws KataSetupError (`incomplete`) for a manifest of a newer kata-setup
 */
export async function treeDrift(host: Host, {path: tree, recorded}: TreeFacts, drift: DriftFacts): Promise<void> {
	const manifest = manifestOf(tree);
	const stat = await host.files.stat(manifest);
	// A tree that is gone is one thing, said of its folder, and not thousands; a whole manifest brings it back.
	if ((await host.files.stat(tree))?.type !== 'directory' && stat?.type !== 'file') return;
	if (stat === null && !recorded) {
		drift.unjudged.push({path: tree, why: `there is no ${manifest}, as of a release that was unpacked before 0.2`});
		return;
	}
	const its = (found: Difference): void => void drift.items.push({path: manifest, ...found, tree});
	if (stat === null) return its({kind: 'missing', expected: 'file', found: 'absent'});
	if (stat.type !== 'file') return its({kind: 'type', expected: 'file', found: stat.type});
	const members = await readWholeManifest(host, tree);
	if (members === null) return its({kind: 'content', expected: 'a record of the release', found: 'file:unreadable'});
	const access = accessDrift(host, stat, 0o644);
	if (access) its(access);
	if ((await host.files.stat(tree))?.type !== 'directory') return;
	const {added} = await contentOf(host, tree, members);
	if (added.length > 0) drift.added = [...(drift.added ?? []), ...added.map(path => `${tree}/${path}`)];
	for (const member of members) {
		const path = `${tree}/${member.path}`;
		const found = await memberDrift(host, path, member, drift.depth === 'deep');
		if (found) drift.items.push({path, ...found, tree});
	}
}

/** What of one member is otherwise; null: nothing. */
export async function memberDrift(
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
