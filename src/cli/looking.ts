/** Looking at the host and choosing a pair, for the wizard and for the flags alike: both do exactly this. */
import {readSummary} from '../apply/summary.ts';
import {allAvailability, concerns, recommend} from '../catalogue/availability.ts';
import {type Pair, pairName, type Runtime} from '../catalogue/catalogue.ts';
import {KataSetupError} from '../errors.ts';
import {containerdProbe} from '../facts/engines/engines.ts';
import {architectures, type DriftFacts, type Facts, type InstallationFacts} from '../facts/facts.ts';
import {isKeptBeside, keptBeside} from '../facts/findings/kata/beside-kata.ts';
import type {Finding} from '../facts/findings.ts';
import {gatherFacts} from '../facts/gather.ts';
import {judge, judgeSettled} from '../facts/judge.ts';
import {driftProbe} from '../facts/kata/drift.ts';
import type {Early, Gathered} from '../facts/looked.ts';
import {runProbe} from '../facts/probe.ts';
import {sentenceOf} from '../format.ts';
import {defaultReleaseIndex} from '../release/resolve.ts';
import type {Context} from './context.ts';
import {hypervisorNamed, type NamedHypervisor, withAnyRuntime, withRuntime} from './named-pair.ts';

/**
 * Looks at the host; reads only.
 * @param onEarly called as probes end, with the findings that nothing awaited can change any more
 * @param asksIndex whether the release index is asked if it answers, where an install would ask it
 */
export async function gather(context: Context, onEarly?: (found: Early) => void, asksIndex = false): Promise<Gathered> {
	const {installation, sequence} = await readSummary(context.host);
	const {flags, rehearsalRoot} = context;
	const index =
		asksIndex && rehearsalRoot === null && flags.archive.length === 0 ? indexOf(context, installation) : null;
	const facts = await gatherFacts(context.host, {
		kataSetup: context.version,
		installation,
		sequence,
		environment: context.rehearsalRoot === null ? process.env : {},
		index,
		onFacts: (early, pending) =>
			onEarly?.({findings: accepting(context, early, judgeSettled(early, pending)), pending: [...pending]}),
	});
	return {facts, findings: judgeFor(context, facts)};
}

/** What changed of ours, without looking at the rest of the host: for `status`. `why`: it could not be read. */
export async function lookForDrift(
	{host}: Context,
	installation: InstallationFacts | null,
): Promise<{drift: DriftFacts | null; driftUnread?: string}> {
	if (!installation) return {drift: null};
	const {value: containerd} = await runProbe(host, containerdProbe);
	const {value: drift, why} = await runProbe(host, driftProbe(installation, containerd, 'quick'));
	return why === null ? {drift} : {drift, driftUnread: why};
}

/** The release index: the one that was named, now or when what is installed was brought here, or the default one. */
export const indexOf = ({flags}: Pick<Context, 'flags'>, installation: InstallationFacts | null): string =>
	flags['release-url'] ?? installation?.choice?.release.index ?? defaultReleaseIndex;

/** The findings; a blocker that the person accepted by --ignore or --beside warns and no longer blocks. */
export const judgeFor = (context: Context, facts: Facts): Finding[] => accepting(context, facts, judge(facts));

function accepting({flags}: Context, facts: Facts, findings: Finding[]): Finding[] {
	return findings.map(finding => {
		if (finding.severity !== 'blocker') return finding;
		if (flags.beside && isKeptBeside(finding, facts)) return keptBeside(finding);
		if (!flags.ignore.includes(finding.id)) return finding;
		return {...finding, severity: 'warning', detail: [...finding.detail, `It was accepted by --ignore ${finding.id}.`]};
	});
}

/**
 * The pair that the flags name, completed by the recommendation for this host.
 * @throws KataSetupError (`host`) if the flags leave it open and nothing can be chosen
 */
export function pairFromFlags(context: Context, {facts, findings}: Gathered): Pair {
	const {runtime: runtimeFlag, version = null} = context.flags;
	const runtime = runtimeFlag as Runtime | undefined;
	const named = hypervisorFromFlags(context);
	if (named) return runtime ? withRuntime(named, runtime) : withAnyRuntime(named, facts, version);
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

/** The hypervisor that the flags name, or the variant of one; null: none is named. */
export const hypervisorFromFlags = ({flags}: Context): NamedHypervisor | null =>
	flags.hypervisor === undefined ? null : hypervisorNamed(flags.hypervisor);

/** What blocks a pair here, and was not accepted. */
export const standingBlockers = (findings: readonly Finding[], pair: Pair): Finding[] =>
	findings.filter(finding => finding.severity === 'blocker' && concerns(finding, pair));

/** The same as a plan's notes, so that they are in its JSON and under its hash. */
export const blockerNotes = (findings: readonly Finding[], pair: Pair): string[] =>
	standingBlockers(findings, pair).map(({label, summary}) => sentenceOf(`In the way: ${label}: ${summary}`));
