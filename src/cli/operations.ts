/** Planning and applying, for the wizard and for the flags alike: both do exactly this. */
import {type RunView, startRun} from '../apply/client.ts';
import {foldJournal} from '../apply/receipt.ts';
import type {Pair} from '../catalogue/catalogue.ts';
import {fittingGuestMemory, shippedGuestMemory} from '../catalogue/guest-memory.ts';
import {KataSetupError} from '../errors.ts';
import {architectures, type Facts} from '../facts/facts.ts';
import {networkEnvironment} from '../host/network-environment.ts';
import type {ChosenOptions} from '../kataconfig/option-choices.ts';
import type {Choice, Release} from '../plan/choice.ts';
import {nothingToFix, planFix} from '../plan/fix.ts';
import {planInstall} from '../plan/install.ts';
import type {Plan} from '../plan/plan.ts';
import {planTest} from '../plan/test.ts';
import {planUninstall} from '../plan/uninstall.ts';
import {rehearsalArchives} from '../rehearsal/rehearsal.ts';
import {releaseFromFiles} from '../release/files.ts';
import {refuseIncomplete} from '../release/listing.ts';
import {defaultReleaseIndex, resolveRelease} from '../release/resolve.ts';
import type {Context} from './context.ts';
import {type Lend, needsRoot, readAsRoot, readReceipt, startWorkerAsRoot} from './escalation.ts';
import {type Flags, optionFlags} from './flags.ts';
import {blockerNotes, indexOf, judgeFor} from './looking.ts';

export interface Hooks {
	say?: (line: string) => void;
	signal?: AbortSignal;
}

/** Resolves the release for a pair: local archives, the rehearsal's own, or an index. */
export async function releaseFor(context: Context, facts: Facts, pair: Pair, hooks: Hooks): Promise<Release> {
	const {flags, host, rehearsalRoot} = context;
	const architecture = architectures.find(name => name === facts.machine);
	if (!architecture)
		throw new KataSetupError('host', `Kata has no release for ${facts.machine}.`, {
			why: `There are releases for ${architectures.join(', ')}.`,
		});
	const common = {host, ...pair, architecture};
	if (rehearsalRoot !== null) {
		const files = await rehearsalArchives(host, architecture, pair);
		return releaseFromFiles({...common, files: files.map(({path}) => path), sha256: files.map(({sha256}) => sha256)});
	}
	if (flags.archive.length > 0) {
		hooks.say?.(`Reading ${flags.archive.join(', ')}`);
		const release = await releaseFromFiles({...common, files: flags.archive, sha256: flags.sha256});
		await refuseIncomplete(host, release, pair);
		return release;
	}
	const base = indexOf(context, facts.installation);
	hooks.say?.(`Asking ${base} for Kata ${flags.version ?? 'latest'}`);
	const release = await resolveRelease({...common, version: flags.version ?? 'latest', base});
	return base === defaultReleaseIndex ? release : {...release, index: base};
}

/** Facts and pair → plan of an install, with the release resolved. */
export async function makeInstallPlan(
	context: Context,
	facts: Facts,
	pair: Pair,
	hooks: Hooks = {},
	options: ChosenOptions = optionsFromFlags(context.flags),
): Promise<Plan> {
	const {flags, rehearsalRoot} = context;
	const release = await releaseFor(context, facts, pair, hooks);
	hooks.signal?.throwIfAborted();
	const choice: Choice = {
		...pair,
		release,
		restartEngine: !flags['no-restart'],
		defaultPaths: !flags['no-default-paths'],
		...(flags.beside ? {beside: true} : {}),
		smokeTest: !flags['no-test'],
		...answersOf(options, facts, pair),
		...(flags['blockfile-size'] === undefined ? {} : {blockfileGiB: flags['blockfile-size']}),
		...(flags['pool-size'] === undefined ? {} : {poolGiB: flags['pool-size']}),
		...(flags.ignore.length > 0 ? {ignore: flags.ignore} : {}),
	};
	return planInstall(facts, choice, {
		rehearsal: rehearsalRoot !== null,
		inTheWay: blockerNotes(judgeFor(context, facts), pair),
	});
}

/** What the flags set of the options; the wizard starts from it. */
export const optionsFromFlags = (flags: Flags): ChosenOptions =>
	Object.fromEntries(
		(['guest-memory', ...optionFlags] as const).flatMap(name =>
			flags[name] === undefined ? [] : [[name, flags[name]]],
		),
	);

/** The options as a choice has them: a guest's memory is what was set, or what fits where Kata's default does not. */
export function answersOf(
	{'guest-memory': asked, ...options}: ChosenOptions,
	facts: Facts,
	pair: Pair,
): Pick<Choice, 'guestMemoryMiB' | 'options'> {
	const {mib} = fittingGuestMemory(facts, pair);
	const guestMemoryMiB = asked ?? (mib === shippedGuestMemory(pair) ? undefined : mib);
	return {
		...(guestMemoryMiB === undefined ? {} : {guestMemoryMiB}),
		...(Object.keys(options).length === 0 ? {} : {options}),
	};
}

/**
 * The plan of an uninstall. The journal is root's: where we are not, our own dry run under sudo reads it for us.
 * @param lend the terminal, for sudo's question; null where there is none to ask on
 */
export async function makeUninstallPlan(context: Context, facts: Facts, lend: Lend): Promise<Plan> {
	const options = {rehearsal: context.rehearsalRoot !== null};
	if (!needsRoot(context, facts)) return planUninstall(facts, await readReceipt(context), options);
	if (!facts.installation && !facts.sequence) return planUninstall(facts, foldJournal([]), options);
	return readAsRoot<Plan>(context, facts, 'uninstall', lend);
}

export async function makeTestPlan(context: Context, facts: Facts): Promise<Plan> {
	return planTest(facts, {rehearsal: context.rehearsalRoot !== null});
}

/** @throws KataSetupError (`nothing`) if nothing that the check finds is ours to mend */
export function makeFixPlan(context: Context, facts: Facts): Plan {
	const made = planFix(facts, {rehearsal: context.rehearsalRoot !== null});
	if (made.steps.length > 0) return made;
	throw new KataSetupError('nothing', nothingToFix, {
		remedy: 'What the findings name is yours to change; then check again.',
	});
}

/**
 * Starts the worker on a plan.
 * @param lend the terminal, for sudo's question; null where there is none to ask on
 * @param finish the unfinished run whose plan this is; null: a new run
 */
export async function start(
	context: Context,
	facts: Facts,
	plan: Plan,
	lend: Lend,
	finish: string | null = null,
): Promise<RunView> {
	const {host, self, person, rehearsalRoot} = context;
	return startRun(host, plan, {
		self,
		asRoot: needsRoot(context, facts)
			? task =>
					startWorkerAsRoot(context, facts, {
						task,
						command: finish === null ? plan.command : 'kata-setup finish --yes',
						lend,
					})
			: null,
		rehearsalRoot,
		by: person.name,
		uid: person.uid,
		gid: person.gid,
		network: networkEnvironment(process.env),
		...(finish === null ? {} : {finish}),
	});
}
