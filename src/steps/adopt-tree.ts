/**
 * Takes a Kata that somebody unpacked into our trees, as it is: measured member by member, then moved by a rename, and a link
 * to it put in its place. Running sandboxes have their files open and notice nothing. Undoing moves it back.
 */
import {basename, dirname} from 'node:path';
import {errnoOf, KataSetupError} from '../errors.ts';
import {pathState} from '../facts/path-state.ts';
import {diskError} from '../host/disk-errors.ts';
import {makeFolders, missingFolders, removeFolders} from '../host/folders.ts';
import type {Host} from '../host/host.ts';
import {linkToTree} from '../layout.ts';
import type {StepArguments} from '../plan/plan.ts';
import {manifestOf, manifestText, readManifest} from '../release/manifest.ts';
import {measureTree} from '../release/measure-tree.ts';
import {refuseTaken} from './refuse-taken.ts';
import type {StepKindOf} from './step-kind.ts';

type Arguments = StepArguments['adopt-tree'];

/** @param made the folders that were missing on the way to the tree, outermost first */
export const adoptTreeStep: StepKindOf<'adopt-tree', {made: string[]}> = {
	kind: 'adopt-tree',
	async prepare(host, args) {
		const {path, tree} = args;
		const state = await pathState(host, path);
		if (state !== 'directory')
			throw new KataSetupError('changed', `${path} is not the folder any more that was to be adopted.`, {
				why: `It is ${state.replace(/:.*/s, '')} now.`,
				remedy: 'Look at this host again: kata-setup check',
			});
		await refuseTaken(host, [tree, manifestOf(tree)], 'host');
		await requireMembers(host, path, args);
		return {made: await missingFolders(host, dirname(tree))};
	},
	async perform(host, {path, tree}, context) {
		let done = 0;
		const onBytes = (bytes: number): void => {
			done += bytes;
			context.progress(done, null, 'bytes');
		};
		const members = await measureTree(host, path, {signal: context.signal, onBytes});
		try {
			await makeFolders(host, dirname(tree));
			await host.files.write(manifestOf(tree), manifestText(members), {mode: 0o644});
			context.signal.throwIfAborted();
			await host.files.moveBehindLink(path, tree, linkToTree(tree));
		} catch (error) {
			throw context.signal.aborted ? error : (unmovable(error, path) ?? diskError(error, dirname(tree)));
		}
		context.log(`${path} is a link now; all that used it finds the same files there`);
	},
	async verify(host, args) {
		const {path, tree} = args;
		await requireMembers(host, tree, args);
		if ((await host.files.readLink(path)) !== linkToTree(tree))
			throw new KataSetupError('undone', `${path} does not lead to ${tree}.`);
		if ((await readManifest(host, tree)) === null)
			throw new KataSetupError('undone', `${manifestOf(tree)} is not there.`, {
				why: 'It was written before the tree was moved, and something removed it.',
			});
	},
	async undo(host, {path, tree}, {made}) {
		await host.files.sweep(path);
		const left = await moveBack(host, path, tree);
		await host.files.sweep(manifestOf(tree));
		await host.files.remove(manifestOf(tree));
		return left.length > 0 ? left : removeFolders(host, made);
	},
};

/** @returns why it stays where it is, in a line; empty if it is back, or was never taken */
async function moveBack(host: Host, path: string, tree: string): Promise<string[]> {
	const state = await pathState(host, path);
	const isOurLink = state === `link:${linkToTree(tree)}`;
	if ((await host.files.stat(tree)) === null) {
		if (!isOurLink) return state === 'absent' ? [`${path} does not come back: ${tree} was removed since.`] : [];
		await host.files.remove(path);
		return [`${path} does not come back: ${tree} was removed since.`];
	}
	if (state === 'absent') await host.files.rename(tree, path);
	else if (isOurLink) await host.files.moveOverLink(tree, path);
	else
		return [
			`${tree} stays: something else is at ${path} since. When that is gone, bring it back with: mv ${tree} ${path}`,
		];
	return [];
}

/** The rename was refused by where the folders lie; null: for another reason. */
function unmovable(error: unknown, path: string): KataSetupError | null {
	const code = errnoOf(error);
	if (code !== 'EXDEV' && code !== 'EBUSY') return null;
	return new KataSetupError('host', `${path} cannot be moved to our trees by a rename.`, {
		why:
			code === 'EXDEV' ? 'They are on different file systems.' : 'Something is mounted at it, or uses it as its root.',
		remedy: [
			`Copy it to the file system of /opt first, in the place of the mount, then: kata-setup adopt`,
			'Or leave it where it is: kata-setup install --beside',
		],
		cause: error,
	});
}

async function requireMembers(host: Host, tree: string, {expect, version}: Arguments): Promise<void> {
	for (const member of expect) {
		const real = await host.files.realPath(`${tree}/${member}`);
		if (real === null || (await host.files.stat(real))?.type !== 'file')
			throw new KataSetupError('changed', `${tree} lacks ${basename(member)}, which was there before.`, {
				why: `There is no file ${tree}/${member}.`,
				remedy: 'Look at this host again: kata-setup check',
			});
	}
	const told = (await host.files.readText(`${tree}/VERSION`))?.trim() ?? null;
	if (told !== version)
		throw new KataSetupError('changed', `${tree} is not Kata ${version} any more.`, {
			why: `Its file VERSION says ${told?.slice(0, 80) ?? 'nothing'}.`,
			remedy: 'Look at this host again: kata-setup check',
		});
}
