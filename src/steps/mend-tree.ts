/**
 * Makes right single members of a tree that stands: from its archives those whose content is broken, in place those of which
 * mode, owner or target is. Each new file is compared with the manifest before it goes in; what it replaces is kept beside
 * the tree until the run has ended well.
 */
import {dirname} from 'node:path';
import {diskError} from '../host/disk-errors.ts';
import {missingFolders, removeFolders} from '../host/folders.ts';
import {type Found, foundAt, memberAt, mendMembers, putMembersBack, requireMended} from './mend-members.ts';
import {refuseTaken} from './refuse-taken.ts';
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
		await refuseTaken(host, [staging, kept]);
		const found: Found[] = [];
		for (const member of members) found.push(await foundAt(host, memberAt(tree, member)));
		return {found, made: await missingFolders(host, dirname(staging))};
	},
	async perform(host, args, context) {
		try {
			await host.files.makeDirectory(args.kept, 0o700);
			await mendMembers(host, args, context);
		} catch (error) {
			throw context.signal.aborted ? error : diskError(error, dirname(args.tree));
		}
	},
	verify: (host, {tree, members}) => requireMended(host, tree, members),
	async undo(host, args, {found, made}) {
		await host.files.removeTree(args.staging);
		await putMembersBack(host, args, found);
		await host.files.removeDirectory(args.kept);
		return removeFolders(host, made);
	},
};
