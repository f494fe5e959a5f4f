/** What each command does, once its flags are parsed. Every one returns its exit code. */
import * as fs from 'node:fs/promises';
import {attach} from '../apply/client.ts';
import {refuseSandboxes} from '../apply/preconditions.ts';
import {readSummary} from '../apply/summary.ts';
import {tidy} from '../apply/tidy.ts';
import {exitCodes, KataSetupError} from '../errors.ts';
import {checkDocument} from '../facts/check-document.ts';
import {lastRunWords} from '../facts/last-run.ts';
import type {Gathered} from '../facts/looked.ts';
import {exitOf, outlookOf} from '../facts/outlook.ts';
import {reportFacts} from '../facts/report.ts';
import {hashHolds} from '../plan/finish.ts';
import type {Plan} from '../plan/plan.ts';
import {adopt} from './adopt.ts';
import {confirmAndRun, lentTerminal, printPlan, refuseWithoutYes, run} from './carry-out.ts';
import {change, changeInstalled, planOfInstalled, printInstalled} from './change.ts';
import type {Context} from './context.ts';
import {explain} from './explain.ts';
import {fixHost} from './fix.ts';
import {follow} from './follow.ts';
import {list} from './list.ts';
import {gather, judgeFor, lookForDrift, pairFromFlags} from './looking.ts';
import {makeInstallPlan, makeTestPlan, makeUninstallPlan} from './operations.ts';
import {printEvent, printJson, printLines} from './print.ts';
import type {AttachDocument, CheckedLine, StatusDocument} from './printed.ts';
import {recommend} from './recommend.ts';
import {refuseBlockers, refuseInTheWay, refuseUnverified} from './refusals.ts';
import {repair} from './repair.ts';
import {statusLines} from './status-text.ts';
import {undisturbed} from './undisturbed.ts';
import {beforeChange, finishCommand, undoCommand} from './unfinished.ts';
import {waiting} from './wait.ts';

type Command = (context: Context, argument: string | null) => Promise<number>;

/**
 * Facts from --facts FILE, or from this host.
 * @param asksIndex whether the release index is asked if it answers, where an install would ask it
 */
async function factsFor(context: Context, asksIndex = false): Promise<Gathered> {
	const file = context.flags.facts;
	if (file === undefined) return gather(context, undefined, asksIndex);
	// Read by few runs, and slow to load: a library that validates JSON comes with it.
	const {parseFacts} = await import('../facts/recorded.ts');
	const facts = parseFacts(await readJsonFile(file, 'facts'));
	return {facts, findings: judgeFor(context, facts)};
}

async function readJsonFile(path: string, what: string): Promise<unknown> {
	let text: string;
	try {
		text = await fs.readFile(path, 'utf8');
	} catch (error) {
		throw new KataSetupError('usage', `${path} cannot be read.`, {evidence: String(error)});
	}
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		throw new KataSetupError('usage', `${path} does not hold ${what} as JSON.`, {evidence: String(error)});
	}
}

const check: Command = async context => {
	const look = (): Promise<Gathered> => factsFor(context, true);
	const found = context.flags.fix ? await fixHost(context, look) : await look();
	if (typeof found === 'number') return found;
	const {facts, findings} = found;
	const outlook = outlookOf(facts, findings);
	const document = checkDocument(facts, findings, outlook);
	// After the events of a run the document is one more line of theirs.
	if (context.flags.json && context.flags.fix) printEvent({event: 'checked', ...document} satisfies CheckedLine);
	else if (context.flags.json) printJson(document);
	else printLines(reportFacts(facts, findings, outlook));
	return exitCodes[exitOf(outlook, findings)].code;
};

const plan: Command = async context => printInstallPlan(context, await factsFor(context));

/** Prints what `install` would do here; what would keep it from that is in the plan's notes. */
async function printInstallPlan(context: Context, gathered: Gathered): Promise<number> {
	const {facts} = gathered;
	if (facts.installation) return printInstalled(context, await planOfInstalled(context, facts));
	return printPlan(context, await makeInstallPlan(context, facts, pairFromFlags(context, gathered)));
}

const install: Command = async context => {
	const {flags} = context;
	await beforeChange(context, 'install');
	const {facts, findings} = await gather(context);
	if (flags['dry-run']) return printInstallPlan(context, {facts, findings});
	if (facts.installation) return changeInstalled(context, {facts, findings});
	const pair = pairFromFlags(context, {facts, findings});
	if (context.rehearsalRoot === null) refuseBlockers(findings, pair);
	const made = await makeInstallPlan(context, facts, pair);
	refuseUnverified(context, made);
	return confirmAndRun(context, facts, made);
};

/** The plan of a file. What a plan's steps mean is checked when they are carried out; that nobody changed it, here. */
function planIn(value: unknown, file: string): Plan {
	const made = value as Plan | null;
	const isPlan = made !== null && typeof made === 'object' && made.schema === 1 && Array.isArray(made.steps);
	if (isPlan && hashHolds(made)) return made;
	throw new KataSetupError(isPlan ? 'changed' : 'usage', `${file} is not a plan as kata-setup made it.`, {
		why: isPlan ? 'It was changed after it was made: its hash does not hold.' : 'It is no plan of schema 1.',
		remedy: 'Make it again with `kata-setup plan --json`.',
	});
}

const apply: Command = async (context, file) => {
	if (file === null)
		throw new KataSetupError('usage', 'Which plan?', {
			remedy: 'kata-setup plan --json > plan.json; kata-setup apply plan.json',
		});
	refuseWithoutYes(context, 'apply', file);
	const made = planIn(await readJsonFile(file, 'a plan'), file);
	if (made.rehearsal !== (context.rehearsalRoot !== null))
		throw new KataSetupError(
			'usage',
			made.rehearsal ? 'This is the plan of a rehearsal.' : 'This plan is for a real host.',
			{
				remedy: made.rehearsal ? 'Add --rehearse --root DIR' : 'Leave --rehearse out.',
			},
		);
	const {facts, findings} = await gather(withConsentsOf(made, context));
	refuseInTheWay(findings, made);
	refuseUnverified(
		context,
		made,
		'Plan it with the digest that you trust: kata-setup plan --archive FILE --sha256 HEX',
	);
	return confirmAndRun(context, facts, made);
};

/** What was accepted when the plan was made is part of what was reviewed. That bytes may be unverified is asked here and now. */
const withConsentsOf = ({choice}: Plan, context: Context): Context => ({
	...context,
	flags: {
		...context.flags,
		ignore: [...context.flags.ignore, ...(choice?.ignore ?? [])],
		beside: choice?.beside ?? false,
	},
});

const status: Command = async context => {
	const summary = await readSummary(context.host);
	const drift = await lookForDrift(context, summary.installation);
	if (context.flags.json) printJson({...summary, ...drift} satisfies StatusDocument);
	else printLines(await statusLines(context.host, summary, drift));
	return summary.installation ? exitCodes.ok.code : exitCodes.nothing.code;
};

const test: Command = async context => {
	const {facts} = await gather(context);
	return run(context, facts, await makeTestPlan(context, facts));
};

const uninstall: Command = async context => {
	if (!context.flags['dry-run']) {
		refuseWithoutYes(context, 'uninstall');
		await tidy(context.host, {by: context.person.name, forget: true});
	}
	const {facts} = await gather(context);
	const made = await makeUninstallPlan(context, facts, lentTerminal());
	if (context.flags['dry-run']) return printPlan(context, made);
	await refuseSandboxes(context.host, made.steps);
	return confirmAndRun(context, facts, made);
};

const attachCommand: Command = async context => {
	const view = await attach(context.host);
	if (view) return follow(view, {json: context.flags.json, onInterrupt: 'detach'});
	const {lastRun} = await readSummary(context.host);
	if (context.flags.json) printJson({schema: 1, running: false, lastRun} satisfies AttachDocument);
	else printLines(['No run is going on.', ...(lastRun ? [`The last one: ${lastRunWords(lastRun)}`] : [])]);
	return exitCodes.nothing.code;
};

/** A command that changes the host: with --wait it waits for others to end. */
function changing(command: Command): Command {
	return (context, argument) =>
		waiting(
			context.host,
			context.flags.wait,
			line => printLines([line], process.stderr),
			() => undisturbed(context.host, () => command(context, argument)),
		);
}

/** As root, for an ordinary user's command: see `readAsRoot`. */
const tidyCommand: Command = async ({host, person}) => {
	await tidy(host, {by: person.name, forget: false});
	printJson({tidy: true});
	return exitCodes.ok.code;
};

/** The commands that need no screens. `wizard` and `worker` are started by main.ts. */
export const plainCommands: Record<string, Command> = {
	check,
	list: context => list(context, () => factsFor(context)),
	explain,
	recommend: context => recommend(context, () => factsFor(context)),
	plan,
	install: changing(install),
	apply: changing(apply),
	status,
	test: changing(test),
	switch: changing((context, pair) => change(context, 'switch', pair)),
	upgrade: changing(context => change(context, 'upgrade', null)),
	rollback: changing(context => change(context, 'rollback', null)),
	repair: changing(repair),
	adopt: changing(adopt),
	uninstall: changing(uninstall),
	finish: changing(finishCommand),
	undo: changing(undoCommand),
	attach: attachCommand,
	tidy: tidyCommand,
};
