/**
 * The journal's records: one JSON object a line in /var/lib/kata-setup/journal.ndjson, each flushed before the effect
 * that it announces. `receipt.ts` folds them. Records carry their own schema number; a reader keeps what it does not know.
 */
import type {ErrorReport} from '../errors.ts';
import type {Choice, StepKind, Verb} from '../plan/plan.ts';
import type {SmokeVerdict} from '../smoke/verdict.ts';
import type {RunOutcome} from './events.ts';

interface Stamp {
	schema: 1;
	/** Counts from 1 over the life of the journal. */
	sequence: number;
	/** ISO 8601, UTC. */
	at: string;
	/** The run it belongs to. */
	run: string;
}

export type JournalRecord = Stamp &
	(
		| {
				record: 'begin';
				verb: Verb;
				kataSetup: string;
				planHash: string;
				choice: Choice | null;
				by: string;
				bootId: string;
		  }
		/** Before the effect: what will be done and how to undo it. */
		| {record: 'intent'; step: string; kind: StepKind; title: string; args: unknown; inverse: unknown}
		/** After the effect was verified. */
		| {record: 'done'; step: string}
		/** What the smoke test of this run concluded. */
		| {record: 'proof'; outcome: SmokeVerdict['outcome']; sentence: string}
		| {record: 'failed'; step: string; error: ErrorReport}
		/** The step of `ofRun` no longer stands. */
		| {record: 'undone'; ofRun: string; step: string; left: string[]}
		/** Somebody finishes what was begun. */
		| {record: 'resumed'; kataSetup: string; by: string; bootId: string}
		| {record: 'end'; outcome: RunOutcome}
	);

/** A record before the journal stamps it. */
export type UnstampedRecord = JournalRecord extends infer R
	? R extends JournalRecord
		? Omit<R, keyof Stamp>
		: never
	: never;
