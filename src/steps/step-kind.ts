/** The interface behind every kind of reversible step. One kind a file in this folder; `registry.ts` knows them all. */
import type {Host} from '../host/host.ts';
import type {StepArguments, StepKind} from '../plan/plan.ts';
import type {SmokeVerdict} from '../smoke/verdict.ts';

/** What a step may tell while it works, and when it has to stop. */
export interface StepContext {
	/** Aborted when the user cancels. A step that can stop early throws then; a short one may finish. */
	readonly signal: AbortSignal;
	/** `total` null where it is not known. Called as often as the step likes; the worker thins it out. */
	progress(done: number, total: number | null, unit: 'bytes' | 'files'): void;
	/** One line for the log and for the person who looks. */
	log(line: string): void;
	/** The smoke test's verdict goes into the run's result by this. */
	verdict(verdict: SmokeVerdict): void;
}

/**
 * A kind of step.
 *
 * The worker calls `prepare`, writes its answer to the journal durably, then `perform`, then `verify`. If anything
 * throws, or the process is killed at any instant after `prepare`, `undo` is called with that answer: it must cope
 * with an effect that never happened, happened in part, or was already undone, and must leave alone what is not ours.
 */
export interface StepKindOf<K extends StepKind, Inverse = unknown> {
	readonly kind: K;
	/** Only reads. Gives what is needed to undo the step, as plain JSON. Throws if the step may not be done. */
	prepare(host: Host, args: StepArguments[K]): Promise<Inverse>;
	/** The effect. */
	perform(host: Host, args: StepArguments[K], context: StepContext): Promise<void>;
	/** Looks at the host again and throws a KataSetupError if the effect is not there. */
	verify(host: Host, args: StepArguments[K]): Promise<void>;
	/**
	 * @returns lines about what was left as it is because someone else changed it; usually empty.
	 * @throws if the host could not be brought back
	 */
	undo(host: Host, args: StepArguments[K], inverse: Inverse, context: StepContext): Promise<string[]>;
}
