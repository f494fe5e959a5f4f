/** `kata-setup switch`, `upgrade` and `rollback`: from what the person named to a plan, for screens and flags alike. */
import {isDeepStrictEqual} from 'node:util';
import {type Pair, pairEntry} from '../catalogue/catalogue.ts';
import {installedPair, lackHere, treeHere} from '../catalogue/here-already.ts';
import {KataSetupError} from '../errors.ts';
import type {Facts, InstallationFacts} from '../facts/facts.ts';
import type {Gathered} from '../facts/looked.ts';
import type {ChosenOptions} from '../kataconfig/option-choices.ts';
import {adoptedRelease} from '../plan/adopt.ts';
import {type ChangeVerb, knownRelease, planChange, requireInstallation} from '../plan/change.ts';
import type {Choice} from '../plan/choice.ts';
import {shellQuote} from '../plan/command.ts';
import type {Plan} from '../plan/plan.ts';
import {confirmAndRun, printedAlone, printPlan} from './carry-out.ts';
import type {Context} from './context.ts';
import {blockerNotes, gather, judgeFor} from './looking.ts';
import {pairNamed} from './named-pair.ts';
import {answersOf, type Hooks, optionsFromFlags, releaseFor} from './operations.ts';
import {refuseInTheWay, refuseUnverified} from './refusals.ts';
import {beforeChange} from './unfinished.ts';

/** Runs one of the three without screens. Gives the exit code. */
export async function change(context: Context, verb: ChangeVerb, argument: string | null): Promise<number> {
	await beforeChange(context, verb);
	const gathered = await gather(context);
	return carryOutChange(context, gathered, await planOfChange(context, gathered.facts, verb, argument));
}

/** `kata-setup install` where Kata is installed: what was asked for is a change, or is so already. */
export async function changeInstalled(context: Context, gathered: Gathered): Promise<number> {
	return carryOutChange(context, gathered, await planOfInstalled(context, gathered.facts));
}

/**
 * What one of the three plans, as it was typed.
 * @throws KataSetupError as `makeChangePlan`; (`usage`) if the pair is none
 */
export async function planOfChange(
	context: Context,
	facts: Facts,
	verb: ChangeVerb,
	argument: string | null,
): Promise<Plan> {
	const installation = requireInstallation(facts);
	const pair = verb === 'switch' ? pairNamed(context.flags, argument, installation) : null;
	return makeChangePlan(context, facts, verb, pair);
}

/** What `kata-setup install` plans where Kata is installed. @throws as `planOfChange` */
export async function planOfInstalled(context: Context, facts: Facts): Promise<Plan> {
	const {version, archive} = context.flags;
	const verb = version !== undefined || archive.length > 0 ? 'upgrade' : 'switch';
	return makeChangePlan(context, facts, verb, pairNamed(context.flags, null, requireInstallation(facts)));
}

/** Prints such a plan and does nothing. */
export function printInstalled(context: Context, made: Plan): number {
	return printedAlone(context, made, soAlreadyLines(context, made)) ?? printPlan(context, made);
}

async function carryOutChange(context: Context, {facts, findings}: Gathered, made: Plan): Promise<number> {
	const printed = printedAlone(context, made, soAlreadyLines(context, made));
	if (printed !== null) return printed;
	refuseInTheWay(findings, made);
	refuseUnverified(context, made);
	return confirmAndRun(context, facts, made);
}

/** What is said where nothing has to be changed, and of a flag that nothing came of. */
export function soAlreadyLines({flags}: Context, {choice}: Plan): string[] {
	const index = flags['release-url'];
	return [
		`It is so already: Kata ${choice?.release.version}, runtime ${choice?.runtime}, hypervisor ${choice?.variant ?? choice?.hypervisor}. Nothing was changed.`,
		...(index === undefined
			? []
			: [
					`Nothing had to be fetched, so ${index} was not asked. For its newest release:`,
					`  kata-setup upgrade --release-url ${shellQuote(index)}`,
				]),
	];
}

/**
 * The plan from what is installed to what is wanted.
 * @param pair for a switch; null: the pair stays as it is
 * @param options what is wanted of the options; absent: the flags'. What they leave out stays as it was chosen last.
 * @throws KataSetupError (`nothing`) if there is nothing to change, or no state to go back to
 */
export async function makeChangePlan(
	context: Context,
	facts: Facts,
	verb: ChangeVerb,
	pair: Pair | null,
	hooks: Hooks = {},
	options: ChosenOptions | null = null,
): Promise<Plan> {
	const installation = requireInstallation(facts);
	const rehearsal = context.rehearsalRoot !== null;
	if (verb === 'rollback') {
		if (!installation.previous)
			throw new KataSetupError('nothing', 'There is no state before this one to go back to.', {
				remedy: 'To take everything away: kata-setup uninstall',
			});
		// Whose /opt/kata is does not change by going back.
		const {beside: _, ...previous} = installation.previous;
		const back: Choice = {...previous, ...(installation.choice?.beside ? {beside: true} : {})};
		const inTheWay = blockerNotes(judgeFor(context, facts), back);
		return planChange(facts, {...back, ...answersOfRun(context)}, {verb, rehearsal, inTheWay});
	}
	const last = installation.choice ?? null;
	refuseElsewhere(context, last);
	const chosen = pair ?? pairOf(installation);
	const kept: ChosenOptions = {
		...last?.options,
		...(last?.guestMemoryMiB === undefined ? {} : {'guest-memory': last.guestMemoryMiB}),
	};
	const {guestMemoryMiB: _, options: __, variant: ___, blockfileGiB, poolGiB, ...others} = last ?? {};
	// A size that was asked for goes with a pair that has its files there, and would refuse another.
	const sizes = pairEntry(chosen).needsBlockSnapshotter
		? {...(blockfileGiB === undefined ? {} : {blockfileGiB}), ...(poolGiB === undefined ? {} : {poolGiB})}
		: {};
	const choice: Choice = {
		...others,
		...sizes,
		...chosen,
		release: await releaseWanted(context, facts, verb, chosen, hooks),
		...answersOfRun(context),
		defaultPaths: last?.defaultPaths ?? true,
		...answersOf(options ?? {...kept, ...optionsFromFlags(context.flags)}, facts, chosen),
		...(context.flags['blockfile-size'] === undefined ? {} : {blockfileGiB: context.flags['blockfile-size']}),
		...(context.flags['pool-size'] === undefined ? {} : {poolGiB: context.flags['pool-size']}),
	};
	hooks.signal?.throwIfAborted();
	return planChange(facts, choice, {verb, rehearsal, inTheWay: blockerNotes(judgeFor(context, facts), choice)});
}

/** What is asked anew of every run: the state before decides nothing of it, but for the findings that were accepted. */
const answersOfRun = ({flags}: Context): Pick<Choice, 'restartEngine' | 'smokeTest' | 'ignore'> => ({
	restartEngine: !flags['no-restart'],
	smokeTest: !flags['no-test'],
	...(flags.ignore.length > 0 ? {ignore: flags.ignore} : {}),
});

/**
 * Whose the paths are that others look at was decided by the install.
 * @throws KataSetupError (`usage`) if a flag asks for it otherwise than it is
 */
function refuseElsewhere({flags}: Context, last: Choice | null): void {
	const remedy = (flag: string): string => `Remove it first: kata-setup uninstall. Then: kata-setup install ${flag}`;
	if (flags.beside && !last?.beside)
		throw new KataSetupError('usage', 'What is installed is not beside another Kata, and no change puts it there.', {
			remedy: remedy('--beside'),
		});
	if (flags['no-default-paths'] && !last?.beside && (last?.defaultPaths ?? true))
		throw new KataSetupError(
			'usage',
			'What is installed has the default paths: --no-default-paths is for an install, and no change takes them away.',
			{
				remedy: remedy('--no-default-paths'),
			},
		);
}

/**
 * Whether the flags name exactly this release, so that what is unpacked of it need not be looked for again, which the network
 * or a file that is gone may refuse: by its version, or by its archives' digests.
 */
const isNamed =
	({flags: {version, archive, sha256}}: Context) =>
	(release: Choice['release']): boolean => {
		if (archive.length === 0) return release.version === version;
		const digests = release.archives.map(one => one.sha256);
		return sha256.length === archive.length && isDeepStrictEqual(new Set(digests), new Set(sha256));
	};

/** For a switch the release that is installed, by its tree if one has the runtime; for an upgrade the one asked for, or the newest. */
async function releaseWanted(
	context: Context,
	facts: Facts,
	verb: ChangeVerb,
	pair: Pair,
	hooks: Hooks,
): Promise<Choice['release']> {
	const installation = requireInstallation(facts);
	if (verb === 'upgrade')
		return knownRelease(installation, pair.runtime, isNamed(context)) ?? releaseFor(context, facts, pair, hooks);
	const known = knownRelease(installation, pair.runtime);
	if (known) return known;
	// A release that was adopted has no archive, and may have both runtimes: what it has need not be fetched.
	const here = treeHere(facts, pair.runtime, null);
	if (here?.adopted && lackHere(pair, facts, null) === null) return adoptedRelease(here, facts);
	const {flags} = context;
	return releaseFor({...context, flags: {...flags, version: installation.version}}, facts, pair, hooks);
}

function pairOf(installation: InstallationFacts): Pair {
	const known = installedPair(installation);
	if (known) return known;
	const name = installation.variant ?? installation.hypervisor;
	throw new KataSetupError('host', `This kata-setup does not know the hypervisor ${name} that is installed.`, {
		remedy: 'Name the pair to switch to, or use the kata-setup that installed it.',
	});
}
