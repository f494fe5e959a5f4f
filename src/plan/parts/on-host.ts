/** What a whole plan rests on is checked with its first step, before the first effect. Pure. */
import type {ContainerdFacts} from '../../facts/facts.ts';
import type {Precondition, Step} from '../plan.ts';

export interface Footing {
	/** The receipt that was planned on; absent: the plan reads none. */
	sequence?: number;
	machine?: string;
	/** The engine that the plan edits or runs containers through. */
	containerd?: ContainerdFacts;
}

/** The steps, of which the first asks for root and for all that is named; no steps ask nothing. */
export function onHost(steps: readonly Step[], {sequence, machine, containerd}: Footing): Step[] {
	const [first, ...rest] = steps;
	if (!first) return [];
	const asked: Precondition[] = [{kind: 'root'}];
	if (machine !== undefined) asked.push({kind: 'machine', machine});
	if (sequence !== undefined) asked.push({kind: 'sequence', sequence});
	if (containerd) {
		const {binary, version, config} = containerd;
		asked.push({kind: 'containerd', binary, version, config: config.path});
	}
	return [{...first, pre: [...asked, ...first.pre]} as Step, ...rest];
}
