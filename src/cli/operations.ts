/** Looking, choosing, planning and applying, for the wizard and for the flags alike: both do exactly this. */
import {spawn} from 'node:child_process';
import {type RunView, startRun} from '../apply/client.ts';
import {readJournal} from '../apply/journal.ts';
import {foldJournal, type Receipt} from '../apply/receipt.ts';
import {readSummary} from '../apply/summary.ts';
import {allAvailability, availabilityOf, recommend} from '../catalogue/availability.ts';
import {hypervisorByName, hypervisors, type Pair, pairName, type Runtime, runtimes} from '../catalogue/catalogue.ts';
import {defaultGuestMemory, fittingGuestMemory} from '../catalogue/guest-memory.ts';
import {errnoOf, KataSetupError} from '../errors.ts';
import {architectures, type Facts} from '../facts/facts.ts';
import type {Finding} from '../facts/findings.ts';
import {gatherFacts} from '../facts/gather.ts';
import {judge, judgeSettled} from '../facts/judge.ts';
import {networkEnvironment} from '../host/network-environment.ts';
import type {OptionValues} from '../kataconfig/options.ts';
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
import {type Flags, optionFlags} from './flags.ts';

export interface Gathered {
	facts: Facts;
	findings: Finding[];
}

/** What is found while the host is still being looked at. */
export interface Early {
	findings: Finding[];
	pending: (keyof Facts)[];
}

/**
 * Looks at the host; reads only.
 * @param onEarly called as probes end, with the findings that nothing awaited can change any more
 * @param index the release index that is asked whether it answers; null: none is asked
 */
export async function gather(
	context: Context,
	onEarly?: (found: Early) => void,
	index: string | null = null,
): Promise<Gathered> {
	const {installation, sequence} = await readSummary(context.host);
	const facts = await gatherFacts(context.host, {
		kataSetup: context.version,
		installation,
		sequence,
		environment: context.rehearsalRoot === null ? process.env : {},
		index,
		onFacts: (early, pending) =>
			onEarly?.({findings: accepting(context, judgeSettled(early, pending)), pending: [...pending]}),
	});
	return {facts, findings: judgeFor(context, facts)};
}

/** The release index that an install would ask; null where it would ask none, in a rehearsal and with --archive. */
export const indexToAsk = ({flags, rehearsalRoot}: Context): string | null =>
	rehearsalRoot !== null || flags.archive.length > 0 ? null : (flags['release-url'] ?? defaultReleaseIndex);

/** The findings; a blocker that the person accepted by --ignore warns and no longer blocks. */
export const judgeFor = (context: Context, facts: Facts): Finding[] => accepting(context, judge(facts));

const accepting = ({flags}: Context, findings: Finding[]): Finding[] =>
	findings.map(finding =>
		finding.severity === 'blocker' && flags.ignore.includes(finding.id)
			? {...finding, severity: 'warning', detail: [...finding.detail, `It was accepted by --ignore ${finding.id}.`]}
			: finding,
	);

/**
 * The pair that the flags name, completed by the recommendation for this host.
 * @throws KataSetupError (`host`) if the flags leave it open and nothing can be chosen
 */
export function pairFromFlags(context: Context, {facts, findings}: Gathered): Pair {
	const {runtime: runtimeFlag, version = null} = context.flags;
	const runtime = runtimeFlag as Runtime | undefined;
	const hypervisor = hypervisorFromFlags(context);
	if (hypervisor) return {runtime: runtime ?? runtimeFor(hypervisor, facts, version), hypervisor};
	const best = recommend(facts, version, {runtime, findings});
	if (best) return best;
	const reasons = allAvailability(facts, version, findings).flatMap(pair =>
		pair.availability.state === 'unavailable' && pair.runtime === (runtime ?? pair.runtime)
			? [`${pairName(pair)}: ${pair.availability.reason}`]
			: [],
	);
	const served = architectures.some(name => name === facts.machine);
	throw new KataSetupError('host', 'No runtime and hypervisor can be chosen on this host.', {
		why: served ? 'Each has a reason of its own.' : `Kata has no release for ${facts.machine}.`,
		remedy: '`kata-setup check` says more; `kata-setup --rehearse` shows the journey all the same.',
		evidence: served ? reasons : [],
	});
}

/** The first runtime that has the hypervisor on this machine (Firecracker comes with go alone); rust if neither has. */
const runtimeFor = (hypervisor: Pair['hypervisor'], facts: Facts, version: string | null): Runtime =>
	runtimes.find(runtime => availabilityOf({runtime, hypervisor}, facts, version).state === 'ok') ??
	// Firecracker may lack a snapshotter only: the reason of the runtime that has it helps more.
	(hypervisor === 'firecracker' || hypervisor === 'stratovirt' ? 'go' : 'rust');

/** The hypervisor that the flags name, or null. */
export function hypervisorFromFlags({flags}: Context): Pair['hypervisor'] | null {
	if (flags.hypervisor === undefined) return null;
	const hypervisor = hypervisorByName(flags.hypervisor);
	if (hypervisor) return hypervisor;
	throw new KataSetupError('usage', `There is no hypervisor \`${flags.hypervisor}\`.`, {
		remedy: `It is one of: ${hypervisors.join(', ')}.`,
	});
}

/** What blocks a pair here, and was not accepted. */
export const standingBlockers = (findings: readonly Finding[], pair: Pair): Finding[] =>
	findings.filter(
		({severity, affects}) =>
			severity === 'blocker' &&
			(affects === 'all' ||
				affects.some(({runtime, hypervisor}) => runtime === pair.runtime && hypervisor === pair.hypervisor)),
	);

export interface Hooks {
	say?: (line: string) => void;
	signal?: AbortSignal;
}

/** Resolves the release for a pair: local archives, the rehearsal's own, or an index. */
async function releaseFor(context: Context, facts: Facts, pair: Pair, hooks: Hooks): Promise<Release> {
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
	const base = flags['release-url'] ?? defaultReleaseIndex;
	hooks.say?.(`Asking ${base} for Kata ${flags.version ?? 'latest'}`);
	const release = await resolveRelease({...common, version: flags.version ?? 'latest', base});
	return base === defaultReleaseIndex ? release : {...release, index: base};
}

/** Facts and pair → plan of an install, with the release resolved. */
export async function makeInstallPlan(context: Context, facts: Facts, pair: Pair, hooks: Hooks = {}): Promise<Plan> {
	const {flags, rehearsalRoot} = context;
	const release = await releaseFor(context, facts, pair, hooks);
	hooks.signal?.throwIfAborted();
	const choice: Choice = {
		...pair,
		release,
		restartEngine: !flags['no-restart'],
		defaultPaths: !flags['no-default-paths'],
		smokeTest: !flags['no-test'],
		...guestMemoryFor(flags['guest-memory'], facts, pair),
		...optionsFrom(flags),
		...(flags.ignore.length > 0 ? {ignore: flags.ignore} : {}),
	};
	return planInstall(facts, choice, {rehearsal: rehearsalRoot !== null});
}

/** The options that the flags set; nothing where they set none. */
function optionsFrom(flags: Flags): {options?: OptionValues} {
	const given = optionFlags.flatMap(name => (flags[name] === undefined ? [] : [[name, flags[name]] as const]));
	return given.length === 0 ? {} : {options: Object.fromEntries(given) as OptionValues};
}

/** What was asked for, or what fits where Kata's own default does not. */
function guestMemoryFor(asked: number | undefined, facts: Facts, {hypervisor}: Pair): {guestMemoryMiB?: number} {
	if (asked !== undefined) return {guestMemoryMiB: asked};
	const {mib} = fittingGuestMemory(facts, hypervisor);
	return mib === defaultGuestMemory ? {} : {guestMemoryMiB: mib};
}

/**
 * The receipt.
 * @throws KataSetupError (`privileges`) if only root may read it
 */
export async function readReceipt({host}: Context): Promise<Receipt> {
	try {
		return foldJournal(await readJournal(host));
	} catch (error) {
		if (errnoOf(error) !== 'EACCES') throw error;
		throw new KataSetupError('privileges', 'Only root may read what kata-setup did on this host.', {
			remedy: 'Run the same command with sudo.',
		});
	}
}

/**
 * The plan of an uninstall. The journal is root's: where we are not, our own dry run under sudo reads it for us.
 * @param authenticate lets sudo ask for its password first; null where there is no terminal to ask on
 */
export async function makeUninstallPlan(
	context: Context,
	facts: Facts,
	authenticate: (() => Promise<void>) | null,
): Promise<Plan> {
	const options = {rehearsal: context.rehearsalRoot !== null};
	if (options.rehearsal || facts.privileges.uid === 0) return planUninstall(facts, await readReceipt(context), options);
	if (!facts.installation && !facts.sequence) return planUninstall(facts, foldJournal([]), options);
	await becomeAbleToBeRoot(facts, 'kata-setup uninstall --yes', authenticate);
	const result = await context.host.run('sudo', ['-n', '--', ...context.self, 'uninstall', '--dry-run', '--json'], {
		timeoutMs: 120_000,
	});
	if (result.code === 0) return JSON.parse(result.stdout) as Plan;
	throw new KataSetupError('privileges', 'Only root may read what kata-setup did on this host.', {
		remedy: 'Run the same command with sudo.',
		evidence: result.stderr.trim().split('\n').slice(-3),
	});
}

export async function makeTestPlan(context: Context, facts: Facts): Promise<Plan> {
	return planTest(facts, {rehearsal: context.rehearsalRoot !== null});
}

/** @throws KataSetupError (`nothing`) if nothing that the check finds is ours to mend */
export function makeFixPlan(context: Context, facts: Facts): Plan {
	const made = planFix(facts, {rehearsal: context.rehearsalRoot !== null});
	if (made) return made;
	throw new KataSetupError('nothing', nothingToFix, {
		remedy: 'What the findings name is yours to change; then check again.',
	});
}

/** Whether sudo will have to ask for a password before the worker can start. */
export const asksPassword = (context: Context, facts: Facts): boolean =>
	context.rehearsalRoot === null && facts.privileges.uid !== 0 && facts.privileges.root !== 'passwordless';

/**
 * Starts the worker on a plan.
 * @param authenticate lets sudo ask for its password on the terminal; null where there is none
 */
export async function start(
	context: Context,
	facts: Facts,
	plan: Plan,
	authenticate: (() => Promise<void>) | null,
): Promise<RunView> {
	const {host, self, person, rehearsalRoot} = context;
	const needsRoot = rehearsalRoot === null && facts.privileges.uid !== 0;
	if (needsRoot) await becomeAbleToBeRoot(facts, plan.command, authenticate);
	return startRun(host, plan, {
		self,
		escalate: needsRoot ? ['sudo', '-n', '--'] : [],
		rehearsalRoot,
		by: person.name,
		uid: person.uid,
		gid: person.gid,
		network: networkEnvironment(process.env),
	});
}

async function becomeAbleToBeRoot(
	facts: Facts,
	command: string,
	authenticate: (() => Promise<void>) | null,
): Promise<void> {
	const {root, user} = facts.privileges;
	if (root === 'passwordless') return;
	if (root !== 'none' && authenticate) return authenticate();
	throw new KataSetupError('privileges', 'Root is needed to change this host.', {
		why:
			root === 'none' ? `${user} may not use sudo.` : 'sudo wants a password, and there is no terminal to type it on.',
		remedy: `Run as root: ${command}`,
	});
}

/** Has sudo ask on this terminal; the ticket then serves the worker's start. Nothing may draw on the terminal meanwhile. */
export async function authenticateWithSudo(): Promise<void> {
	const child = spawn('sudo', ['-v', '-p', '[sudo] password for %p, to change this host: '], {stdio: 'inherit'});
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', resolve);
	});
	if (code !== 0)
		throw new KataSetupError('privileges', 'sudo did not accept it; nothing was changed.', {
			remedy: 'Try again, or run kata-setup as root.',
		});
}
