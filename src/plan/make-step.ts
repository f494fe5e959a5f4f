/** Small makers of steps, so that the planners read as the order of what happens. */
import type {Facts} from '../facts/facts.ts';
import type {Cost, Precondition, Step, StepArguments, StepKind, StepOf} from './plan.ts';

const noCost: Cost = {downloadBytes: 0, diskBytes: 0, seconds: 0.1};

/** What a planner says of a step beyond its arguments. */
export interface StepWords {
	/** Distinguishes steps of one kind: a path, a name. */
	of: string;
	title: string;
	why: string;
	undo: string | null;
	pre?: Precondition[];
	cost?: Partial<Cost>;
}

/** A step with its id made of kind and object. */
export function makeStep<K extends StepKind>(kind: K, args: StepArguments[K], words: StepWords): Step {
	const {of, title, why, undo, pre = [], cost = {}} = words;
	const step: StepOf<K> = {id: `${kind}:${of}`, kind, title, why, args, pre, undo, cost: {...noCost, ...cost}};
	// A union over all K of StepOf<K> is what Step is; TypeScript cannot see it through the type parameter.
	return step as unknown as Step;
}

/** A folder of ours, made where it is missing. */
export function folder(path: string, why: string): Step {
	return makeStep(
		'make-directory',
		{path, mode: 0o755},
		{of: path, title: `Make the folder ${path}`, why, undo: 'remove it if it is empty'},
	);
}

/** A link of ours. */
export function link(path: string, target: string, words: {title: string; why: string; pre?: Precondition[]}): Step {
	return makeStep('link', {path, target}, {of: path, undo: `remove the link ${path}`, ...words});
}

/** That a path still is what the facts say of it. */
export const pathPrecondition = (facts: Facts, path: string): Precondition => ({
	kind: 'path',
	path,
	state: facts.paths[path] ?? 'absent',
});
