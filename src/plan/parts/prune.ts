/** Releases that nothing needs any more, after an upgrade: neither the state in force nor the one before it. Pure. */
import type {Facts, TreeFacts} from '../../facts/facts.ts';
import {stagingFolder, treeNameOf} from '../../layout.ts';
import {makeStep} from '../make-step.ts';
import type {Step} from '../plan.ts';

/**
 * Steps that remove trees, as an uninstall would. A tree stays while a process of Kata runs from it, and all of them stay
 * where it cannot be told which tree a process is of: only root may see that of others' processes. One that was adopted
 * stays for good: it is given back by an uninstall.
 * @param kept the paths of the tree that comes into force and of the one that was
 */
export function pruneSteps(facts: Facts, kept: readonly string[], notes: string[]): Step[] {
	const unneeded = (facts.installation?.trees ?? []).filter(
		({path, record, adopted}) => record && !adopted && !kept.includes(path),
	);
	const processes = facts.kataProcesses ?? [];
	const isUsed = ({path}: TreeFacts): boolean => processes.some(({tree}) => tree === null || tree === path);
	for (const {path} of unneeded.filter(isUsed))
		notes.push(`${path} stays for now: sandboxes may still run from it. The next upgrade looks again.`);
	return unneeded.filter(tree => !isUsed(tree)).flatMap(tree => (tree.record ? [removal(tree, tree.record)] : []));
}

function removal({path, version}: TreeFacts, {run, step}: NonNullable<TreeFacts['record']>): Step {
	return makeStep(
		'undo',
		{
			run,
			step,
			of: 'unpack-tree',
			title: `Unpack Kata ${version} into a tree of its own`,
			args: {staging: `${stagingFolder}/${treeNameOf(path)}`, tree: path},
			// The folders that the tree was the first to need are still needed by the others.
			inverse: {made: []},
		},
		{
			of: `${run}/${step}`,
			title: `Remove the release ${treeNameOf(path)}`,
			why: 'Neither what comes into force nor what `rollback` goes back to needs it, and no sandbox runs from it.',
			undo: null,
			// A plan may be applied long after it was made.
			pre: [{kind: 'no-sandboxes', tree: path}],
		},
	);
}
