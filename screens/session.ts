/**
 * Everything the wizard needs from the program. The screens are views over plain data and these calls; they never
 * touch the host. `src/cli` implements a Session over the real host, and another over the rehearsal's throwaway root.
 */
import type {RunEvent} from '../src/apply/events.ts';
import type {PairAvailability} from '../src/catalogue/availability.ts';
import type {Pair} from '../src/catalogue/catalogue.ts';
import type {ExitName} from '../src/errors.ts';
import type {Facts} from '../src/facts/facts.ts';
import type {Early, Gathered} from '../src/facts/looked.ts';
import type {ChosenOptions} from '../src/kataconfig/option-choices.ts';
import type {Rest} from '../src/plan/finish-run.ts';
import type {Plan, Verb} from '../src/plan/plan.ts';

/** What a plan is wanted for. An install and a switch name their pair; the others act on what is installed. */
export type PlanRequest =
	| {verb: 'install' | 'switch'; facts: Facts; pair: Pair; options: ChosenOptions}
	| {verb: Exclude<Verb, 'install' | 'switch'>; facts: Facts};

export interface PlanHooks {
	/** One line about what is being waited for, for example `Asking api.github.com for the latest release`. */
	say(line: string): void;
	/** Aborted when the person goes back before the plan is there. */
	signal: AbortSignal;
	/** For an uninstall by somebody who is not root: only root may read the journal. */
	terminal: TerminalLease;
}

/** The terminal, lent for a moment to a program that asks something itself (sudo). */
export interface TerminalLease {
	/** Leaves the wizard's screen and raw mode while `work` runs, and draws the wizard again after it. */
	lend<T>(work: () => Promise<T>): Promise<T>;
}

/** Answers that flags or the environment gave already. */
export interface Preset extends Partial<Pair> {
	/** The release asked for; absent: the newest. */
	readonly version?: string;
	readonly options?: ChosenOptions;
}

/** A run that a worker carries out, seen from here. */
export interface RunHandle {
	/**
	 * All events of the run from number 1, also those of before we came; ends after `run-finished`.
	 * If it ends or throws without one, the worker was lost.
	 */
	readonly events: AsyncIterable<RunEvent>;
	/** Asks the worker to stop and to undo what was done. The events then tell how that goes. */
	cancel(): void;
	/** Asks the worker to end after the step that goes on. What is done stands; it can be finished or undone later. */
	stop(): void;
	/** Stops listening. The worker goes on without us. */
	detach(): void;
}

export interface Session {
	/** Of kata-setup itself. */
	readonly version: string;
	/** The throwaway root, if nothing here is real; else null. */
	readonly rehearsal: {root: string} | null;
	/** Answers that flags or the environment gave already: where the cursor starts. */
	readonly preset: Preset;
	/** A run of ours that is going on already (its screen was lost), else null. Asked once, at the start. */
	attach(): Promise<RunHandle | null>;
	/**
	 * Looks at the host. Can be called again.
	 * @param onEarly called while probes are at work, with what is found already and the fields of Facts that are awaited
	 */
	gather(onEarly?: (found: Early) => void): Promise<Gathered>;
	/** Every runtime × hypervisor with its availability on that host. */
	pairs(facts: Facts): PairAvailability[];
	/** Resolves the release (network) and plans. Rejects with a KataSetupError. */
	plan(request: PlanRequest, hooks: PlanHooks): Promise<Plan>;
	/** The run that was begun and not finished: its own plan and how far it came. Rejects with a KataSetupError. */
	rest(facts: Facts, hooks: PlanHooks): Promise<Rest>;
	/**
	 * Starts the worker on a plan that was confirmed. May borrow the terminal for sudo before it resolves.
	 * Rejects with a KataSetupError if the run could not be started; then nothing was changed.
	 * @param finish the unfinished run whose plan this is; null: a new run
	 */
	apply(plan: Plan, terminal: TerminalLease, finish?: string | null): Promise<RunHandle>;
	/** The same journey in a throwaway root, for a host that cannot run Kata or a person who wants to look first. */
	rehearse(): Promise<Session>;
}

/** How the wizard ended. */
export interface WizardResult {
	/** `quit`: left before a run. `detached`: left while the run goes on without us. */
	kind: 'quit' | 'done' | 'failed' | 'detached';
	exit: ExitName;
	/** What was printed on the normal screen when the wizard's own had closed. */
	summary: string[];
}
