/** Which pairs this host can run with this release, why not, and which one is recommended. Pure. */
import type {Architecture, Facts} from '../facts/facts.ts';
import {architectures} from '../facts/facts.ts';
import type {Finding} from '../facts/findings.ts';
import {blockSnapshotterFor} from './block-snapshotter.ts';
import {oldestRelease, ownDefault} from './by-release.ts';
import {
	catalogue,
	type Hypervisor,
	hypervisors,
	type Pair,
	pairEntry,
	plainOf,
	type Runtime,
	runtimes,
	samePair,
	variantOf,
} from './catalogue.ts';
import {changesFor} from './changes.ts';
import {fittingGuestMemory} from './guest-memory.ts';
import {lackHere} from './here-already.ts';
import {variantRefusal} from './variants.ts';
import {atLeast} from './version.ts';

/** `changes`: what the plan changes on this host for it, half a line each. */
export type Availability = {state: 'ok'; changes: string[]} | {state: 'unavailable'; reason: string};

export interface PairAvailability extends Pair {
	availability: Availability;
	recommended: boolean;
}

/**
 * Whether a pair can be chosen.
 * @param version the release's version, or null while it is not known: then the newest is assumed
 */
export function availabilityOf(pair: Pair, facts: Facts, version: string | null): Availability {
	const unavailable = (reason: string): Availability => ({state: 'unavailable', reason});
	const variant = variantOf(pair);
	const absence = variant
		? (variantRefusal(variant, facts, version)?.reason ?? null)
		: absenceOf(pair, facts.machine, version);
	if (absence !== null) return unavailable(absence);
	const lack = lackHere(pair, facts, version);
	if (lack !== null) return unavailable(lack);
	if (pairEntry(pair).needsBlockSnapshotter) {
		const snapshotter = blockSnapshotterFor(facts);
		if (snapshotter.state === 'none') return unavailable(snapshotter.reason);
	}
	return {state: 'ok', changes: changesFor(pair, facts, version)};
}

/**
 * Why the release's archives do not have a plain pair for a machine, in one clause, whatever the host. Null: they have it.
 * @param machine as `uname -m` calls it
 * @param version null: the newest is assumed
 */
export function absenceOf(pair: Pair, machine: string, version: string | null): string | null {
	const entry = pairEntry(pair);
	const architecture = architectures.find(name => name === machine);
	if (!architecture) return `Kata has no release for ${machine}`;
	const shippedSince = entry.shipped[architecture];
	if (!shippedSince) return entry.absent ?? `not on ${architecture}${elsewhere(pair, architecture)}`;
	if (version !== null && !atLeast(version, shippedSince)) return `not before Kata ${shippedSince}`;
	if (entry.until && (version === null || atLeast(version, entry.until)))
		return entry.absent ?? `not since Kata ${entry.until}`;
	return null;
}

/** For an architecture that lacks the pair: the other runtime, if it has it there. */
function elsewhere(pair: Pair, architecture: Architecture): string {
	const other: Runtime = pair.runtime === 'rust' ? 'go' : 'rust';
	return pairEntry({...pair, runtime: other}).shipped[architecture] ? ` with ${pair.runtime}: choose ${other}` : '';
}

/** Whether a finding is about a pair. What is about a plain pair is about its variants, too. */
export const concerns = ({affects}: Pick<Finding, 'affects'>, pair: Pair): boolean =>
	affects === 'all' || concernsAlone({affects}, pair);

/** The same, of a finding that is not about every pair. */
export const concernsAlone = ({affects}: Pick<Finding, 'affects'>, pair: Pair): boolean =>
	affects !== 'all' &&
	affects.some(one => samePair(one, pair) || (one.variant === undefined && samePair(one, plainOf(pair))));

/** Whether a pair can be chosen, after the findings' word too: a blocker of some pairs alone makes those unavailable. */
export function availabilityWith(
	pair: Pair,
	facts: Facts,
	version: string | null,
	findings: readonly Finding[],
): Availability {
	const availability = availabilityOf(pair, facts, version);
	const blocker = findings.find(finding => finding.severity === 'blocker' && concernsAlone(finding, pair));
	return availability.state === 'ok' && blocker ? {state: 'unavailable', reason: blocker.summary} : availability;
}

/**
 * Every runtime × hypervisor, in the catalogue's order, with the recommended pair marked.
 * @param findings the judgement of these facts; what blocks every pair is not repeated at each of them
 */
export function allAvailability(
	facts: Facts,
	version: string | null,
	findings: readonly Finding[] = [],
): PairAvailability[] {
	const best = recommend(facts, version, {findings});
	return runtimes.flatMap(runtime =>
		hypervisors.map(hypervisor => ({
			runtime,
			hypervisor,
			availability: availabilityWith({runtime, hypervisor}, facts, version, findings),
			recommended: best !== null && samePair(best, {runtime, hypervisor}),
		})),
	);
}

/** The release with which Kata made rust its default runtime. */
const rustIsDefaultSince = catalogue.runtimes.rust.defaultSince ?? oldestRelease;

const rustIsDefault = (version: string | null): boolean => version === null || atLeast(version, rustIsDefaultSince);

/** The pair that a release takes by itself, and half a line that says so. */
export const releaseDefault = (version: string | null): {pair: Pair; why: string} =>
	rustIsDefault(version)
		? {pair: ownDefault('rust', version), why: `Kata's own default since ${rustIsDefaultSince}`}
		: {pair: ownDefault('go', version), why: `Kata's own default before ${rustIsDefaultSince}`};

/**
 * The pair for a person without an opinion: the release's own default (QEMU with rust since 4.0, before that with go);
 * where QEMU's guests would get less memory than those of another hypervisor, that one. Null: nothing can be chosen.
 * @param wish.runtime the runtime that is already chosen
 * @param wish.findings the judgement of these facts: what it blocks is not recommended
 */
export function recommend(
	facts: Facts,
	version: string | null,
	{runtime, findings = []}: {runtime?: Runtime | undefined; findings?: readonly Finding[]} = {},
): Pair | null {
	return (
		preferredPairs(facts, version, runtime).find(
			pair => availabilityWith(pair, facts, version, findings).state === 'ok',
		) ?? null
	);
}

/** The pairs that may be recommended, the best first, whether or not they can be chosen here. */
export function preferredPairs(facts: Facts, version: string | null, runtime?: Runtime): Pair[] {
	const narrow = qemuIsNarrow(facts);
	const order: Hypervisor[] = narrow
		? ['cloud-hypervisor', 'dragonball', 'qemu']
		: ['qemu', 'cloud-hypervisor', 'dragonball'];
	// Up to 3.29 rust's own default was Dragonball.
	const orderOf = (one: Runtime): Hypervisor[] =>
		narrow ? order : [...new Set([ownDefault(one, version).hypervisor, ...order])];
	const wanted: Runtime[] = runtime ? [runtime] : rustIsDefault(version) ? ['rust', 'go'] : ['go', 'rust'];
	return wanted.flatMap(one => orderOf(one).map(hypervisor => ({runtime: one, hypervisor})));
}

/** Whether QEMU's guests get less memory here than those of others: it keeps it on /dev/shm, and takes more beside it. */
function qemuIsNarrow(facts: Facts): boolean {
	const [qemu, other] = [fittingGuestMemory(facts, 'qemu'), fittingGuestMemory(facts, 'cloud-hypervisor')];
	return qemu.mib < other.mib || (other.fits && !qemu.fits);
}

/** How people call a hypervisor: `Cloud Hypervisor`. */
export const hypervisorTitle = (hypervisor: Hypervisor): string => catalogue.hypervisors[hypervisor].name;

/** The same of a pair, whose variant is named: `QEMU (qemu-nvidia-cpu)`. */
export const titleOfPair = ({hypervisor, variant}: Pick<Pair, 'hypervisor' | 'variant'>): string =>
	variant === undefined ? hypervisorTitle(hypervisor) : `${hypervisorTitle(hypervisor)} (${variant})`;
