/**
 * A symbolic link of ours, put in place by one rename; with `target` null it is taken away. Something that is no link is
 * never replaced.
 */
import {KataSetupError} from '../errors.ts';
import {pathState} from '../facts/path-state.ts';
import type {StepKindOf} from './step-kind.ts';

export const linkStep: StepKindOf<'link', {before: string | null}> = {
	kind: 'link',
	async prepare(host, {path}) {
		const state = await pathState(host, path);
		if (state !== 'absent' && !state.startsWith('link:'))
			throw new KataSetupError('undone', `${path} is not a link and is left as it is.`, {
				why: `There is a ${state.replace(/:.*/, '')} in its place.`,
				remedy: `Move it away, then run kata-setup again: mv ${path} ${path}.old`,
			});
		return {before: await host.files.readLink(path)};
	},
	async perform(host, {path, target}) {
		if (target === null) await host.files.remove(path);
		else await host.files.link(path, target);
	},
	async verify(host, {path, target}) {
		const found = await host.files.readLink(path);
		if (found !== target)
			throw new KataSetupError(
				'undone',
				target === null ? `${path} is still there.` : `${path} does not point at ${target}.`,
				{why: found === null ? 'It is not there, or no link.' : `It points at ${found}.`},
			);
	},
	async undo(host, {path, target}, {before}) {
		await host.files.sweep(path);
		const now = await host.files.readLink(path);
		const isGone = now === null && (await host.files.stat(path)) === null;
		if (now === before && (before !== null || isGone)) return [];
		if (now === target && (target !== null || isGone)) {
			if (before === null) await host.files.remove(path);
			else await host.files.link(path, before);
			return [];
		}
		return isGone ? [] : [`${path} stays: it was changed since kata-setup made it.`];
	},
};
