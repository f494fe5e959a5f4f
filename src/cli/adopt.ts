/** `kata-setup adopt`: from the Kata that is there, and what the person named, to a plan; for screens and flags alike. */
import {type Pair, type Runtime, runtimes, samePair} from '../catalogue/catalogue.ts';
import type {Facts} from '../facts/facts.ts';
import {adoptablePairs, pairInUse} from '../facts/findings/kata/adoptable-pairs.ts';
import {adoptedRelease, lacksPair, planAdopt, planAdopted, requireAdoptable} from '../plan/adopt.ts';
import type {Plan} from '../plan/plan.ts';
import {confirmAndRun, printedAlone} from './carry-out.ts';
import type {Context} from './context.ts';
import {blockerNotes, gather, hypervisorFromFlags, judgeFor} from './looking.ts';
import {answersOf, optionsFromFlags} from './operations.ts';
import {isInTheWayOfAdopting, refuseInTheWay} from './refusals.ts';
import {beforeChange} from './unfinished.ts';

/** Runs it without screens. Gives the exit code. */
export async function adopt(context: Context): Promise<number> {
	await beforeChange(context, 'adopt');
	const {facts, findings} = await gather(context);
	const made = makeAdoptPlan(context, facts);
	const soAlready = 'It is so already: the Kata that was here is ours. Nothing was changed.';
	const printed = printedAlone(context, made, [soAlready]);
	if (printed !== null) return printed;
	refuseInTheWay(findings, made);
	return confirmAndRun(context, facts, made);
}

/**
 * The plan that adopts the Kata at /opt/kata with the pair that the flags name, or the one that it is used with.
 * @throws KataSetupError as `planAdopt`
 */
export function makeAdoptPlan(context: Context, facts: Facts): Plan {
	const {flags, rehearsalRoot} = context;
	const already = planAdopted(facts, {rehearsal: rehearsalRoot !== null});
	if (already) return already;
	const found = requireAdoptable(facts);
	const pair = pairFor(context, facts);
	return planAdopt(
		facts,
		{
			...pair,
			release: adoptedRelease(found, facts),
			restartEngine: !flags['no-restart'],
			defaultPaths: !flags['no-default-paths'],
			smokeTest: !flags['no-test'],
			...answersOf(optionsFromFlags(flags), facts, pair),
			...(flags.ignore.length > 0 ? {ignore: flags.ignore} : {}),
		},
		{
			rehearsal: rehearsalRoot !== null,
			inTheWay: blockerNotes(judgeFor(context, facts).filter(isInTheWayOfAdopting), pair),
		},
	);
}

/** What the flags leave open is as it is used now; with another runtime or hypervisor the first that it has of that. */
function pairFor(context: Context, facts: Facts): Pair {
	const found = requireAdoptable(facts);
	const runtime = runtimes.find(name => name === context.flags.runtime) as Runtime | undefined;
	const named = hypervisorFromFlags(context);
	const inUse = pairInUse(found, facts);
	const isWanted = (pair: Pair): boolean =>
		(runtime === undefined || pair.runtime === runtime) &&
		(named === null || samePair(pair, {...named, runtime: pair.runtime}));
	const pair = [...(inUse ? [inUse] : []), ...adoptablePairs(found)].find(isWanted);
	if (pair) return pair;
	throw lacksPair(found, [runtime, named?.variant ?? named?.hypervisor].filter(Boolean).join('/'));
}
