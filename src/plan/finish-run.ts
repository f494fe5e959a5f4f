/** What is left to do of a run that was begun and not finished: its plan and the journal's records of it. Pure. */
import type {JournalRecord} from '../apply/journal-records.ts';
import type {ErrorReport} from '../errors.ts';
import type {Plan, Precondition, Step, StepKind, StepOf} from './plan.ts';

/** The rest of a run: its own plan, and how far it came. Printed by `finish --dry-run --json`. */
export interface Rest {
	run: string;
	/** ISO 8601, UTC. */
	begun: string;
	by: string;
	plan: Plan;
	/** Ids of the steps that are through. */
	done: string[];
	/** What went wrong last; null: nothing did, it was stopped or killed. */
	failure: {step: string; error: ErrorReport} | null;
}

/** @param run the unfinished one, whose plan it is */
export function restOf(
	{run, begun, by}: Pick<Rest, 'run' | 'begun' | 'by'>,
	plan: Plan,
	records: readonly JournalRecord[],
): Rest {
	const done = [...progressOf(plan, run, records)].flatMap(([step, {state}]) => (state === 'done' ? [step] : []));
	const failed = records.findLast(record => record.run === run && record.record === 'failed');
	const failure = failed?.record === 'failed' ? {step: failed.step, error: failed.error} : null;
	return {run, begun, by, plan, done, failure};
}

/**
 * How far a step came. `done`: verified; `begun`: announced, and perhaps done in part: it is undone and done again;
 * `new`: never announced, or undone since.
 */
export type Progress = {state: 'done' | 'begun'; inverse: unknown} | {state: 'new'};

/** @returns step id → how far it came, for every step of the plan */
export function progressOf(plan: Plan, run: string, records: readonly JournalRecord[]): Map<string, Progress> {
	const reached = new Map<string, Progress>(plan.steps.map(({id}) => [id, {state: 'new'}]));
	for (const record of records) {
		if (record.record === 'undone') {
			if (record.ofRun === run) reached.set(record.step, {state: 'new'});
			if (record.run !== run) continue;
			const step = plan.steps.find(candidate => undoes(candidate, record.ofRun, record.step));
			if (step) reached.set(step.id, {state: 'done', inverse: null});
		}
		if (record.run !== run) continue;
		if (record.record === 'intent') reached.set(record.step, {state: 'begun', inverse: record.inverse});
		if (record.record === 'done') {
			const known = reached.get(record.step);
			if (known?.state === 'begun') reached.set(record.step, {...known, state: 'done'});
		}
	}
	return reached;
}

function undoes(step: Step, run: string, id: string): step is StepOf<'undo'> {
	return step.kind === 'undo' && step.args.run === run && step.args.step === id;
}

const unpacking: readonly StepKind[] = ['unpack-tree', 'mend-tree', 'record-tree'];
const nothingToShow: readonly StepKind[] = ['undo', 'prove-host', 'drop-download', 'drop-replaced'];

/**
 * Whether a step that was done still has something to show. An archive is gone once it is unpacked, the proof of the host
 * and the download's end leave nothing.
 */
export function canBeVerified(step: Step, plan: Plan, reached: ReadonlyMap<string, Progress>): boolean {
	if (nothingToShow.includes(step.kind)) return false;
	const isUnpacked = plan.steps.some(({id, kind}) => unpacking.includes(kind) && reached.get(id)?.state === 'done');
	return step.kind !== 'fetch-archive' || !isUnpacked;
}

/** What must be true to go on: who we are, and what the steps need that were not begun yet. The journal has moved since. */
export function preconditionsOfRest({steps}: Plan, reached: ReadonlyMap<string, Progress>): Precondition[] {
	return steps.flatMap(({id, pre}) =>
		pre.filter(({kind}) => {
			if (kind === 'root' || kind === 'machine') return true;
			return kind !== 'sequence' && reached.get(id)?.state === 'new';
		}),
	);
}
