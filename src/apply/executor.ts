/**
 * Carries out a plan: journal, effect, check, step by step; and the way back if a step fails.
 *
 * It makes no decision of its own. What it does and how that is undone stands in the plan and in the journal.
 */
import {dirname} from 'node:path';
import {type ErrorReport, KataSetupError, reportOf} from '../errors.ts';
import {diskError} from '../host/disk-errors.ts';
import type {Host} from '../host/host.ts';
import {bootId} from '../host/lock.ts';
import type {Plan, Step, StepOf} from '../plan/plan.ts';
import type {SmokeVerdict} from '../smoke/verdict.ts';
import {stepKind} from '../steps/registry.ts';
import type {StepContext} from '../steps/step-kind.ts';
import {checkpoint} from './checkpoint.ts';
import type {RunOutcome, UnstampedEvent} from './events.ts';
import {Journal} from './journal.ts';
import type {UnstampedRecord} from './journal-records.ts';
import {checkPreconditions} from './preconditions.ts';

export interface RunOptions {
	run: string;
	/** The person's user name, for the journal and the lock. */
	by: string;
	signal: AbortSignal;
	emit: (event: UnstampedEvent) => void;
}

export interface RunResult {
	outcome: RunOutcome;
	error: ErrorReport | null;
	/** What was left as it is because somebody else changed it. */
	left: string[];
}

interface Undoable {
	step: Step;
	inverse: unknown;
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
		const {emit, run, by} = this.#options;
		const {verb, hash, rehearsal, steps, kataSetup, choice} = this.#plan;
		emit({
			event: 'run-started',
			run,
			verb,
			planHash: hash,
			rehearsal,
			steps: steps.map(({id, kind, title, cost}) => ({id, kind, title, seconds: cost.seconds})),
		});
		let journal: Journal;
		try {
			await checkPreconditions(this.#host, this.#plan);
			journal = await Journal.open(this.#host, run);
			await journal.write({record: 'begin', verb, kataSetup, planHash: hash, choice, by, bootId: await bootId()});
		} catch (error) {
			// Nothing has been done yet, so there is nothing to undo.
			return this.#finish({outcome: 'undone', error: reportOf(error), left: []});
		}
		let outcome: 'done' | 'unproven';
		try {
			for (const step of steps) await this.#apply(journal, step);
			outcome = this.#provenAsAsked() ? 'done' : 'unproven';
			await journal.write({record: 'end', outcome});
		} catch (error) {
			return this.#failed(journal, reportOf(error));
		}
		return this.#finish({outcome, error: this.#unproven(), left: this.#left});
	}

	async #apply(journal: Journal, step: Step): Promise<void> {
		const {emit, signal} = this.#options;
		if (signal.aborted) throw KataSetupError.from(cancelled);
		emit({event: 'step-started', step: step.id});
		const begun = this.#host.now();
		try {
			if (step.kind === 'undo') await this.#undoEarlier(journal, step);
			else await this.#do(journal, step);
		} catch (thrown) {
			const error = explained(thrown);
			const report = signal.aborted ? cancelled : reportOf(error);
			emit({event: 'step-failed', step: step.id, error: report});
			await this.#note(journal, {record: 'failed', step: step.id, error: report});
			throw signal.aborted ? KataSetupError.from(cancelled) : error;
		}
		emit({event: 'step-done', step: step.id, ms: this.#host.now() - begun});
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
		const outcome = this.#plan.verb === 'uninstall' ? 'incomplete' : await this.#undoAll(journal, error);
		await this.#note(journal, {record: 'end', outcome});
		return this.#finish({outcome, error, left: this.#left});
	}

	/** On the way back a journal that cannot be written to, such as on a full disk, keeps nothing from being undone. */
	async #note(journal: Journal, record: UnstampedRecord): Promise<void> {
		try {
			await journal.write(record);
		} catch {
			// What stands then looks unfinished, and the next run undoes it once more, which does no harm.
		}
	}

	async #undoAll(journal: Journal, error: ErrorReport): Promise<'undone' | 'incomplete'> {
		const {emit, run} = this.#options;
		emit({event: 'undo-started', reason: error.exit === 'interrupted' ? 'cancelled' : 'failed'});
		let complete = true;
		for (const {step, inverse} of this.#begun.reverse()) {
			try {
				// Undoing is not cancelled by the cancel that began it.
				const context = this.#context(step, new AbortController().signal);
				const left = await stepKind(step.kind).undo(this.#host, step.args as never, inverse, context);
				this.#left.push(...left);
				await journal.write({record: 'undone', ofRun: run, step: step.id, left});
				emit({event: 'step-undone', step: step.id, left});
			} catch (undoError) {
				complete = false;
				emit({event: 'undo-failed', step: step.id, error: reportOf(explained(undoError))});
				await this.#note(journal, {record: 'failed', step: step.id, error: reportOf(explained(undoError))});
			}
		}
		return complete ? 'undone' : 'incomplete';
	}

	#provenAsAsked(): boolean {
		const asked = this.#plan.steps.some(step => step.kind === 'smoke-test');
		return !asked || this.#verdict?.outcome === 'vm' || this.#verdict?.outcome === 'rehearsed';
	}

	#unproven(): ErrorReport | null {
		const verdict = this.#verdict;
		if (this.#provenAsAsked()) return null;
		return {
			exit: 'unproven',
			message: verdict?.sentence ?? 'The smoke test gave no verdict.',
			why: verdict?.cause ?? null,
			remedy: verdict?.remedy ?? [],
			evidence: verdict?.log ?? [],
		};
	}

	#finish(result: RunResult): RunResult {
		this.#options.emit({event: 'run-finished', ...result});
		return result;
	}
}

/** A file system that refuses is the host's doing and no bug of ours; the error names the file, or its temporary twin. */
function explained(thrown: unknown): unknown {
	const {path, dest} = thrown as {path?: unknown; dest?: unknown};
	const at = dest ?? path;
	return typeof at === 'string' ? diskError(thrown, dirname(at), 'undone') : thrown;
}

const cancelled: ErrorReport = {
	exit: 'interrupted',
	message: 'The run was cancelled.',
	why: null,
	remedy: [],
	evidence: [],
};
