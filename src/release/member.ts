/**
 * Which members of an archive may be unpacked, and as what. Pure: it knows names and nothing of the disk.
 *
 * Everything must lie below ./opt/kata, and no link may lead out of it. A member never goes through a link of the
 * archive's own, so the names of members and the folders on the disk are the same thing.
 */
import {posix} from 'node:path';
import {KataSetupError} from '../errors.ts';
import {kataPrefix} from '../layout.ts';

/** The fields of a tar header that matter here. */
export interface Header {
	name: string;
	type?: string | null | undefined;
	mode?: number | undefined;
	linkname?: string | null | undefined;
	pax?: Record<string, string> | undefined;
}

/** What a member becomes. Paths are relative to the tree; '' is the tree itself. */
export type Member =
	| {type: 'directory'; path: string; mode: number}
	| {type: 'file'; path: string; mode: number}
	/** `target` relative to the link's own folder. */
	| {type: 'link'; path: string; target: string}
	/** The same content as an earlier member. */
	| {type: 'same'; path: string; as: string};

/**
 * @param earlier what the paths unpacked so far became
 * @returns null for the folders above the tree, which are not unpacked
 * @throws KataSetupError (`release`) naming the member and why it is refused
 */
export function admitMember(
	header: Header,
	earlier: ReadonlyMap<string, {type: 'directory' | 'file' | 'link'}>,
): Member | null {
	const refuse = (why: string): KataSetupError => refusal(header.name, why);
	const path = pathInTree(header.name, refuse);
	const directory = header.type === 'directory';
	if (path === null) {
		if (directory) return null;
		throw refuse('It lies outside of opt/kata.');
	}
	if (path === '' && !directory) throw refuse('opt/kata itself must be a folder.');
	for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) {
		const {type = 'directory'} = earlier.get(folder) ?? {};
		if (type !== 'directory') throw refuse(`It goes through ${folder}, which is a ${type} in the archive.`);
	}
	if (Object.keys(header.pax ?? {}).some(key => key.startsWith('GNU.sparse')))
		throw refuse('It is stored as a sparse file, which kata-setup does not unpack.');
	switch (header.type) {
		case 'directory':
			return {type: 'directory', path, mode: folderMode(header.mode ?? 0o755)};
		case 'file':
		case 'contiguous-file':
			return {type: 'file', path, mode: fileMode(header.mode ?? 0o644)};
		case 'symlink':
			return {type: 'link', path, target: targetInTree(path, header.linkname ?? '', refuse)};
		case 'link': {
			const as = pathInTree(header.linkname ?? '', refuse);
			if (as === null) throw refuse(`It is a hard link to ${header.linkname}, outside of opt/kata.`);
			if (earlier.get(as)?.type !== 'file')
				throw refuse(`It is a hard link to ${header.linkname}, which is no file before it.`);
			return {type: 'same', path, as};
		}
		default:
			throw refuse(
				`It is a ${header.type ?? 'member of an unknown kind'}; an archive of Kata has files, folders and links.`,
			);
	}
}

export const refusal = (name: string, why: string): KataSetupError =>
	new KataSetupError('release', `The archive holds ${JSON.stringify(name)}, which is not unpacked.`, {
		why,
		remedy: 'Do not use this archive; take it from the project’s own release page.',
	});

/** A member's path below opt/kata; null if it is a folder above it or elsewhere. */
function pathInTree(name: string, refuse: (why: string) => KataSetupError): string | null {
	if (name.startsWith('/')) throw refuse('Its name is absolute.');
	const parts = name.split('/').filter(part => part !== '' && part !== '.');
	if (parts.includes('..')) throw refuse('Its name leads upwards by "..".');
	if (/[\0-\x1f\x7f]/.test(name)) throw refuse('Its name holds control characters.');
	if (parts.length === 0 || (parts.length === 1 && parts[0] === 'opt')) return null;
	if (parts[0] !== 'opt' || parts[1] !== 'kata') throw refuse('It lies outside of opt/kata.');
	return parts.slice(2).join('/');
}

/**
 * A link's target, relative to its folder. `/opt/kata/…` is made relative: it then stays in its own tree.
 *
 * ".." may stand at the beginning only. Behind a name it could go upwards from wherever a second link leads, and no
 * comparison of names can tell where that is.
 */
function targetInTree(path: string, target: string, refuse: (why: string) => KataSetupError): string {
	if (target === '') throw refuse('It is a link to nothing.');
	const parts = target.split('/').filter(part => part !== '' && part !== '.');
	const up = parts.findIndex(part => part !== '..');
	if (up !== -1 && parts.slice(up).includes('..')) throw refuse(`It is a link to ${target}, with ".." behind a name.`);
	if (target.startsWith('/')) {
		if (parts[0] !== 'opt' || parts[1] !== 'kata') throw refuse(`It is a link to ${target}, outside of ${kataPrefix}.`);
		return posix.relative(posix.dirname(path), parts.slice(2).join('/') || '.') || '.';
	}
	const steps = up === -1 ? parts.length : up;
	const depth = path.split('/').length - 1;
	if (steps > depth) throw refuse(`It is a link to ${target}, outside of opt/kata.`);
	return target;
}

/**
 * The archive's own bits without set-uid, set-gid and sticky, and writable for the owner alone.
 * Who may read a program may run it: Kata ships some with 0744, which only root can run (kata-deploy mends it likewise).
 */
function fileMode(mode: number): number {
	const own = mode & 0o755;
	return own & 0o100 ? own | ((own & 0o044) >> 2) : own;
}

/** As for files; the owner can always go in and write, or the tree could not be removed again. */
const folderMode = (mode: number): number => {
	const own = (mode & 0o755) | 0o700;
	return own | ((own & 0o044) >> 2);
};
