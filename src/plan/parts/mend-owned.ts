/** The part of a repair that makes right single links, files, copies and folders, as the receipt has them. Pure. */
import type {StandingStep} from '../../apply/receipt.ts';
import {driftWords} from '../../facts/drift-words.ts';
import type {DriftItem} from '../../facts/facts.ts';
import {makeStep} from '../make-step.ts';
import type {Precondition, Step, StepArguments, StepKind} from '../plan.ts';

/** The kinds whose step is simply done again. */
type Again = 'make-directory' | 'link' | 'write-file' | 'kata-config' | 'start-unit';
const again: readonly StepKind[] = ['make-directory', 'link', 'write-file', 'kata-config', 'start-unit'];
const isAgain = (kind: StepKind): kind is Again => again.includes(kind);

/** The paths that a step of the receipt is about, among those that are made right here; none for another kind. */
export function pathsOf({kind, args}: Pick<StandingStep, 'kind' | 'args'>): string[] {
	if (kind === 'kata-config') return [(args as StepArguments['kata-config']).to];
	if (kind === 'start-unit') return [(args as StepArguments['start-unit']).unit];
	if (kind === 'thin-pool') {
		const {data, metadata} = args as StepArguments['thin-pool'];
		return [data.path, metadata.path];
	}
	return isAgain(kind) || kind === 'scratch-file' ? [(args as {path: string}).path] : [];
}

/**
 * The steps that make one path right: done again where it is missing or otherwise, its mode and owner given back. A pool's
 * files are not made again over what may be left of its containers.
 * @param items what drifted of it
 * @param reasons gets why it cannot be made right, where it cannot
 */
export function mendOwned(step: StandingStep, path: string, items: readonly DriftItem[], reasons: string[]): Step[] {
	const lost = items.find(item => item.kind === 'type' || (step.kind === 'thin-pool' && !isAccess(item)));
	if (lost) {
		reasons.push(
			lost.kind === 'type'
				? `${path} ${driftWords(lost)}: what somebody put there is not written over. Move it away first: mv ${path} ${path}.old`
				: `${path} ${driftWords(lost)}: images and containers lie in it. Make it anew: kata-setup uninstall, then kata-setup install`,
		);
		return [];
	}
	const remade = items.find(item => !isAccess(item));
	const access = items.find(isAccess);
	return [...(remade ? [doneAgain(step, path, remade)] : []), ...(access ? [accessStep(path, step, access)] : [])];
}

/** Whether its mode or owner is otherwise, and nothing else of it. */
export const isAccess = ({kind}: DriftItem): boolean => kind === 'mode' || kind === 'owner';

/** The step that an earlier run made, once more. `item`: why, which may be about what it is made from. */
export function doneAgain({kind, args, title}: StandingStep, path: string, item: DriftItem): Step {
	return makeStep(kind as Again, args as never, {
		of: path,
		title,
		why: `${item.path} ${driftWords(item)}.`,
		undo: 'put back what was found',
		pre: item.path === path ? preconditionOf(path, item) : [],
	});
}

/** Nobody mended it meanwhile, where what was found can be told in one word. */
function preconditionOf(path: string, {kind, found}: DriftItem): Precondition[] {
	if (kind === 'missing') return [{kind: 'path', path, state: 'absent'}];
	if (kind === 'target') return [{kind: 'path', path, state: `link:${found}`}];
	return kind === 'content' && found.startsWith('file:') ? [{kind: 'path', path, state: found}] : [];
}

function accessStep(path: string, {kind, args}: StandingStep, item: DriftItem): Step {
	const modes: Partial<Record<StepKind, number | null>> = {
		link: null,
		'kata-config': 0o644,
		'scratch-file': 0o600,
		'thin-pool': 0o600,
	};
	const mode = modes[kind] === undefined ? (args as {mode: number}).mode : (modes[kind] ?? null);
	return setAccess(path, mode, item);
}

/** @param mode permission bits; null: the owner alone is given back */
export const setAccess = (path: string, mode: number | null, item: DriftItem): Step =>
	makeStep(
		'set-access',
		{path, mode},
		{
			of: path,
			title: `Give ${path} its ${item.kind} back`,
			why: `It ${driftWords(item)}.`,
			undo: 'give it back what was found',
		},
	);
