/** Gives a path of ours its mode and its owner back. Its content is not touched. */
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {workerOwner} from '../host/owner.ts';
import type {StepKindOf} from './step-kind.ts';

export interface Access {
	/** Permission bits; of a link they mean nothing. */
	mode: number;
	uid: number;
	gid: number;
}

/** chown takes the set-user-id bits away, so the mode comes last. @param mode null: as it is */
export async function giveAccess(
	host: Host,
	path: string,
	{uid, gid, mode}: Omit<Access, 'mode'> & {mode: number | null},
): Promise<void> {
	await host.files.chown(path, uid, gid);
	if (mode !== null) await host.files.chmod(path, mode);
}

export const setAccessStep: StepKindOf<'set-access', Access> = {
	kind: 'set-access',
	async prepare(host, {path}) {
		const stat = await host.files.stat(path);
		if (!stat)
			throw new KataSetupError('changed', `${path} is gone since the plan was made.`, {
				remedy: 'Make a new plan and look at it again.',
			});
		return {mode: stat.mode, uid: stat.uid, gid: stat.gid};
	},
	perform: (host, {path, mode}) => giveAccess(host, path, {...workerOwner(host), mode}),
	async verify(host, {path, mode}) {
		const stat = await host.files.stat(path);
		if (stat && stat.uid === workerOwner(host).uid && (mode === null || stat.mode === mode)) return;
		throw new KataSetupError('undone', `${path} does not have the mode and the owner that it was given.`);
	},
	async undo(host, {path, mode}, inverse) {
		const stat = await host.files.stat(path);
		if (!stat) return [];
		await giveAccess(host, path, {...inverse, mode: mode === null ? null : inverse.mode});
		return [];
	},
};
