/** A symbolic link of ours, put in place by one rename. A link or file of somebody else's is never replaced. */
import {KataSetupError} from '../errors.ts';
import {pathState} from '../facts/path-state.ts';
import type {StepKindOf} from './step-kind.ts';

export const linkStep: StepKindOf<'link', {before: string | null}> = {
	kind: 'link',
	async prepare(host, {path, target}) {
		const state = await pathState(host, path);
		if (state !== 'absent' && !state.startsWith('link:'))
			throw new KataSetupError('undone', `${path} is not a link and is left as it is.`, {
				why: `There is a ${state.replace(/:.*/, '')} in its place.`,
				remedy: `Move it away, then run kata-setup again: mv ${path} ${path}.old`,
			});
		const before = await host.files.readLink(path);
		return {before: before === target ? null : before};
	},
	async perform(host, {path, target}) {
		await host.files.link(path, target);
	},
	async verify(host, {path, target}) {
		const found = await host.files.readLink(path);
		if (found !== target)
			throw new KataSetupError('undone', `${path} does not point at ${target}.`, {why: `It points at ${found}.`});
	},
	async undo(host, {path, target}, {before}) {
		await host.files.sweep(path);
		const now = await host.files.readLink(path);
		if (now !== target) {
			const gone = now === before || (await host.files.stat(path)) === null;
			return gone ? [] : [`${path} stays: it was changed since kata-setup made it.`];
		}
		if (before === null) await host.files.remove(path);
		else await host.files.link(path, before);
		return [];
	},
};
