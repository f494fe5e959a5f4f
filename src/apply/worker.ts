/**
 * The worker: a process of its own session that applies one plan and serves its events on a unix socket.
 *
 * Whoever started it may go away; the plan goes on. It takes a plan, checks it itself and takes no orders but `cancel`
 * and `stop`. What it leaves behind is given free before the last event: a command right after it meets no lock.
 */
import {KataSetupError, reportOf} from '../errors.ts';
import {withoutPasswords} from '../facts/secrets.ts';
import {explainedByPath} from '../host/disk-errors.ts';
import type {Host} from '../host/host.ts';
import {takeLock} from '../host/lock.ts';
import {runFolder, socketFile} from '../layout.ts';
import {hashHolds} from '../plan/finish.ts';
import {type Progress, progressOf} from '../plan/finish-run.ts';
import {isStepKind, type Plan} from '../plan/plan.ts';
import {removeOwnCopy, removeStaleCopies} from '../program/copies.ts';
import type {UnstampedEvent} from './events.ts';
import {executePlan, type RunResult} from './executor.ts';
import {readJournal} from './journal.ts';
import {dropKeptPlan, readKeptPlan} from './kept-plan.ts';
import {foldJournal} from './receipt.ts';
import {renewSummary, summaryIsStale} from './stale-summary.ts';
import {removeState, writeSummary} from './summary.ts';
import {Viewers} from './viewers.ts';

/** What the worker is given on its standard input. */
export interface WorkerTask {
	plan: Plan;
	run: string;
	/** The person: the socket is theirs, and the journal names them. */
	by: string;
	uid: number;
	gid: number;
	/** The person's variables that say how the network is reached: sudo drops them on the way. */
	network: Record<string, string>;
	/** The run was begun before and is to be finished: `plan` is the one that was kept of it. */
	finish?: boolean;
}

/** The one line that it answers on its standard output before it turns to the socket. */
export type WorkerAnswer = {socket: string} | {error: ReturnType<typeof reportOf>};

/** How long the beginning of a run waits for the one who started it: a short run would be over before they look. */
const welcome = 10_000;
/** How long the end of a run waits for its viewers to have read everything. */
const farewell = 10_000;

/** Runs one task to its end. `answer` is called once: when the socket serves, or with the error that prevented it. */
export async function work(host: Host, task: WorkerTask, answer: (line: WorkerAnswer) => void): Promise<void> {
	const {plan, run, by} = task;
	const cancel = new AbortController();
	const stop = new AbortController();
	const orders = {cancel: () => cancel.abort(), stop: () => stop.abort()};
	const ignore = (): void => undefined;
	// A server that goes down, or somebody's `kill`, gives little time: what is done is kept, and finished or undone later.
	const signals = {SIGTERM: orders.stop, SIGINT: orders.cancel, SIGHUP: ignore};
	for (const [signal, listener] of Object.entries(signals)) process.on(signal, listener);
	let release: (() => Promise<void>) | null = null;
	const viewers = new Viewers(host, orders);
	try {
		refuseUnfit(host, plan);
		release = await takeLock(host, {run, verb: plan.verb, by});
		const reached = task.finish ? await reachedBy(host, run, plan) : undefined;
		await viewers.listen(task);
		answer({socket: host.files.physical(socketFile)});
		await viewers.first(welcome);
		// The last event is held back until nothing of ours is in the way of the command that comes after it.
		let last: UnstampedEvent | null = null;
		const emit = (told: UnstampedEvent): void => {
			// Events end on screens and in logs of other people's.
			const event = withoutPasswords(told);
			if (event.event === 'run-finished') last = event;
			else viewers.emit(event);
		};
		const result = await executePlan(host, plan, {
			run,
			by,
			signal: cancel.signal,
			stop: stop.signal,
			emit,
			...(reached ? {reached} : {}),
		});
		let lock = keepLock;
		try {
			await settle(host, task, result, viewers.watched);
			lock = release;
		} finally {
			await leave(host, viewers, lock);
			release = null;
			if (last) viewers.emit(last);
		}
	} catch (error) {
		answer({error: withoutPasswords(reportOf(explainedByPath(error)))});
	} finally {
		if (release) await leave(host, viewers, release);
		await viewers.end(farewell);
		for (const [signal, listener] of Object.entries(signals)) process.off(signal, listener);
	}
}

/** What could not be settled the next command settles (`tidy`): a lock whose holder is dead tells it to. */
const keepLock = async (): Promise<void> => undefined;

/**
 * Takes away the copy that we run from, and those of killed ones; gives socket and lock free, in this order: who has the
 * lock may take the socket's name. What cannot be taken away is left to the next command (`tidy`), which finds a dead
 * holder: the run's end must be told all the same, or everybody who looks would wait for ever.
 */
async function leave(host: Host, viewers: Viewers, release: () => Promise<void>): Promise<void> {
	viewers.closeDoor();
	const copies = host.kind === 'real' && process.getuid?.() === 0 ? [removeOwnCopy, removeStaleCopies] : [];
	for (const part of [...copies, release, () => host.files.removeDirectory(runFolder)])
		await part().catch(() => undefined);
}

/**
 * The worker believes nobody that a plan is one: not what a newer kata-setup made, not one for a rehearsal on a host or the
 * other way round, and not one that was changed since.
 * @throws KataSetupError (`changed`)
 */
function refuseUnfit(host: Host, plan: Plan): void {
	const unknown = plan.steps.find(({kind}) => !isStepKind(kind));
	if ((plan.schema as number) !== 1 || unknown)
		throw new KataSetupError('changed', 'The plan was made by another kata-setup and is not applied.', {
			why: unknown
				? `It has a step \`${unknown.kind}\`, which this one does not know.`
				: `Its schema is ${plan.schema}.`,
			remedy: 'Make it again with `kata-setup plan --json`.',
		});
	if (plan.rehearsal !== (host.kind === 'rehearsal'))
		throw new KataSetupError('changed', 'The plan is not for this host.', {
			why: plan.rehearsal ? 'It is for a rehearsal.' : 'It is for a real host, and this is a rehearsal.',
			remedy: 'Make it again with `kata-setup plan --json`.',
		});
	if (hashHolds(plan)) return;
	throw new KataSetupError('changed', 'The plan does not match its own hash and is not applied.', {
		why: 'It was changed after it was made.',
		remedy: 'Make it again with `kata-setup plan --json`.',
	});
}

/**
 * How far the run came that is to be finished.
 * @throws KataSetupError (`changed`) if it is not the unfinished one any more, or this is not the plan that it was begun with
 */
async function reachedBy(host: Host, run: string, plan: Plan): Promise<Map<string, Progress>> {
	const records = await readJournal(host);
	if (foldJournal(records).unfinished?.run !== run)
		throw new KataSetupError('changed', `The run ${run} is not unfinished any more.`, {
			remedy: 'See how this host stands: kata-setup status',
		});
	const kept = await readKeptPlan(host, run);
	if (kept.hash !== plan.hash)
		throw new KataSetupError('changed', `This is not the plan that the run ${run} was begun with.`, {
			remedy: 'Look at it again: kata-setup finish',
		});
	return progressOf(kept, run, records);
}

/** After the run: the summary for everybody, or no trace at all where nothing of ours stands and someone was told so. */
async function settle(host: Host, task: WorkerTask, result: RunResult, watched: boolean): Promise<void> {
	const records = await readJournal(host);
	const receipt = foldJournal(records);
	if (receipt.standing.length === 0 && result.outcome !== 'incomplete' && (watched || result.outcome === 'done')) {
		await removeState(host);
		return;
	}
	const {outcome, error} = result;
	const at = new Date(host.now()).toISOString();
	// Refused before it began: how the last run ended is still told of the one before.
	if (records.some(({run}) => run === task.run))
		await writeSummary(host, {run: task.run, verb: task.plan.verb, at, outcome, error});
	// Its plan may have been refused for coming from a summary that is stale: the next one shall not.
	else if (await summaryIsStale(host, receipt)) await renewSummary(host, receipt);
	// Last: from it the next command knows what a killed one had to tell.
	if (receipt.unfinished === null) await dropKeptPlan(host);
}
