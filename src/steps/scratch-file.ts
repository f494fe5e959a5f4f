/**
 * Makes the formatted file that containerd's blockfile snapshotter copies for every layer and container.
 *
 * It is made under another name and renamed when it is whole, because a scratch file without a file system shows only when
 * a container is started ("failed to mount … invalid argument").
 */
import {lastWords} from '../engines/containerd-daemon.ts';
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import type {StepArguments} from '../plan/plan.ts';
import {refuseTaken} from './refuse-taken.ts';
import type {StepKindOf} from './step-kind.ts';

/** Formatting writes a few MiB whatever the size; a slow disk may take its time. */
const formatMs = 300_000;

/** What it is called until it is whole. */
export const unfinishedScratch = (path: string): string => `${path}.kata-setup-new`;

export const scratchFileStep: StepKindOf<'scratch-file', {made: true}> = {
	kind: 'scratch-file',
	async prepare(host, {path, root}) {
		await refuseTaken(host, [path, root]);
		return {made: true};
	},
	async perform(host, args, context) {
		await host.files.rename(await makeScratch(host, args, context.signal), args.path);
	},
	verify: requireScratch,
	async undo(host, {path, root}) {
		await host.files.remove(unfinishedScratch(path));
		await host.files.remove(path);
		const kept = await snapshotsIn(host, root);
		if (kept === 0) {
			await host.files.removeTree(root);
			return [];
		}
		const count = kept === 1 ? '1 snapshot' : `${kept} snapshots`;
		return [
			`${root} stays: it holds ${count} of images or containers that others made with \`--snapshotter blockfile\`, and containerd still knows them. When those are removed, it can go.`,
		];
	},
};

/** How many layers and containers containerd has made from its copy of the file. @param root the snapshotter's own folder */
export const snapshotsIn = async ({files}: Host, root: string): Promise<number> =>
	(await files.list(`${root}/snapshots`))?.length ?? 0;

type Scratch = Pick<StepArguments['scratch-file'], 'path' | 'bytes' | 'mkfs'>;

/** Makes the file, whole and on the disk, under the name that it has until then. @returns that name */
export async function makeScratch(host: Host, args: Scratch, signal: AbortSignal): Promise<string> {
	const path = unfinishedScratch(args.path);
	await host.files.remove(path);
	await formatScratch(host, path, args);
	signal.throwIfAborted();
	await host.files.chmod(path, 0o600);
	await host.files.flush(path);
	return path;
}

/** @throws KataSetupError (`undone`) if it is not there in its size */
export async function requireScratch(host: Host, {path, bytes}: Pick<Scratch, 'path' | 'bytes'>): Promise<void> {
	const stat = await host.files.stat(path);
	if (stat?.type !== 'file' || stat.size !== bytes)
		throw new KataSetupError('undone', `${path} is not a file of ${bytes} bytes.`, {
			why: 'It was made a moment ago, and something changed it.',
			remedy: 'Run it again.',
		});
}

/** A file with holes, then a file system in it: no more than a few MiB are written. */
async function formatScratch(host: Host, path: string, {bytes, mkfs}: Scratch): Promise<void> {
	const physical = host.files.physical(path);
	for (const [program, words] of [
		['truncate', ['-s', String(bytes), physical]],
		// No blocks kept for root: everything in a container may be root's.
		[mkfs, ['-q', '-F', '-m', '0', physical]],
	] as const) {
		const result = await host.run(program, words, {timeoutMs: formatMs});
		if (result.code === 0) continue;
		throw new KataSetupError('undone', `The blockfile snapshotter's file could not be made.`, {
			why: lastWords(result),
			remedy: 'Is there room, and are the packages coreutils and e2fsprogs installed?',
		});
	}
}
