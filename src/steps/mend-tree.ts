/**
 * Makes right single members of a tree that stands: from its archives those whose content is broken, in place those of which
 * mode, owner or target is. Each new file is compared with the manifest before it goes in; what it replaces is kept beside
 * the tree until the run has ended well.
 */
import {dirname} from 'node:path';
import {KataSetupError} from '../errors.ts';
import {diskError} from '../host/disk-errors.ts';
import {missingFolders, removeFolders} from '../host/folders.ts';
import {type Found, foundAt, memberAt, mendMember, putBack, stageMembers, wrongWith} from './mend-members.ts';
import type {StepKindOf} from './step-kind.ts';

export interface MendInverse {
	/** In the order of the members. */
	found: Found[];
	/** The folders that were missing on the way to the staging folder, outermost first. */
	made: string[];
}

export const mendTreeStep: StepKindOf<'mend-tree', MendInverse> = {
	kind: 'mend-tree',
	async prepare(host, {tree, staging, kept, members}) {
		for (const path of [staging, kept])
			if ((await host.files.stat(path)) !== null)
				throw new KataSetupError('undone', `${path} is there already, and no run of kata-setup knows it.`, {
					remedy: `Look at it, then move it away: mv ${path} ${path}.old`,
				});
		const found: Found[] = [];
		for (const member of members) found.push(await foundAt(host, memberAt(tree, member)));
		return {found, made: await missingFolders(host, dirname(staging))};
	},
	async perform(host, args, context) {
		try {
			await host.files.makeDirectory(args.kept, 0o700);
			if (args.archives.length > 0) await stageMembers(host, args, context);
			for (const [index, member] of args.members.entries()) {
				context.signal.throwIfAborted();
				await mendMember(host, args, member, index);
			}
			if (args.archives.length > 0) {
				await host.files.removeTree(args.staging);
				await host.files.removeDirectory(dirname(args.staging));
			}
		} catch (error) {
			throw context.signal.aborted ? error : diskError(error, dirname(args.tree));
		}
	},
	async verify(host, {tree, members}) {
		for (const member of members) {
			const wrong = await wrongWith(host, memberAt(tree, member), member);
			if (wrong !== null)
				throw new KataSetupError('undone', `${memberAt(tree, member)} is not as it should be: ${wrong}.`);
		}
	},
	async undo(host, args, {found, made}) {
		await host.files.removeTree(args.staging);
		for (const [index, member] of [...args.members.entries()].reverse())
			await putBack(host, args, {member, index, found: found[index] ?? null});
		await host.files.removeDirectory(args.kept);
		return removeFolders(host, made);
	},
};
