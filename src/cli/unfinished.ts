/** A run that was begun and not finished: `finish`, `undo`, and what other commands do when they meet one. */

import {readJournal} from '../apply/journal.ts';
import {readKeptPlan} from '../apply/kept-plan.ts';
import {refuseSandboxes} from '../apply/preconditions.ts';
import {foldJournal} from '../apply/receipt.ts';
import {readSummary} from '../apply/summary.ts';
import {tidy} from '../apply/tidy.ts';
import {exitCodes, KataSetupError} from '../errors.ts';
import type {Facts, InstallationFacts} from '../facts/facts.ts';
import {unfinishedWords} from '../facts/last-run.ts';
import {formatTime} from '../format.ts';
import {lockedBy, lockHolder} from '../host/lock.ts';
import {type Rest, restOf} from '../plan/finish-run.ts';
import type {Plan, Step, Verb} from '../plan/plan.ts';
import {planUndo} from '../plan/undo.ts';
import {waysOn} from '../plan/ways-on.ts';
import {agreed, confirmAndRun, lentTerminal, printPlan, refuseWithoutYes, run} from './carry-out.ts';
import type {Context} from './context.ts';
import {needsRoot, readAsRoot, readReceipt} from './escalation.ts';
import {gather} from './looking.ts';
import {makeUninstallPlan} from './operations.ts';
import {printJson, printLines} from './print.ts';
import type {RestDocument} from './printed.ts';

/**
 * The rest of the unfinished run.
 * @param lend the terminal, for sudo's question where only root may read it; null where it cannot ask
 * @throws KataSetupError (`nothing`) if there is none, (`incomplete`) if its plan is not kept
 */
export async function readRest(context: Context, facts: Facts, lend = lentTerminal()): Promise<Rest> {
	if (needsRoot(context, facts)) return readAsRoot<Rest>(context, facts, 'finish', lend);
	const records = await readJournal(context.host);
	const {unfinished} = foldJournal(records);
	if (!unfinished) throw new KataSetupError('nothing', 'No run was left unfinished.');
	return restOf(unfinished, await readKeptPlan(context.host, unfinished.run), records);
}

/** `kata-setup finish`: does the rest of the unfinished run, by the plan that was agreed to then. */
export async function finishCommand(context: Context): Promise<number> {
	const {json, yes} = context.flags;
	await beforeGoingOn(context, 'finish');
	const {facts} = await gather(context);
	const rest = await readRest(context, facts);
	if (context.flags['dry-run'] && json) {
		printJson({...rest, schema: 1} satisfies RestDocument);
		return exitCodes.ok.code;
	}
	if (!json) printLines(restLines(rest));
	if (context.flags['dry-run']) return exitCodes.ok.code;
	await refuseSandboxes(context.host, stepsLeft(rest));
	if (!yes && !(await agreed())) {
		printLines(['Nothing was changed.']);
		return exitCodes.interrupted.code;
	}
	return run(context, facts, rest.plan, {finish: rest.run});
}

const stepsLeft = ({plan, done}: Rest): Step[] => plan.steps.filter(({id}) => !done.includes(id));

const restLines = (rest: Rest): string[] => [
	`The ${rest.plan.verb} that ${rest.by} began on ${formatTime(rest.begun)} is finished. ${rest.done.length} of its ${rest.plan.steps.length} steps are done; these are left:`,
	...stepsLeft(rest).map(({title}) => `  ${title}`),
	'',
];

/** `kata-setup undo`: takes back what the unfinished run did, and nothing else. */
export async function undoCommand(context: Context): Promise<number> {
	await beforeGoingOn(context, 'undo');
	const {facts} = await gather(context);
	const made = await makeUndoPlan(context, facts);
	if (context.flags['dry-run']) return printPlan(context, made);
	await refuseSandboxes(context.host, made.steps);
	return confirmAndRun(context, facts, made);
}

/**
 * The plan that undoes the unfinished run.
 * @param lend the terminal, for sudo's question where only root may read the journal; null where it cannot ask
 */
export async function makeUndoPlan(context: Context, facts: Facts, lend = lentTerminal()): Promise<Plan> {
	if (needsRoot(context, facts)) return readAsRoot<Plan>(context, facts, 'undo', lend);
	return planUndo(facts, await readReceipt(context), {rehearsal: context.rehearsalRoot !== null});
}

async function beforeGoingOn(context: Context, verb: 'finish' | 'undo'): Promise<void> {
	const {flags, host, person} = context;
	if (!flags['dry-run']) refuseWithoutYes(context, verb);
	await refuseWhileAtWork(context);
	if (!flags['dry-run']) await tidy(host, {by: person.name, forget: false});
}

/**
 * What every command that changes an installation does first: it refuses where nobody can be asked, sweeps up after a killed
 * worker, and takes back what an earlier run left. A dry run does nothing of it.
 * @throws KataSetupError (`usage`) without --yes where nobody can be asked; as `undoUnfinished`
 */
export async function beforeChange(context: Context, verb: Verb): Promise<void> {
	const {flags, host, person} = context;
	if (flags['dry-run']) return;
	refuseWithoutYes(context, verb);
	await tidy(host, {by: person.name, forget: false});
	await undoUnfinished(context);
}

/** What is said first where a run was not finished, before it is taken back or, as an uninstall, gone on with. */
export function firstLines(installation: Pick<InstallationFacts, 'unfinished' | 'unfinishedRun'>): string[] {
	const isUninstall = installation.unfinished?.verb === 'uninstall';
	return [
		`${unfinishedWords(installation)} was not finished. It is ${isUninstall ? 'gone on with' : 'undone'} first.`,
		`${
			isUninstall
				? 'To do that alone: kata-setup finish.'
				: 'To do the rest of it instead: kata-setup finish. To undo it and no more: kata-setup undo.'
		} To look at it: kata-setup status.`,
	];
}

async function refuseWhileAtWork({host}: Context): Promise<void> {
	const holder = await lockHolder(host);
	if (holder) throw lockedBy(holder);
}

/** Null where only root can tell that the run is over: what everybody may read of it was stale, and was written anew by now. */
function orNothing(thrown: unknown): null {
	if (thrown instanceof KataSetupError && thrown.report.exit === 'nothing') return null;
	throw thrown;
}

/**
 * What an earlier run left half-done is undone before anything else; an uninstall is gone on with, as it cannot be undone.
 * On a terminal without --yes the person is asked first, and told what else can be done.
 * @throws KataSetupError (`interrupted`) if the person does not want that; (`incomplete`) if it fails
 */
async function undoUnfinished(context: Context): Promise<void> {
	const {installation} = await readSummary(context.host);
	if (!installation?.unfinishedRun) return;
	await refuseWhileAtWork(context);
	const {unfinished: told} = installation;
	const {json, yes} = context.flags;
	if (!json) printLines(firstLines(installation));
	if (!yes && !(await agreed()))
		throw new KataSetupError('interrupted', 'Nothing was changed.', {remedy: waysOn(told?.verb)});
	const {facts} = await gather(context);
	const isUninstall = told?.verb === 'uninstall';
	const planned = isUninstall ? makeUninstallPlan : makeUndoPlan;
	const made = await planned(context, facts, lentTerminal()).catch(orNothing);
	if (made === null) {
		if (!json) printLines(['It had come to its end after all; only its result was not written down.']);
		return;
	}
	await refuseSandboxes(context.host, made.steps);
	const code = await run(context, facts, made);
	if (code !== exitCodes.ok.code)
		throw isUninstall
			? new KataSetupError('incomplete', 'The earlier uninstall could not be finished.', {remedy: waysOn('uninstall')})
			: new KataSetupError('incomplete', 'What an earlier run left could not be undone.', {
					remedy: [...waysOn(told?.verb), 'Or take everything away: kata-setup uninstall'],
				});
}
