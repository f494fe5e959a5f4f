/** One file of containerd's configuration back as it was, or, if it was changed since, without our part. */
import {type Removal, removeContainerdEdit} from '../engines/containerd-removal.ts';
import {errnoOf, KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import type {FileEdit} from '../plan/plan.ts';

export interface Restored {
	changed: boolean;
	/** For the user: what was left because someone else changed it. */
	left: string[];
}

/**
 * @param before the bytes to come back; null: there was no file
 * @throws KataSetupError (`incomplete`) if our part cannot be found in a file that was changed since
 */
export async function restoreFile(
	host: Host,
	{path, after}: FileEdit,
	before: {base64: string; mode: number} | null,
	ours: {handler: string; runtimePath: string},
): Promise<Restored> {
	await host.files.sweep(path);
	const current = await readOrNull(host, path);
	const original = before && Buffer.from(before.base64, 'base64');
	if (current === null)
		return {changed: false, left: original ? [`${path} was removed by someone else and is not brought back.`] : []};
	if (original?.equals(current)) return {changed: false, left: []};
	if (current.equals(Buffer.from(after))) {
		if (before && original) await host.files.write(path, original, {mode: before.mode});
		else await host.files.remove(path);
		return {changed: true, left: []};
	}
	return cutOut(host, path, current.toString('utf8'), {created: original === null, ...ours});
}

async function cutOut(
	host: Host,
	path: string,
	text: string,
	options: Parameters<typeof removeContainerdEdit>[1],
): Promise<Restored> {
	let removal: Removal;
	try {
		removal = removeContainerdEdit(text, options);
	} catch (error) {
		throw new KataSetupError('incomplete', `${path} was changed since, and kata-setup's part cannot be found in it.`, {
			why: `It is no TOML: ${String(error instanceof Error ? error.message : error).split('\n')[0]}`,
			remedy: `Mend ${path}, then run the same command again.`,
		});
	}
	if (removal.text === text) return {changed: false, left: removal.left};
	if (removal.text === null) await host.files.remove(path);
	else await host.files.write(path, removal.text);
	const kept = removal.text === null ? [] : [`${path} was changed since: kata-setup's lines are out, the rest stays.`];
	return {changed: true, left: [...kept, ...removal.left]};
}

async function readOrNull(host: Host, path: string): Promise<Buffer | null> {
	try {
		return await host.files.read(path);
	} catch (error) {
		if (errnoOf(error) === 'ENOENT') return null;
		throw error;
	}
}
