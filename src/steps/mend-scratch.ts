/**
 * Makes the blockfile snapshotter's formatted file anew where it is gone or damaged. containerd copied it once, and every layer
 * and container is made from that copy: with one of them there, the file is not ours to change any more. What it replaces is
 * kept until the run has ended well.
 */
import {KataSetupError} from '../errors.ts';
import {refuseTaken} from './refuse-taken.ts';
import {makeScratch, requireScratch, snapshotsIn, unfinishedScratch} from './scratch-file.ts';
import type {StepKindOf} from './step-kind.ts';

/** @param before whether there was a file */
export const mendScratchStep: StepKindOf<'mend-scratch', {before: boolean}> = {
	kind: 'mend-scratch',
	async prepare(host, {path, root, kept}) {
		const stat = await host.files.stat(path);
		if ((stat !== null && stat.type !== 'file') || (await snapshotsIn(host, root)) > 0)
			throw new KataSetupError('changed', `${path} is in use since the plan was made.`, {
				why: 'containerd has snapshots that were made from it, or it is no file any more.',
				remedy: 'Look at it again: kata-setup repair',
			});
		await refuseTaken(host, [kept]);
		return {before: stat !== null};
	},
	async perform(host, args, context) {
		const made = await makeScratch(host, args, context.signal);
		if ((await host.files.stat(args.path)) !== null) await host.files.rename(args.path, args.kept);
		await host.files.rename(made, args.path);
	},
	verify: requireScratch,
	async undo(host, {path, kept}, {before}) {
		await host.files.remove(unfinishedScratch(path));
		if ((await host.files.stat(kept)) !== null) await host.files.rename(kept, path);
		else if (!before) await host.files.remove(path);
		return [];
	},
};
