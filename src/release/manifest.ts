/**
 * A manifest: what an unpacked tree must hold, member by member, as it was when its archives' bytes passed. It lies beside
 * the tree, one JSON array a line after a first line that names the archives, so that it is read in one pass and a torn or
 * foreign one is told at once. Pure but for `readManifest`.
 */
import {createHash} from 'node:crypto';
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';

/** A member of a tree; `path` is relative to the tree, `mode` permission bits, `size` bytes, `sha256` 64 hex digits. */
export type ManifestMember =
	| {type: 'directory'; path: string; archive: string; mode: number}
	| {type: 'file'; path: string; archive: string; mode: number; size: number; sha256: string}
	/** `target` as written in the link. */
	| {type: 'link'; path: string; archive: string; target: string};

type Line =
	| ['d', string, archive: number, mode: number]
	| ['f', string, archive: number, mode: number, size: number, sha256: string]
	| ['l', string, archive: number, target: string];

interface Head {
	manifest: 1;
	/** Names of the archives, to which the members' numbers point. */
	archives: string[];
	/** How many members follow: a file that was cut off at a line's end is told by it. */
	members: number;
	/** SHA-256 (hex) of all that follows: one changed byte is told; absent of what was written before there was that. */
	sha256?: string;
}

const suffix = '.manifest';

/** Where the manifest of a tree lies. */
export const manifestOf = (tree: string): string => `${tree}${suffix}`;

/** The tree whose manifest lies at a path; null: that is no manifest's path. */
export const treeOfManifest = (path: string): string | null =>
	path.endsWith(suffix) ? path.slice(0, -suffix.length) : null;

/** The text of a manifest, members in the order of their paths. */
export function manifestText(members: readonly ManifestMember[]): string {
	const archives = [...new Set(members.map(({archive}) => archive))].sort();
	const lines = members
		.toSorted((a, b) => (a.path < b.path ? -1 : 1))
		.map(member => JSON.stringify(lineOf(member, archives.indexOf(member.archive))));
	const head: Head = {manifest: 1, archives, members: members.length, sha256: digestOf(lines)};
	return `${[JSON.stringify(head), ...lines].join('\n')}\n`;
}

const digestOf = (lines: readonly string[]): string => createHash('sha256').update(lines.join('\n')).digest('hex');

function lineOf(member: ManifestMember, archive: number): Line {
	if (member.type === 'directory') return ['d', member.path, archive, member.mode];
	if (member.type === 'link') return ['l', member.path, archive, member.target];
	return ['f', member.path, archive, member.mode, member.size, member.sha256];
}

/**
 * The members that a manifest's text names.
 * @param path where it was read, for the error
 * @throws KataSetupError (`incomplete`) if it is damaged, or of a newer kata-setup
 */
export function parseManifest(text: string, path: string): ManifestMember[] {
	try {
		const [head, ...lines] = text.trimEnd().split('\n');
		const {manifest, archives, members, sha256} = JSON.parse(head ?? '') as Head;
		if ((manifest as number) !== 1) throw new Error(`its first line names the format ${manifest}, not 1`);
		if (lines.length !== members) throw new Error(`it has ${lines.length} members, not ${members}`);
		if (sha256 !== undefined && sha256 !== digestOf(lines))
			throw new Error('its lines do not have the digest that its first line names');
		return lines.map(line => memberOf(JSON.parse(line) as Line, archives));
	} catch (error) {
		throw new KataSetupError('incomplete', `${path} cannot be read as a manifest.`, {
			why: 'It was changed or damaged, or a newer kata-setup wrote it.',
			remedy: 'Make it anew, and mend what is broken in the release: kata-setup repair.',
			evidence: error instanceof Error ? error.message : String(error),
		});
	}
}

function memberOf(line: Line, archives: readonly string[]): ManifestMember {
	const common = {path: line[1], archive: archives[line[2]] ?? ''};
	switch (line[0]) {
		case 'd':
			return {type: 'directory', ...common, mode: line[3]};
		case 'f':
			return {type: 'file', ...common, mode: line[3], size: line[4], sha256: line[5]};
		case 'l':
			return {type: 'link', ...common, target: line[3]};
		default:
			throw new Error(`a line begins with ${String(line[0])}`);
	}
}

/**
 * The manifest of a tree; null where there is none, as of trees from before 0.2: their contents cannot be judged.
 * @throws as `parseManifest`; EACCES and the like where it may not be read
 */
export async function readManifest(host: Host, tree: string): Promise<ManifestMember[] | null> {
	const path = manifestOf(tree);
	const text = await host.files.readText(path);
	return text === null ? null : parseManifest(text, path);
}

/**
 * The same, and null for a damaged one, too.
 * @throws KataSetupError (`incomplete`) for one of a newer kata-setup
 */
export async function readWholeManifest(host: Host, tree: string): Promise<ManifestMember[] | null> {
	try {
		return await readManifest(host, tree);
	} catch (error) {
		if (!(error instanceof KataSetupError)) throw error;
		if (isNewerManifest((await host.files.readText(manifestOf(tree))) ?? '')) throw error;
		return null;
	}
}

/** Whether a manifest's text is of a format that a newer kata-setup writes, and so is not damaged. */
export function isNewerManifest(text: string): boolean {
	try {
		const {manifest} = JSON.parse(text.slice(0, text.indexOf('\n'))) as {manifest: unknown};
		return typeof manifest === 'number' && manifest > 1;
	} catch {
		return false;
	}
}
