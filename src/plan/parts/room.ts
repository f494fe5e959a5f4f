/** Whether what a plan writes fits, as far as the facts tell; the worker measures it again before it begins. */
import type {Facts} from '../../facts/facts.ts';
import {formatBytes} from '../../format.ts';
import type {Step} from '../plan.ts';

/** A note for each place that has less room than the steps want. It names no passing number: it stands in the plan. */
export const roomNotes = ({space}: Facts, steps: readonly Step[]): string[] =>
	steps
		.flatMap(({pre}) => pre)
		.flatMap(precondition => {
			if (precondition.kind !== 'space') return [];
			const {path, bytes} = precondition;
			const free = space.find(one => one.path === path)?.freeBytes ?? null;
			return free !== null && free < bytes
				? [`This plan wants ${formatBytes(bytes)} for ${path}, and less is free: it is refused until there is room.`]
				: [];
		});
