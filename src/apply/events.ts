/**
 * Events: what a run tells while it goes on. The worker sends them over its socket, one JSON object a line; `--json`
 * prints exactly these lines; screens and plain text are made from them and from nothing else.
 */
import type {ErrorReport} from '../errors.ts';
import type {StepKind, Verb} from '../plan/plan.ts';
import type {SmokeVerdict} from '../smoke/verdict.ts';

/** `stopped`: it was asked to stop after a step; what is done stands, and `kata-setup finish` or `undo` goes on. */
export type RunOutcome = 'done' | 'unproven' | 'undone' | 'incomplete' | 'stopped';

export type RunEvent = {
	/** ISO 8601, UTC. */
	at: string;
	/** Counts from 1 within the run; a client that reconnects drops what it has. */
	number: number;
} & (
	| {
			event: 'run-started';
			run: string;
			verb: Verb;
			planHash: string;
			rehearsal: boolean;
			/** What the person must know of the plan. */
			notes: string[];
			steps: {id: string; kind: StepKind; title: string; seconds: number}[];
	  }
	| {event: 'step-started'; step: string}
	/** `rate`: units a second over the last seconds; `eta`: seconds left. Both null while they cannot be told. */
	| {
			event: 'step-progress';
			step: string;
			done: number;
			total: number | null;
			unit: 'bytes' | 'files';
			rate: number | null;
			eta: number | null;
	  }
	| {event: 'step-log'; step: string; line: string}
	| {event: 'step-done'; step: string; ms: number}
	| {event: 'step-failed'; step: string; error: ErrorReport}
	| {event: 'undo-started'; reason: 'failed' | 'cancelled'}
	| {event: 'step-undone'; step: string; left: string[]}
	| {event: 'undo-failed'; step: string; error: ErrorReport}
	| {event: 'verdict'; verdict: SmokeVerdict}
	/** `error` beside `done`: it did what its plan says, and something stays that is not as it should be. */
	| {event: 'run-finished'; outcome: RunOutcome; error: ErrorReport | null; left: string[]}
);

/** An event before the worker stamps it. */
export type UnstampedEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at' | 'number'> : never) : never;

/** What a client may send to the worker, one JSON object a line. `cancel`: stop and undo; `stop`: after this step, undo nothing. */
export type WorkerCommand = {command: 'cancel' | 'stop'};
