/** The receipt: the journal folded. What stands on this host because of us, and which run was not finished. Pure. */
import type {InstallationFacts} from '../facts/facts.ts';
import {kataPrefix} from '../layout.ts';
import type {Choice, StepArguments, StepKind, Verb} from '../plan/plan.ts';
import type {JournalRecord} from './journal-records.ts';

/** A step whose effect stands, or may stand: it was announced and has not been undone. */
export interface StandingStep {
	run: string;
	step: string;
	kind: StepKind;
	title: string;
	args: unknown;
	inverse: unknown;
	/** false: the run ended or was killed before the effect was verified. */
	done: boolean;
}

export interface RunSummary {
	run: string;
	verb: Verb;
	/** ISO 8601, UTC. */
	begun: string;
	ended: string | null;
	by: string;
	/** null: it was killed, or it goes on right now. */
	outcome: 'done' | 'unproven' | 'undone' | 'incomplete' | null;
	choice: Choice | null;
}

export interface Receipt {
	sequence: number;
	runs: RunSummary[];
	/** In the order of their making. */
	standing: StandingStep[];
	/** The install run that stands, or null. */
	installed: RunSummary | null;
	/** A run that left something half-done. A fix is none: each of its steps is good by itself, and another fix goes on. */
	unfinished: RunSummary | null;
}

/** These leave nothing behind once they are through; cut short, they may. */
const passing: readonly StepKind[] = ['prove-host', 'smoke-test', 'drop-download'];

/** Folds the journal. */
export function foldJournal(records: readonly JournalRecord[]): Receipt {
	const runs = new Map<string, RunSummary>();
	const standing = new Map<string, StandingStep>();
	for (const record of records) {
		const run = runs.get(record.run);
		switch (record.record) {
			case 'begin': {
				const {verb, at, by, choice} = record;
				runs.set(record.run, {run: record.run, verb, begun: at, ended: null, by, outcome: null, choice});
				break;
			}
			case 'intent': {
				const {step, kind, title, args, inverse} = record;
				// Undoing is announced too, but what stands of it is told by its `undone` record.
				if (kind !== 'undo')
					standing.set(keyOf(record.run, step), {run: record.run, step, kind, title, args, inverse, done: false});
				break;
			}
			case 'done': {
				const step = standing.get(keyOf(record.run, record.step));
				if (!step) break;
				step.done = true;
				if (passing.includes(step.kind)) standing.delete(keyOf(record.run, record.step));
				break;
			}
			case 'undone':
				standing.delete(keyOf(record.ofRun, record.step));
				break;
			case 'end':
				if (run) Object.assign(run, {outcome: record.outcome, ended: record.at});
				break;
			case 'failed':
				break;
		}
	}
	const all = [...runs.values()];
	const left = [...standing.values()];
	const owns = (run: RunSummary): boolean => left.some(step => step.run === run.run);
	const finished = (run: RunSummary): boolean => run.outcome === 'done' || run.outcome === 'unproven';
	const last = all.at(-1);
	const uninstallCutShort = last?.verb === 'uninstall' && !finished(last) && left.length > 0 ? last : null;
	return {
		sequence: records.at(-1)?.sequence ?? 0,
		runs: all,
		standing: left,
		installed: all.findLast(run => run.verb === 'install' && finished(run) && owns(run)) ?? null,
		unfinished: uninstallCutShort ?? all.findLast(run => run.verb === 'install' && !finished(run) && owns(run)) ?? null,
	};
}

const keyOf = (run: string, step: string): string => `${run} ${step}`;

/** What a plan was made on: the last record's number, or 0 where nothing of ours stands. */
export const sequenceOf = ({standing, sequence}: Receipt): number => (standing.length > 0 ? sequence : 0);

/** The part of the receipt that plans depend on and that everybody may read. */
export function installationOf(receipt: Receipt): InstallationFacts | null {
	const {installed, unfinished, standing} = receipt;
	const choice = (installed ?? unfinished)?.choice;
	const anchor = installed ?? unfinished;
	if (!anchor) return null;
	const argsOf = <K extends StepKind>(kind: K, test: (args: StepArguments[K]) => boolean): StepArguments[K] | null =>
		(standing.find(step => step.kind === kind && test(step.args as StepArguments[K]))?.args as StepArguments[K]) ??
		null;
	return {
		version: choice?.release.version ?? 'unknown',
		runtime: choice?.runtime ?? 'rust',
		hypervisor: choice?.hypervisor ?? 'unknown',
		tree: argsOf('link', ({path}) => path === kataPrefix)?.target ?? '',
		handler: argsOf('containerd-config', () => true)?.handler ?? null,
		unfinishedRun: unfinished?.run ?? null,
		sequence: receipt.sequence,
	};
}
