/** The part of a repair that puts our handler back into containerd's configuration. Pure. */
import type {StandingStep} from '../../apply/receipt.ts';
import {planContainerdEdit} from '../../engines/containerd-edit.ts';
import {KataSetupError} from '../../errors.ts';
import {driftSubject, driftWords} from '../../facts/drift-words.ts';
import type {ContainerdFacts, DriftItem, Facts} from '../../facts/facts.ts';
import {makeStep} from '../make-step.ts';
import type {ContainerdConfigArguments, FileEdit, Step} from '../plan.ts';
import {current} from './current-engine.ts';
import {setAccess} from './mend-owned.ts';

/**
 * A drop-in of ours gets the text back that the receipt has; into a main file, which is not ours, our part is put as at the
 * first time. What else stands in a drop-in of ours goes: the review shows it line by line.
 * @param items what drifted of the engine's files and of the handler in force
 * @param reasons gets what cannot be made right, and why
 */
export function mendEngine(
	facts: Facts,
	step: StandingStep,
	items: readonly DriftItem[],
	options: {containerd: ContainerdFacts | null; restartEngine: boolean},
	reasons: string[],
): Step[] {
	const args = step.args as ContainerdConfigArguments;
	const {containerd} = options;
	const files = items.filter(({kind}) => kind !== 'handler');
	const handler = items.find(({kind}) => kind === 'handler');
	if (files.length === 0) {
		if (handler)
			reasons.push(
				`${driftSubject(handler)} ${driftWords(handler)}. The files of kata-setup are as they were left, so another one of containerd's says otherwise, and that is not ours. Look for it: containerd config dump`,
			);
		return [];
	}
	if (!containerd) {
		reasons.push(
			'The configuration of containerd is put back only where containerd runs, which judges it. Start it first',
		);
		return [];
	}
	const access = files.filter(({kind}) => kind === 'mode' || kind === 'owner');
	const edits = args.edits.flatMap(edit => {
		const item = files.find(({path, kind}) => path === edit.path && kind !== 'mode' && kind !== 'owner');
		if (!item) return [];
		if (item.kind === 'type') {
			reasons.push(`${edit.path} ${driftWords(item)}. Move it away first: mv ${edit.path} ${edit.path}.old`);
			return [];
		}
		return edit.path === args.config ? ourPartAgain(args, containerd, reasons) : dropInAgain(edit, containerd);
	});
	const restart = facts.systemd && options.restartEngine ? containerd.unit : null;
	const {handler: name} = args;
	return [
		...(edits.length === 0
			? []
			: [
					makeStep(
						'containerd-config',
						{...current(args, containerd), version: containerd.version, edits, restart, mends: true},
						{
							of: name,
							title: restart
								? `Put the handler \`${name}\` back and restart ${restart}`
								: `Put the handler \`${name}\` back into containerd`,
							why: `${edits.map(({path, what}) => `${path}: ${what}`).join('; ')}. containerd itself judges the result before it is restarted.`,
							undo: 'put back what was found',
							pre: edits.flatMap(({path, before}) =>
								before === null ? [{kind: 'path', path, state: 'absent'} as const] : [],
							),
							cost: {seconds: restart ? 5 : 1},
						},
					),
				]),
		...access.flatMap(item => {
			const edit = args.edits.find(({path}) => path === item.path);
			return edit ? [setAccess(item.path, edit.mode, item)] : [];
		}),
	];
}

/**
 * containerd loads a snapshotter only when it starts: one whose pool was made again comes with a restart, and no edit.
 * @param reasons gets why that cannot be
 * @returns null where the containerd that runs has it, or none was set up for the handler
 */
export function withPool(
	facts: Facts,
	{args}: StandingStep,
	{containerd, restartEngine}: {containerd: ContainerdFacts | null; restartEngine: boolean},
	reasons: string[],
): Step[] | null {
	const engine = args as ContainerdConfigArguments;
	const name = engine.snapshotter?.setUp ? engine.snapshotter.name : null;
	if (!containerd || name === null || containerd.snapshotters?.[name] === 'ok') return null;
	if (!facts.systemd || !restartEngine || containerd.unit === null) {
		reasons.push(`containerd has the snapshotter ${name} only after its next restart, which is left to you`);
		return [];
	}
	return [
		makeStep(
			'containerd-config',
			{
				...current(engine, containerd),
				version: containerd.version,
				edits: [],
				restart: containerd.unit,
				mends: true,
			},
			{
				of: `${engine.handler} with ${name}`,
				title: `Restart ${containerd.unit}, which then has the snapshotter ${name}`,
				why: 'containerd loads a snapshotter only when it starts.',
				undo: `restart ${containerd.unit}`,
				cost: {seconds: 5},
			},
		),
	];
}

function dropInAgain({path, after, mode}: FileEdit, {config}: ContainerdFacts): FileEdit[] {
	const before = config.ownDropIn?.path === path ? config.ownDropIn.text : null;
	return [{path, before, after, mode, what: before === null ? 'the drop-in again' : 'the drop-in as it was written'}];
}

function ourPartAgain(
	{config, runtime, handler, snapshotter}: ContainerdConfigArguments,
	containerd: ContainerdFacts,
	reasons: string[],
): FileEdit[] {
	try {
		// Of a main file that was mended by hand in part, all of ours is taken out and put in again.
		const planned = planContainerdEdit(containerd, {...runtime, handler, snapshotter});
		return planned.edits.filter(({path, before, after}) => path === config && before !== after);
	} catch (error) {
		if (!(error instanceof KataSetupError)) throw error;
		reasons.push([error.message, error.report.why].filter(Boolean).join(' '));
		return [];
	}
}
