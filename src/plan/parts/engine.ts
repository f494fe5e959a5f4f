/** The part of an install that touches the engine: which containerd is meant, its handler, and the smoke test through it. */
import {blockSnapshotter, blockSnapshotterFor} from '../../catalogue/block-snapshotter.ts';
import {type Pair, pairEntry, pairIn, pairName} from '../../catalogue/catalogue.ts';
import {planContainerdEdit} from '../../engines/containerd-edit.ts';
import {KataSetupError} from '../../errors.ts';
import type {ContainerdFacts, Facts} from '../../facts/facts.ts';
import {activeConfiguration, activeShim} from '../../layout.ts';
import type {Choice} from '../choice.ts';
import {makeStep} from '../make-step.ts';
import type {Step} from '../plan.ts';
import {blockSnapshotterSteps, handlerSnapshotter} from './block-snapshotter.ts';

/** How long a sandbox may take to start before the smoke test gives up. Nested hosts are slow (facts: 20–60 s). */
const smokeTimeout = {plain: 120_000, nested: 300_000};

/** The containerd that will be configured: a plain one, running. */
export function engineFor(facts: Facts): ContainerdFacts {
	const plain = facts.containerd.filter(({ownedBy}) => ownedBy === null);
	const [first, second] = plain;
	if (!first) {
		const owned = facts.containerd[0];
		throw new KataSetupError(
			'host',
			owned ? `The containerd here belongs to ${owned.ownedBy}.` : 'No containerd is running on this host.',
			{
				why: owned
					? 'This version configures only a containerd of its own.'
					: 'Kata is started by a container engine; this version of kata-setup works with containerd.',
				remedy: owned ? [] : ['Install and start containerd (1.7 or newer), then run kata-setup again.'],
			},
		);
	}
	if (second)
		throw new KataSetupError('host', 'More than one containerd is running, and nothing says which one is meant.', {
			evidence: plain.map(({pid, binary, config}) => `process ${pid}: ${binary}, configuration ${config.path}`),
			remedy: 'Stop the one that should not get Kata, then run kata-setup again.',
		});
	return first;
}

/** Registers the handler and restarts containerd where that can be done. */
export function containerdSteps(facts: Facts, choice: Choice, containerd: ContainerdFacts, notes: string[]): Step[] {
	const snapshotter = handlerSnapshotter(facts, choice, containerd, notes);
	const paths = {runtimePath: activeShim, configPath: activeConfiguration};
	const planned = planContainerdEdit(containerd, {...paths, snapshotter});
	notes.push(...planned.notes);
	if (planned.edits.length === 0) return [];
	if (choice.beside) notes.push(`This Kata is the handler \`${planned.handler}\` of containerd.`);
	const restart = restartOf(facts, choice, containerd);
	if (restart === null)
		notes.push(
			choice.restartEngine
				? 'Nothing here can restart containerd (it is not run by systemd): the handler works once you have restarted it. ctr and nerdctl need no restart.'
				: 'containerd is not restarted, as asked: the handler works once you have restarted it.',
		);
	const steps = blockSnapshotterSteps(facts, choice, containerd, notes);
	return [
		...steps,
		makeStep(
			'containerd-config',
			{
				binary: containerd.binary,
				address: containerd.address,
				ctr: containerd.ctr,
				version: containerd.version,
				config: containerd.config.path,
				edits: planned.edits,
				handler: planned.handler,
				runtime: paths,
				restart,
				...(snapshotter ? {snapshotter} : {}),
			},
			{
				of: planned.handler,
				title: restart
					? `Register the handler \`${planned.handler}\` and restart ${restart}`
					: `Register the handler \`${planned.handler}\` in containerd`,
				why: `${planned.edits.map(({path, what}) => `${path}: ${what}`).join('; ')}. containerd itself judges the result before it is put in place; the default runtime stays as it is.${snapshotter?.setUp ? ' A snapshotter is a plugin, which containerd loads only when it starts.' : ''}`,
				undo: restart ? 'put the bytes back and restart containerd' : 'put the bytes back',
				pre: planned.edits.map(({path, before}) => ({
					kind: 'path',
					path,
					state: before === null ? 'absent' : stateOfConfig(containerd, path, facts),
				})),
				cost: {seconds: restart ? 5 : 1},
			},
		),
	];
}

/** The unit that the plan restarts; null: nothing here can, or it may not. */
const restartOf = (facts: Facts, choice: Choice, {unit}: ContainerdFacts): string | null =>
	facts.systemd && choice.restartEngine ? unit : null;

/** An edited file is either the main one, whose digest the facts hold, or one whose state was read as a path. */
const stateOfConfig = (containerd: ContainerdFacts, path: string, facts: Facts): string =>
	path === containerd.config.path && containerd.config.sha256
		? `file:${containerd.config.sha256}`
		: (facts.paths[path] ?? 'absent');

/** The smoke test, or a note why there is none. */
export function smokeSteps(
	facts: Facts,
	choice: Choice,
	containerd: ContainerdFacts,
	tree: string,
	notes: string[],
): Step[] {
	if (!choice.smokeTest) {
		notes.push('No smoke test, as asked: nothing will prove that a container runs in a VM.');
		return [];
	}
	if (!containerd.ctr) {
		notes.push('There is no ctr beside this containerd, so the smoke test cannot run and nothing will be proven.');
		return [];
	}
	const snapshotter = pairEntry(choice).needsBlockSnapshotter ? blockSnapshotter(facts) : null;
	if (
		snapshotter !== null &&
		blockSnapshotterFor(facts).state === 'set-up' &&
		restartOf(facts, choice, containerd) === null
	) {
		notes.push(
			`No smoke test: containerd loads the snapshotter ${snapshotter} only when it starts. Restart it, then prove it with \`kata-setup test\`.`,
		);
		return [];
	}
	return [smokeStep(facts, choice, {...containerd, ctr: containerd.ctr}, tree, snapshotter)];
}

/** The smoke test of the active pair, whose hypervisor's executable must lie in `tree`. */
export function smokeStep(
	facts: Facts,
	pair: Pair,
	{ctr, address}: {ctr: string; address: string},
	tree: string,
	snapshotter: string | null,
): Step {
	return makeStep(
		'smoke-test',
		{
			pair: pairIn(pair),
			ctr,
			address,
			shim: activeShim,
			configuration: activeConfiguration,
			tree,
			snapshotter,
			timeoutMs: facts.virt.isGuest === false ? smokeTimeout.plain : smokeTimeout.nested,
		},
		{
			of: pairName(pair),
			title: 'Run a container and prove that it is in a VM',
			why: 'The same image is run under runc too, which must be told apart.',
			undo: null,
			cost: {seconds: 15},
		},
	);
}

/** There is a state to go back to: what cannot be proven does not stay. */
export const mustProve = (step: Step): Step =>
	step.kind === 'smoke-test' ? {...step, args: {...step.args, mustProve: true}} : step;
