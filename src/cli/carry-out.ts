/** From a plan to a run: whether it may start, the question to the person, the run itself. For the commands without screens. */
import {createInterface} from 'node:readline/promises';
import {exitCodes, KataSetupError} from '../errors.ts';
import type {Facts} from '../facts/facts.ts';
import {shellQuote} from '../plan/command.ts';
import type {Plan} from '../plan/plan.ts';
import type {Context} from './context.ts';
import type {Lend} from './escalation.ts';
import {follow} from './follow.ts';
import {start} from './operations.ts';
import {planLines} from './plan-text.ts';
import {printJson, printLines} from './print.ts';
import {lastingRoot, rootWords} from './throwaway-root.ts';

export const onTerminal = (): boolean => Boolean(process.stdin.isTTY && process.stdout.isTTY);

/** The terminal as it is: nothing of ours draws on it. Null where there is none to ask on. */
export const lentTerminal = (): Lend => (process.stdin.isTTY ? work => work() : null);

/**
 * @param verb the command as it is typed, for example `check --fix`
 * @throws KataSetupError (`usage`) where nobody can be asked and --yes was not given
 */
export function refuseWithoutYes(context: Context, verb: string, file?: string): void {
	if (context.flags.yes || (onTerminal() && !context.flags.json)) return;
	const why = onTerminal() ? 'With --json nothing can be asked' : 'There is no terminal to ask on';
	throw new KataSetupError('usage', `${why}, so \`kata-setup ${verb}\` needs --yes.`, {
		remedy: [
			`kata-setup ${verb} ${file === undefined ? '' : `${shellQuote(file)} `}--yes`,
			...(verb === 'apply' ? [] : [`To see what would be done: kata-setup ${verb} --dry-run`]),
		],
	});
}

/** What a dry run gives: the plan and nothing else. */
export function printPlan(context: Context, made: Plan): number {
	if (context.flags.json) printJson(made);
	else printLines(planLines(made, lastingRoot(context)));
	return exitCodes.ok.code;
}

/**
 * Where nothing has to be done, or a dry run is wanted, that is printed and all.
 * @param nothing what is said of a plan without steps
 * @returns the exit code; null: the plan is to be carried out
 */
export function printedAlone(context: Context, made: Plan, nothing: readonly string[]): number | null {
	const {flags} = context;
	if (made.steps.length > 0) return flags['dry-run'] ? printPlan(context, made) : null;
	if (flags.json) return printPlan(context, made);
	printLines([...nothing]);
	return exitCodes.ok.code;
}

/** Shows the plan and asks, unless --yes was given; then runs it. Gives the exit code. */
export async function confirmAndRun(context: Context, facts: Facts, made: Plan): Promise<number> {
	if (!context.flags.yes) {
		printLines([...planLines(made, context.rehearsalRoot), '']);
		if (!(await agreed())) {
			printLines(['Nothing was changed.']);
			return exitCodes.interrupted.code;
		}
	}
	return run(context, facts, made, {planShown: !context.flags.yes});
}

/** Asks on the terminal. */
export async function agreed(): Promise<boolean> {
	const prompt = createInterface({input: process.stdin, output: process.stdout});
	try {
		return /^y(es)?$/i.test((await prompt.question('Do this? [y/N] ')).trim());
	} finally {
		prompt.close();
	}
}

/**
 * Runs a plan to its end and prints what it tells. Gives the exit code.
 * @param options.finish the unfinished run whose plan this is; null: a new run
 * @param options.planShown whether the person has read the plan already
 */
export async function run(
	context: Context,
	facts: Facts,
	made: Plan,
	{finish = null, planShown = false}: {finish?: string | null; planShown?: boolean} = {},
): Promise<number> {
	const {json} = context.flags;
	const view = await start(context, facts, made, lentTerminal(), finish);
	const code = await follow(view, {json, planShown, onInterrupt: onTerminal() && !json ? 'ask' : 'cancel'});
	if (context.rehearsalRoot !== null && !context.flags.json) printLines([rootWords(context.rehearsalRoot)]);
	return code;
}
