/**
 * Makes the record of a tree anew whose manifest is lost or damaged, and mends what of the tree differs from it: what each
 * member must be is read from the release's archives, which the receipt knows by their digests. An adopted tree, which came
 * without archives, is measured as it is.
 *
 * What differs is known only here, so the list of it is kept beside the tree before the first of it is touched, and undoing
 * reads that list.
 */
import {dirname} from 'node:path';
import {KataSetupError} from '../errors.ts';
import {memberDrift} from '../facts/kata/drift-tree.ts';
import {diskError} from '../host/disk-errors.ts';
import {missingFolders, removeFolders} from '../host/folders.ts';
import type {Host} from '../host/host.ts';
import type {MendedMember, StepArguments} from '../plan/plan.ts';
import {type ManifestMember, manifestOf, manifestText, readManifest} from '../release/manifest.ts';
import {measureTree} from '../release/measure-tree.ts';
import {measureArchives} from '../release/unpack.ts';
import {type Found, foundAt, memberAt, mendMembers, putMembersBack, requireMended} from './mend-members.ts';
import {refuseTaken} from './refuse-taken.ts';
import type {StepContext, StepKindOf} from './step-kind.ts';

type Arguments = StepArguments['record-tree'];

/** What was found before the first effect. */
interface Kept {
	members: MendedMember[];
	/** In the order of the members. */
	found: Found[];
	/** Whether there was a manifest, which could not be read; it is kept too. */
	hadManifest: boolean;
}

const listOf = ({kept}: Arguments): string => `${kept}/list.json`;
const oldManifest = ({kept}: Arguments): string => `${kept}/manifest`;

/** @param made the folders that were missing on the way to the staging folder, outermost first */
export const recordTreeStep: StepKindOf<'record-tree', {made: string[]}> = {
	kind: 'record-tree',
	async prepare(host, {staging, kept}) {
		await refuseTaken(host, [staging, kept]);
		return {made: await missingFolders(host, dirname(staging))};
	},
	async perform(host, args, context) {
		try {
			await host.files.makeDirectory(args.kept, 0o700);
			const manifest = await measured(host, args, context);
			const kept = await differing(host, args, manifest, context);
			await host.files.write(listOf(args), JSON.stringify(kept), {mode: 0o600});
			await mendMembers(host, {...args, members: kept.members}, context);
			if (kept.hadManifest) await host.files.rename(manifestOf(args.tree), oldManifest(args));
			await host.files.write(manifestOf(args.tree), manifestText(manifest), {mode: 0o644});
			context.log(outcomeOf(args, kept, manifest.length));
		} catch (error) {
			throw context.signal.aborted ? error : diskError(error, dirname(args.tree));
		}
	},
	async verify(host, args) {
		if ((await readManifest(host, args.tree)) === null)
			throw new KataSetupError('undone', `${manifestOf(args.tree)} is not there.`, {
				why: 'It was written a moment ago, and something removed it.',
				remedy: 'Find out what does, then run it again: kata-setup repair',
			});
		await requireMended(host, args.tree, (await keptIn(host, args))?.members ?? []);
	},
	async undo(host, args, {made}) {
		await host.files.removeTree(args.staging);
		const kept = await keptIn(host, args);
		if (kept) {
			const {members, found, hadManifest} = kept;
			await putMembersBack(host, {...args, members}, found);
			await host.files.sweep(manifestOf(args.tree));
			if (!hadManifest) await host.files.remove(manifestOf(args.tree));
			else if ((await host.files.stat(oldManifest(args))) !== null)
				await host.files.rename(oldManifest(args), manifestOf(args.tree));
		}
		await host.files.sweep(listOf(args));
		await host.files.remove(listOf(args));
		await host.files.removeDirectory(args.kept);
		return removeFolders(host, made);
	},
};

/** For the log: of an adopted tree nothing is said that nobody knows. */
function outcomeOf({archives}: Arguments, {members}: Kept, all: number): string {
	if (archives.length === 0) return `Recorded ${all} things as they are`;
	return members.length === 0 ? 'Everything in it is as it should be' : `Mended ${members.length} of ${all} things`;
}

/** What the tree must hold, the tree itself left out. */
async function measured(host: Host, {archives, tree}: Arguments, context: StepContext): Promise<ManifestMember[]> {
	let done = 0;
	const onBytes = (bytes: number): void => {
		done += bytes;
		context.progress(done, null, 'bytes');
	};
	const {signal} = context;
	return archives.length === 0
		? measureTree(host, tree, {signal, onBytes})
		: measureArchives(host, archives, {signal, onBytes});
}

/** What of the tree is otherwise, parents first. */
async function differing(
	host: Host,
	{tree, archives}: Arguments,
	manifest: readonly ManifestMember[],
	{signal}: StepContext,
): Promise<Kept> {
	const members: MendedMember[] = [];
	const itself = {type: 'directory', path: '', archive: '', mode: 0o755} as const;
	// Of an adopted tree nothing is known that it could differ from.
	const all = archives.length === 0 ? [] : [itself, ...manifest];
	for (const member of all.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
		signal.throwIfAborted();
		const drift = await memberDrift(host, memberAt(tree, member), member, true);
		const isBroken = drift !== null && drift.kind !== 'mode' && drift.kind !== 'owner';
		if (drift) members.push({...member, fetch: isBroken && member.type === 'file'});
	}
	const found: Found[] = [];
	for (const member of members) found.push(await foundAt(host, memberAt(tree, member)));
	return {members, found, hadManifest: (await host.files.stat(manifestOf(tree))) !== null};
}

async function keptIn(host: Host, args: Arguments): Promise<Kept | null> {
	const text = await host.files.readText(listOf(args));
	return text === null ? null : (JSON.parse(text) as Kept);
}
