/** A small file of ours whose whole content the plan holds, null for none. What stood there before comes back byte for byte. */
import {createHash} from 'node:crypto';
import {KataSetupError} from '../errors.ts';
import {pathState} from '../facts/path-state.ts';
import type {StepKindOf} from './step-kind.ts';

/** What a written file replaced: its bytes (base64) and mode; null if there was none. */
export interface Replaced {
	before: {base64: string; mode: number} | null;
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

const stateOf = (content: string | null): string => (content === null ? 'absent' : `file:${sha256(content)}`);

export const writeFileStep: StepKindOf<'write-file', Replaced> = {
	kind: 'write-file',
	async prepare(host, {path}) {
		const stat = await host.files.stat(path);
		if (!stat) return {before: null};
		if (stat.type !== 'file')
			throw new KataSetupError('undone', `${path} is a ${stat.type}, not a file, and is left as it is.`);
		return {before: {base64: (await host.files.read(path)).toString('base64'), mode: stat.mode}};
	},
	async perform(host, {path, content, mode}) {
		if (content === null) await host.files.remove(path);
		else await host.files.write(path, content, {mode});
	},
	async verify(host, {path, content}) {
		if ((await pathState(host, path)) !== stateOf(content))
			throw new KataSetupError(
				'undone',
				content === null ? `${path} is still there.` : `${path} does not hold what was written to it.`,
			);
	},
	async undo(host, {path, content}, {before}) {
		await host.files.sweep(path);
		const now = await pathState(host, path);
		if (now === 'absent' && !before) return [];
		const bytes = before && Buffer.from(before.base64, 'base64');
		if (bytes && now === `file:${sha256(bytes)}`) return [];
		if (now.endsWith('unreadable'))
			throw new KataSetupError('incomplete', `${path} cannot be read, so it is not known whether it is still ours.`, {
				remedy: `Look at it as root: ls -l ${path}`,
			});
		if (now !== stateOf(content)) return [`${path} stays: it was changed since kata-setup wrote it.`];
		if (before && bytes) await host.files.write(path, bytes, {mode: before.mode});
		else await host.files.remove(path);
		return [];
	},
};
