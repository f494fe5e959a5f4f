/**
 * Unpacks verified archives into a tree of their own: first into a staging folder on the same file system that nobody
 * but its owner may enter, then, finished and looked at, into place by one rename. The tree's manifest is put beside it just
 * before that, so that no tree ever stands without one.
 */
import {dirname} from 'node:path';
import {KataSetupError} from '../errors.ts';
import {diskError} from '../host/disk-errors.ts';
import {makeFolders, missingFolders, removeFolders} from '../host/folders.ts';
import type {Host} from '../host/host.ts';
import type {StepArguments} from '../plan/plan.ts';
import {manifestOf, manifestText, readManifest} from '../release/manifest.ts';
import {removeTreeOfOurs} from '../release/remove-tree.ts';
import {unpackArchives} from '../release/unpack.ts';
import {refuseTaken} from './refuse-taken.ts';
import type {StepKindOf} from './step-kind.ts';

type Arguments = StepArguments['unpack-tree'];

export interface UnpackedTree {
	/** The folders that were missing on the way to the staging folder and to the tree, outermost first. */
	made: string[];
	/** A manifest belongs to it; absent: a kata-setup unpacked it that wrote none. */
	recorded?: true;
}

export const unpackTreeStep: StepKindOf<'unpack-tree', UnpackedTree> = {
	kind: 'unpack-tree',
	async prepare(host, {staging, tree}) {
		await refuseTaken(host, [staging, tree, manifestOf(tree)], 'release');
		// In this order, so that the staging folder goes even where another tree keeps the trees' folder.
		const made = [...(await missingFolders(host, dirname(tree))), ...(await missingFolders(host, dirname(staging)))];
		return {made: [...new Set(made)], recorded: true};
	},
	async perform(host, args, context) {
		const {archives, staging, tree} = args;
		const total = await sizeOf(host, archives);
		let done = 0;
		const onBytes = (bytes: number): void => {
			done += bytes;
			context.progress(done, total, 'bytes');
		};
		try {
			await makeFolders(host, dirname(staging));
			await makeFolders(host, dirname(tree));
			await host.files.makeDirectory(staging, 0o700);
			const members = await unpackArchives(host, archives, staging, {signal: context.signal, onBytes});
			await checkTree(host, staging, args);
			await host.files.chmod(staging, 0o755);
			context.log('Writing what is still in memory to the disk');
			// One flush of the file system takes half the time of an fsync of each file (measured: 0.75 s against 1.5 s).
			await host.files.flush(staging);
			context.signal.throwIfAborted();
			await host.files.write(manifestOf(tree), manifestText(members), {mode: 0o644});
			await host.files.rename(staging, tree);
			await host.files.removeDirectory(dirname(staging));
		} catch (error) {
			throw context.signal.aborted ? error : diskError(error, dirname(tree));
		}
	},
	async verify(host, args) {
		await checkTree(host, args.tree, args);
		if ((await readManifest(host, args.tree)) === null)
			throw new KataSetupError('undone', `${manifestOf(args.tree)} is not there.`, {
				why: 'It was written before the tree was put in place, and something removed it.',
			});
	},
	async undo(host, {staging, tree, expect}, {made}) {
		await host.files.removeTree(staging);
		const left = await removeTreeOfOurs(host, tree, expect);
		await host.files.sweep(manifestOf(tree));
		await host.files.remove(manifestOf(tree));
		// The folders around what stays are not empty, which needs no line of its own.
		const around = await removeFolders(host, made);
		return left.length > 0 ? left : around;
	},
};

/** Bytes of all archives. */
async function sizeOf(host: Host, archives: Arguments['archives']): Promise<number> {
	let total = 0;
	for (const {path} of archives) {
		const real = await host.files.realPath(path);
		const stat = real === null ? null : await host.files.stat(real);
		if (!stat) throw new KataSetupError('release', `${path} is gone.`, {remedy: 'Put it back, and try again.'});
		total += stat.size;
	}
	return total;
}

/** Whether an unpacked tree has what the plan counts on, and is of the release that it names. */
async function checkTree(host: Host, tree: string, {expect, version, archives, runtime}: Arguments): Promise<void> {
	const names = archives.map(({name}) => name).join(' and ');
	const missing: string[] = [];
	for (const member of expect) {
		const real = await host.files.realPath(`${tree}/${member}`);
		if (real === null || (await host.files.stat(real))?.type !== 'file') missing.push(member);
	}
	if (missing.length > 0)
		throw new KataSetupError('release', `${names} lacks what the ${runtime} runtime needs.`, {
			why: `There is no ${missing.join(' and no ')} in it.`,
			remedy: 'Choose another release with --version, or another hypervisor.',
		});
	const told = (await host.files.readText(`${tree}/VERSION`))?.trim() ?? null;
	if (told === null || isOf(told, version)) return;
	throw new KataSetupError('release', `${names} is not of Kata ${version}.`, {
		why: `Its file VERSION says ${told.slice(0, 80)}.`,
		remedy: 'Do not trust its name: take the archive of the release that you want.',
	});
}

/** VERSION is written by `git describe`: a build between two releases adds commits to the number. */
const isOf = (told: string, version: string): boolean =>
	told === version || (told.startsWith(`${version}-`) && /^\d+-g[0-9a-f]+$/.test(told.slice(version.length + 1)));
