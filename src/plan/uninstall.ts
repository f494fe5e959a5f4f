/** The receipt → the plan that takes everything of ours away again, in the reverse order of its making. Pure. */
import type {Receipt, StandingStep} from '../apply/receipt.ts';
import {KataSetupError} from '../errors.ts';
import type {Facts} from '../facts/facts.ts';
import {ourPrefix} from '../layout.ts';
import {finishPlan} from './finish.ts';
import {makeStep} from './make-step.ts';
import {current, runningOf} from './parts/current-engine.ts';
import {onHost} from './parts/on-host.ts';
import {inTheWayNotes} from './parts/sandboxes.ts';
import type {Plan, Step, StepArguments, StepKind} from './plan.ts';

/**
 * The uninstall's steps: the engine's configuration goes out first and is judged by the engine, the files last.
 * @throws KataSetupError (`nothing`) if nothing of ours stands
 */
export function planUninstall(facts: Facts, receipt: Receipt, options: {rehearsal: boolean}): Plan {
	const {standing} = receipt;
	if (standing.length === 0)
		throw new KataSetupError('nothing', 'There is nothing of kata-setup on this host to remove.', {
			remedy: 'A Kata that something else installed is removed by that.',
		});
	// After a switch the engine's edit is older than the files that it leads to; it goes out before any of them all the same.
	const isOf = (wanted: StepKind): StandingStep[] => standing.filter(({kind}) => kind === wanted);
	const others = standing.filter(({kind}) => kind !== 'containerd-config' && kind !== 'keep-program').toReversed();
	const steps = [...isOf('containerd-config'), ...programLast(others, isOf('keep-program'))]
		.map(step => undoStep(step, facts))
		.map(underNobody)
		.map(step => withoutContainers(step, isOf('containerd-config'), facts));
	return finishPlan(facts, {
		verb: 'uninstall',
		rehearsal: options.rehearsal,
		choice: null,
		steps: onHost(steps, {sequence: receipt.sequence}),
		notes: [
			...inTheWayNotes(facts, steps),
			...unaskedNotes(facts, steps),
			'Files that were changed since stay, and are named.',
			...(facts.drift?.added ?? []).map(path => `${path} is not of the release: it stays.`),
			...standing.flatMap(({kind, args}) =>
				kind === 'adopt-tree' ? [givenBack(args as StepArguments['adopt-tree'])] : [],
			),
		],
		command: options.rehearsal ? 'kata-setup uninstall --yes --rehearse' : 'kata-setup uninstall --yes',
	});
}

/**
 * An adopted tree only moves, with all that runs from it; but what was started since the adoption was started by paths of ours,
 * which go. Undoing an adoption that was cut short waits for nobody: nothing was.
 */
const underNobody = (step: Step): Step =>
	step.kind === 'undo' && step.args.of === 'adopt-tree'
		? {...step, pre: [...step.pre, {kind: 'no-sandboxes', tree: (step.args.args as StepArguments['adopt-tree']).tree}]}
		: step;

/** What containers wrote is theirs: a pool goes only when none has anything in it, which only a containerd that has it tells. */
function withoutContainers(step: Step, engines: readonly StandingStep[], {containerd}: Facts): Step {
	if (step.kind !== 'undo' || step.args.of !== 'thin-pool') return step;
	const asked = engines.flatMap(({args}) => {
		const made = args as StepArguments['containerd-config'];
		const running = runningOf(made, containerd);
		const {ctr, address, snapshotter, restart} = current(made, running);
		if (!snapshotter?.setUp) return [];
		// Without a ctr beside it there may be another one; if not, that it could not be asked is said, and not taken for a no.
		const by = ctr ?? made.ctr ?? 'ctr';
		const unit = running?.unit ?? restart;
		return [{kind: 'no-snapshots', snapshotter: snapshotter.name, ctr: by, address, unit} as const];
	});
	return {...step, pre: [...step.pre, ...asked]};
}

/** Without its containerd nobody can say what is in a pool, and an uninstall must be possible all the same. */
function unaskedNotes({containerd}: Facts, steps: readonly Step[]): string[] {
	const asked = steps.flatMap(({pre}) => pre).filter(one => one.kind === 'no-snapshots');
	return asked
		.filter(({address}) => !containerd.some(found => found.address === address))
		.map(
			({snapshotter}) =>
				`No containerd can be asked whether stopped containers have files in ${snapshotter}'s pool: what they wrote goes with it. To have that looked at, start containerd first.`,
		);
}

const givenBack = ({path, version}: StepArguments['adopt-tree']): string =>
	`Kata ${version}, which was here before kata-setup, goes back to ${path} with all that is in it.`;

/**
 * The kept kata-setup goes as late as it can, so that its uninstall can be run again as long as anything stands: at the very
 * end, or before the step that removes the folder which it lies in, where an older kata-setup made that.
 */
function programLast(others: readonly StandingStep[], program: readonly StandingStep[]): StandingStep[] {
	const madePrefix = ({inverse}: StandingStep): boolean =>
		((inverse as {made?: unknown} | null)?.made as string[] | undefined)?.includes?.(ourPrefix) ?? false;
	const at = others.findIndex(madePrefix);
	return at === -1 ? [...others, ...program] : [...others.slice(0, at), ...program, ...others.slice(at)];
}

/**
 * The step that undoes one of an earlier run. A release is not taken away under the sandboxes that run from it; an engine is
 * asked by the programs and the socket that it has now.
 */
export function undoStep({run, step, kind, title, args: made, inverse}: StandingStep, {containerd}: Facts): Step {
	const engine = kind === 'containerd-config' ? (made as StepArguments['containerd-config']) : null;
	const args = engine ? current(engine, runningOf(engine, containerd)) : made;
	return makeStep(
		'undo',
		{run, step, of: kind, title, args, inverse},
		{
			of: `${run}/${step}`,
			title: `Undo: ${title.charAt(0).toLowerCase()}${title.slice(1)}`,
			why: 'The journal holds what was there before.',
			undo: null,
			...(kind === 'unpack-tree'
				? {pre: [{kind: 'no-sandboxes', tree: (args as StepArguments['unpack-tree']).tree}]}
				: {}),
		},
	);
}
