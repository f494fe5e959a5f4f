/**
 * Carries out a plan: journal, effect, check, step by step; and the way back if a step fails.
 *
 * It makes no decision of its own. What it does and how that is undone stands in the plan and in the journal.
 */
import {type ErrorReport, KataSetupError, reportOf} from '../errors.ts';
import {explainedByPath} from '../host/disk-errors.ts';
import type {Host} from '../host/host.ts';
import {bootId} from '../host/lock.ts';
import {canBeVerified, type Progress, preconditionsOfRest} from '../plan/finish-run.ts';
import type {Plan, Step, StepOf} from '../plan/plan.ts';
import {isOnlyForward} from '../plan/ways-on.ts';
import type {SmokeVerdict} from '../smoke/verdict.ts';
import {stepKind} from '../steps/registry.ts';
import type {StepContext} from '../steps/step-kind.ts';
import {kataSetupVersion} from '../version.ts';
import {checkpoint} from './checkpoint.ts';
import type {RunOutcome, UnstampedEvent} from './events.ts';
import {Journal} from './journal.ts';
import {keepPlan} from './kept-plan.ts';
import {checkPreconditions} from './preconditions.ts';
import {cancelled, stoppedIn, unmendedIn, unproven} from './run-ends.ts';
import {publishRun} from './summary.ts';
import {type Undoable, undoAll} from './way-back.ts';

export interface RunOptions {
	run: string;
	/** The person's user name, for the journal and the lock. */
	by: string;
	/** Aborted: the step that goes on is ended, and everything is undone. */
	signal: AbortSignal;
	/** Aborted: no further step is begun, and nothing is undone. Absent: nobody will ask for that. */
	stop?: AbortSignal;
	/** How far an earlier process came with this very run, by the id of its steps; absent: it is a new one. */
	reached?: ReadonlyMap<string, Progress>;
	emit: (event: UnstampedEvent) => void;
}

export interface RunResult {
	outcome: RunOutcome;
	error: ErrorReport | null;
	/** What was left as it is because somebody else changed it. */
	left: string[];
}

/**
 * Applies a plan. Never throws: what goes wrong is the result.
 * The caller holds the lock.
 */
export async function executePlan(host: Host, plan: Plan, options: RunOptions): Promise<RunResult> {
	return new Run(host, plan, options).go();
}

class Run {
	readonly #host: Host;
	readonly #plan: Plan;
	readonly #options: RunOptions;
	readonly #begun: Undoable[] = [];
	readonly #left: string[] = [];
	#verdict: SmokeVerdict | null = null;

	constructor(host: Host, plan: Plan, options: RunOptions) {
		this.#host = host;
		this.#plan = plan;
		this.#options = options;
	}

	async go(): Promise<RunResult> {
		const {emit, run} = this.#options;
		const {verb, hash, rehearsal, notes, steps} = this.#plan;
		emit({
			event: 'run-started',
			run,
			verb,
			planHash: hash,
			rehearsal,
			notes,
			steps: steps.map(({id, kind, title, cost}) => ({id, kind, title, seconds: cost.seconds})),
		});
		let journal: Journal;
		try {
			journal = await this.#opened();
		} catch (error) {
			// Nothing has been done yet, so there is nothing to undo; of a run that is resumed all stays as it was.
			return this.#finish({outcome: this.#options.reached ? 'stopped' : 'undone', error: reportOf(error), left: []});
		}
		let outcome: 'done' | 'unproven';
		try {
			for (const step of steps) {
				if (this.#stopAsked()) return this.#stopped(journal);
				await this.#apply(journal, step);
			}
			outcome = this.#provenAsAsked() ? 'done' : 'unproven';
			if (this.#verdict) {
				const {outcome: proof, sentence} = this.#verdict;
				await journal.write({record: 'proof', outcome: proof, sentence});
			}
			await journal.write({record: 'end', outcome});
		} catch (error) {
			return this.#failed(journal, reportOf(error));
		}
		return this.#finish({
			outcome,
			error: outcome === 'done' ? unmendedIn(this.#plan) : unproven(this.#verdict),
			left: this.#left,
		});
	}

	async #apply(journal: Journal, step: Step): Promise<void> {
		const {emit, signal} = this.#options;
		if (signal.aborted) throw KataSetupError.from(cancelled);
		emit({event: 'step-started', step: step.id});
		const begun = this.#host.now();
		try {
			if (await this.#standsAlready(journal, step)) {
				emit({event: 'step-log', step: step.id, line: 'It was done before the run was cut short.'});
			} else if (step.kind === 'undo') await this.#undoEarlier(journal, step);
			else await this.#do(journal, step);
		} catch (thrown) {
			const error = explainedByPath(thrown);
			const report = signal.aborted ? cancelled : reportOf(error);
			emit({event: 'step-failed', step: step.id, error: report});
			await journal.note({record: 'failed', step: step.id, error: report});
			throw signal.aborted ? KataSetupError.from(cancelled) : error;
		}
		emit({event: 'step-done', step: step.id, ms: this.#host.now() - begun});
	}

	/** Checks that the plan may begin, or go on, and writes that down. */
	async #opened(): Promise<Journal> {
		const {run, by, reached} = this.#options;
		const {verb, hash, kataSetup, choice, steps} = this.#plan;
		if (reached) {
			await checkPreconditions(this.#host, preconditionsOfRest(this.#plan, reached));
			const journal = await Journal.open(this.#host, run);
			await journal.write({record: 'resumed', kataSetup: kataSetupVersion, by, bootId: await bootId()});
			this.#begun.push(...begunOf(steps, reached));
			return journal;
		}
		const preconditions = steps.flatMap(({pre}) => pre);
		await checkPreconditions(this.#host, preconditions);
		const journal = await Journal.open(this.#host, run);
		await keepPlan(this.#host, run, this.#plan);
		await journal.write({record: 'begin', verb, kataSetup, planHash: hash, choice, by, bootId: await bootId()});
		if (isOnlyForward(verb)) await publishRun(this.#host);
		return journal;
	}

	#stopAsked(): boolean {
		return this.#options.stop?.aborted === true && !this.#options.signal.aborted;
	}

	/** Before the next step. What is done stands; the journal says that this is not all. */
	async #stopped(journal: Journal): Promise<RunResult> {
		if (this.#begun.length === 0 && !isOnlyForward(this.#plan.verb)) return this.#failed(journal, cancelled);
		await journal.note({record: 'end', outcome: 'stopped'});
		return this.#finish({outcome: 'stopped', error: stoppedIn(this.#plan.verb), left: this.#left});
	}

	/**
	 * Of a run that is resumed: whether a step is done and still holds. One that was only begun, or does not hold any more,
	 * is undone here and done again by the caller. The smoke test is always run again: its verdict is the run's.
	 */
	async #standsAlready(journal: Journal, step: Step): Promise<boolean> {
		const reached = this.#options.reached?.get(step.id) ?? {state: 'new'};
		if (reached.state === 'new') return false;
		const isDone = reached.state === 'done' && step.kind !== 'smoke-test';
		if (isDone && (await this.#holds(step))) return true;
		const left = await stepKind(step.kind).undo(this.#host, step.args as never, reached.inverse, this.#context(step));
		this.#left.push(...left);
		for (const line of left) this.#options.emit({event: 'step-log', step: step.id, line});
		await journal.write({record: 'undone', ofRun: this.#options.run, step: step.id, left});
		this.#begun.splice(0, this.#begun.length, ...this.#begun.filter(({step: {id}}) => id !== step.id));
		return false;
	}

	async #holds(step: Step): Promise<boolean> {
		const {reached} = this.#options;
		if (!reached || !canBeVerified(step, this.#plan, reached)) return true;
		try {
			await stepKind(step.kind).verify(this.#host, step.args as never);
			return true;
		} catch {
			return false;
		}
	}

	async #do(journal: Journal, step: Step): Promise<void> {
		const handler = stepKind(step.kind);
		const inverse = await handler.prepare(this.#host, step.args as never);
		await checkpoint(`before ${step.id}`);
		await journal.write({
			record: 'intent',
			step: step.id,
			kind: step.kind,
			title: step.title,
			args: step.args,
			inverse,
		});
		this.#begun.push({step, inverse});
		// From its first step on a run that is cut short has left something.
		if (this.#begun.length === 1) await publishRun(this.#host);
		await checkpoint(`announced ${step.id}`);
		await handler.perform(this.#host, step.args as never, this.#context(step));
		await checkpoint(`performed ${step.id}`);
		await handler.verify(this.#host, step.args as never);
		await journal.write({record: 'done', step: step.id});
		await checkpoint(`after ${step.id}`);
	}

	/** A step of an uninstall: the inverse of one that an earlier run made. */
	async #undoEarlier(journal: Journal, step: StepOf<'undo'>): Promise<void> {
		const {of, args, inverse, run, step: earlier} = step.args;
		await checkpoint(`before ${step.id}`);
		const left = await stepKind(of).undo(this.#host, args as never, inverse, this.#context(step as Step));
		this.#left.push(...left);
		for (const line of left) this.#options.emit({event: 'step-log', step: step.id, line});
		await journal.write({record: 'undone', ofRun: run, step: earlier, left});
		await checkpoint(`after ${step.id}`);
	}

	#context(step: Step, signal = this.#options.signal): StepContext {
		const {emit} = this.#options;
		return {
			signal,
			progress: (done, total, unit) =>
				emit({event: 'step-progress', step: step.id, done, total, unit, rate: null, eta: null}),
			log: line => emit({event: 'step-log', step: step.id, line}),
			verdict: verdict => {
				this.#verdict = verdict;
				emit({event: 'verdict', verdict});
			},
		};
	}

	/** A step failed or the user cancelled: back to where we began. An uninstall is not turned round; it can be run again. */
	async #failed(journal: Journal, error: ErrorReport): Promise<RunResult> {
		const {emit, run} = this.#options;
		let outcome: 'undone' | 'incomplete' = 'incomplete';
		if (!isOnlyForward(this.#plan.verb)) {
			emit({event: 'undo-started', reason: error.exit === 'interrupted' ? 'cancelled' : 'failed'});
			// Undoing is not cancelled by the cancel that began it.
			const context = (step: Step): StepContext => this.#context(step, new AbortController().signal);
			const back = await undoAll(this.#host, this.#begun, {run, journal, emit, context});
			outcome = back.outcome;
			this.#left.push(...back.left);
		}
		await journal.note({record: 'end', outcome});
		return this.#finish({outcome, error, left: this.#left});
	}

	#provenAsAsked(): boolean {
		const asked = this.#plan.steps.some(step => step.kind === 'smoke-test');
		return !asked || this.#verdict?.outcome === 'vm' || this.#verdict?.outcome === 'rehearsed';
	}

	#finish(result: RunResult): RunResult {
		this.#options.emit({event: 'run-finished', ...result});
		return result;
	}
}

/** The steps that an earlier process of this run did or began, in their order. */
const begunOf = (steps: readonly Step[], reached: ReadonlyMap<string, Progress>): Undoable[] =>
	steps.flatMap(step => {
		const progress = reached.get(step.id);
		return step.kind === 'undo' || !progress || progress.state === 'new' ? [] : [{step, inverse: progress.inverse}];
	});
