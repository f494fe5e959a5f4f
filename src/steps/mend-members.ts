/** How single members of a tree that stands are made right, and put back: for `mend-tree` and `record-tree`. */
import {dirname} from 'node:path';
import {KataSetupError} from '../errors.ts';
import {makeFolders} from '../host/folders.ts';
import type {FileStat, Host} from '../host/host.ts';
import {workerOwner} from '../host/owner.ts';
import type {MendedMember, MendTreeArguments} from '../plan/plan.ts';
import {digestOfFile} from '../release/digest.ts';
import {unpackArchives} from '../release/unpack.ts';
import {giveAccess} from './set-access.ts';
import type {StepContext} from './step-kind.ts';

/** What stood at a member's path; null: nothing. */
export type Found = (Pick<FileStat, 'type' | 'mode' | 'uid' | 'gid'> & {target: string | null}) | null;

/** Where a member lies; the path '' is the tree itself. */
export const memberAt = (tree: string, {path}: {path: string}): string => (path === '' ? tree : `${tree}/${path}`);
/** Where what stood at a member's path is kept: by number, so that no name in the tree can be in the way. */
const keptAt = ({kept}: MendTreeArguments, index: number): string => `${kept}/${index}`;

export async function foundAt({files}: Host, path: string): Promise<Found> {
	const stat = await files.stat(path);
	if (!stat) return null;
	const {type, mode, uid, gid} = stat;
	return {type, mode, uid, gid, target: type === 'link' ? await files.readLink(path) : null};
}

/** Unpacks what is to be fetched, and compares it with the manifest. */
async function stageMembers(host: Host, args: MendTreeArguments, context: StepContext): Promise<void> {
	const {archives, staging} = args;
	const wanted = args.members.filter(({fetch}) => fetch);
	const only = new Set(wanted.map(({path}) => path));
	let done = 0;
	const onBytes = (bytes: number): void => {
		done += bytes;
		context.progress(done, null, 'bytes');
	};
	await makeFolders(host, dirname(staging));
	const unpack = async (options: {only?: ReadonlySet<string>}): Promise<void> => {
		await host.files.makeDirectory(staging, 0o700);
		await unpackArchives(host, archives, staging, {signal: context.signal, onBytes, ...options});
	};
	await unpack({only});
	// A second name of a file comes out only where the first does.
	const whole = await Promise.all(wanted.map(member => host.files.stat(memberAt(staging, member))));
	if (whole.includes(null)) {
		await host.files.removeTree(staging);
		await unpack({});
	}
	for (const member of wanted) {
		if (member.type !== 'file') continue;
		const path = memberAt(staging, member);
		const sha256 = (await host.files.stat(path))?.type === 'file' ? await digestOfFile(host, path) : 'nothing';
		if (sha256 !== member.sha256)
			throw new KataSetupError('release', `${member.archive} does not hold what the tree was made of.`, {
				why: `${member.path} hashes to ${sha256} in it, and to ${member.sha256} in the record of the tree.`,
				remedy: 'Give the archive that was installed with --archive FILE.',
			});
	}
	await host.files.flush(staging);
}

/** All members made right: those to fetch from the archives, the others in place. What they replace is kept. */
export async function mendMembers(host: Host, args: MendTreeArguments, context: StepContext): Promise<void> {
	const isFetched = args.members.some(({fetch}) => fetch);
	if (isFetched) await stageMembers(host, args, context);
	for (const [index, member] of args.members.entries()) {
		context.signal.throwIfAborted();
		await mendMember(host, args, member, index);
	}
	if (!isFetched) return;
	await host.files.removeTree(args.staging);
	await host.files.removeDirectory(dirname(args.staging));
}

/** @throws KataSetupError (`undone`) naming the first member that is not as it should be */
export async function requireMended(host: Host, tree: string, members: readonly MendedMember[]): Promise<void> {
	for (const member of members) {
		const path = memberAt(tree, member);
		const wrong = await wrongWith(host, path, member);
		if (wrong === null) continue;
		throw new KataSetupError('undone', `${path} is not as it should be: ${wrong}.`, {
			why: 'It was mended a moment ago, and something changed it again.',
			remedy: 'Find out what does, then run it again: kata-setup repair',
		});
	}
}

/** All members as they were found, the last one first. @param found in the order of the members */
export async function putMembersBack(host: Host, args: MendTreeArguments, found: readonly Found[]): Promise<void> {
	for (const [index, member] of [...args.members.entries()].reverse())
		await putBack(host, args, member, index, found[index] ?? null);
}

/** One member made right. @param index its place among the members, by which what it replaces is kept */
async function mendMember(host: Host, args: MendTreeArguments, member: MendedMember, index: number): Promise<void> {
	const path = memberAt(args.tree, member);
	const stat = await host.files.stat(path);
	const replaces = stat !== null && (stat.type !== member.type || member.fetch);
	if (replaces && stat.type !== 'link') await host.files.rename(path, keptAt(args, index));
	if (member.type === 'link') {
		await host.files.link(path, member.target);
		return host.files.chown(path, workerOwner(host).uid, workerOwner(host).gid);
	}
	if (member.type === 'directory') {
		if (replaces && stat.type === 'link') await host.files.remove(path);
		if (stat?.type !== 'directory') await host.files.makeDirectory(path, member.mode);
	} else if (member.fetch) await host.files.rename(memberAt(args.staging, member), path);
	await giveAccess(host, path, {...workerOwner(host), mode: member.mode});
}

/** What of a member is otherwise, in words; null: nothing. */
async function wrongWith(host: Host, path: string, member: MendedMember): Promise<string | null> {
	const stat = await host.files.stat(path);
	if (stat?.type !== member.type) return `it is ${stat ? `a ${stat.type}` : 'gone'}`;
	if (stat.uid !== workerOwner(host).uid) return `it belongs to the user ${stat.uid}`;
	if (member.type === 'link') {
		const target = await host.files.readLink(path);
		return target === member.target ? null : `it points at ${target}`;
	}
	if (stat.mode !== member.mode) return `it has the mode ${stat.mode.toString(8)}`;
	if (member.type === 'directory' || !member.fetch) return null;
	return (await digestOfFile(host, path)) === member.sha256 ? null : 'its content differs';
}

/** One member as it was found; where what it was is not kept any more, the mended one stays. */
async function putBack(
	host: Host,
	args: MendTreeArguments,
	member: MendedMember,
	index: number,
	found: Found,
): Promise<void> {
	const path = memberAt(args.tree, member);
	const kept = keptAt(args, index);
	const now = await host.files.stat(path);
	await host.files.sweep(path);
	if (found === null || (await host.files.stat(kept)) !== null) {
		if (now?.type === 'directory') await host.files.removeDirectory(path);
		else await host.files.remove(path);
	}
	if ((await host.files.stat(kept)) !== null) return host.files.rename(kept, path);
	if (found === null) return;
	if (found.type === 'link') {
		if (now?.type === 'directory') await host.files.removeDirectory(path);
		else if (now?.type === 'file') await host.files.remove(path);
		await host.files.link(path, found.target ?? '');
		return host.files.chown(path, found.uid, found.gid);
	}
	// Not moved away: it was mended in place, or not yet, or what is there now is the mended one.
	if (now?.type === found.type && !member.fetch) await giveAccess(host, path, found);
}
