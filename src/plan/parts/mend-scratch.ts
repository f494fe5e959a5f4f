/** The part of a repair that makes the blockfile snapshotter's file anew. Pure. */
import type {StandingStep} from '../../apply/receipt.ts';
import {driftWords} from '../../facts/drift-words.ts';
import type {DriftItem} from '../../facts/facts.ts';
import {makeStep} from '../make-step.ts';
import type {StepArguments} from '../plan.ts';
import type {Mending} from './mend-trees.ts';

/**
 * @param step the making of the file, as the receipt has it
 * @param item how its content drifted
 * @param snapshots how many there are that were made from it
 * @param reasons gets why it cannot be made anew, where it cannot
 */
export function mendScratch(
	step: StandingStep,
	item: DriftItem,
	snapshots: number,
	reasons: string[],
): Pick<Mending, 'steps' | 'atEnd'> {
	const {path, bytes, mkfs, root} = step.args as StepArguments['scratch-file'];
	if (snapshots > 0) {
		const count = snapshots === 1 ? '1 snapshot' : `${snapshots} snapshots`;
		reasons.push(
			`${path} ${driftWords(item)}, and containerd has ${count} made from it, which go on from its own copy. Before it can be made anew they must go: find their containers and images in each namespace (ctr namespaces ls; ctr -n NAMESPACE snapshots --snapshotter blockfile ls), remove those, then: kata-setup repair`,
		);
		return {steps: [], atEnd: []};
	}
	const kept = `${path}.replaced`;
	return {
		steps: [
			makeStep(
				'mend-scratch',
				{path, bytes, mkfs, root, kept},
				{
					of: path,
					title: step.title,
					why: `${path} ${driftWords(item)}. No image and no container uses it.`,
					undo: 'put back what was found, which is kept until the run has ended well',
					pre: [{kind: 'space', path: '/var/lib', bytes}],
					cost: {diskBytes: 0, seconds: 2},
				},
			),
		],
		atEnd: [
			makeStep(
				'drop-replaced',
				{path: kept},
				{of: path, title: `Remove the damaged ${path}`, why: 'A whole one is in its place.', undo: null},
			),
		],
	};
}
