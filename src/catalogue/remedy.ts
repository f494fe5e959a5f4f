/** What would make a pair available that cannot be chosen. Pure. */
import {architectures, type Facts} from '../facts/facts.ts';
import type {Finding} from '../facts/findings.ts';
import {availabilityOf, concernsAlone} from './availability.ts';
import {blockSnapshotterFor} from './block-snapshotter.ts';
import {type Pair, pairEntry, type Runtime, type VariantEntry, variantOf} from './catalogue.ts';
import {variantRefusal} from './variants.ts';
import {atLeast} from './version.ts';

/**
 * The first thing to do so that an unavailable pair can be chosen, half a line, beginning with a verb. Null: nothing on
 * this host makes it available, or it is available.
 * @param version the release's version, or null while it is not known: then the newest is assumed
 * @param findings the judgement of these facts: what blocks only some pairs has its remedy there
 */
export function remedyFor(
	pair: Pair,
	facts: Facts,
	version: string | null,
	findings: readonly Finding[] = [],
): string | null {
	if (availabilityOf(pair, facts, version).state === 'ok') return remedyOfBlocker(pair, findings);
	const variant = variantOf(pair);
	if (variant) return remedyForVariant(variant, facts, version);
	const architecture = architectures.find(name => name === facts.machine);
	if (!architecture) return null;
	const entry = pairEntry(pair);
	const since = entry.shipped[architecture];
	if (!since) return otherRuntime(pair, facts, version);
	if (version !== null && !atLeast(version, since)) return `take Kata ${since} or newer`;
	if (entry.until && (version === null || atLeast(version, entry.until)))
		return `take a Kata older than ${entry.until}`;
	return entry.needsBlockSnapshotter ? snapshotterRemedy(facts) : null;
}

function snapshotterRemedy(facts: Facts): string | null {
	const snapshotter = blockSnapshotterFor(facts);
	return snapshotter.state === 'none' ? snapshotter.remedy : null;
}

function remedyForVariant(variant: VariantEntry, facts: Facts, version: string | null): string | null {
	const refusal = variantRefusal(variant, facts, version);
	if (refusal) return refusal.remedy;
	return variant.needsBlockSnapshotter ? snapshotterRemedy(facts) : null;
}

function remedyOfBlocker(pair: Pair, findings: readonly Finding[]): string | null {
	const blocker = findings.find(finding => finding.severity === 'blocker' && concernsAlone(finding, pair));
	// A finding's remedy is a sentence of its own, or begins a list with `, or:`; here it is a part of one.
	const [remedy] = blocker?.remedy ?? [];
	return remedy === undefined ? null : remedy.charAt(0).toLowerCase() + remedy.slice(1).replace(/(, or)?[.:]$/, '');
}

/** The other runtime, where that one has the pair on this architecture; with what it needs there, too. */
function otherRuntime(pair: Pair, facts: Facts, version: string | null): string | null {
	const runtime: Runtime = pair.runtime === 'rust' ? 'go' : 'rust';
	const other = {...pair, runtime};
	const there = availabilityOf(other, facts, version);
	if (there.state === 'ok') return `choose the ${runtime} runtime`;
	const architecture = architectures.find(name => name === facts.machine);
	const isThere = architecture !== undefined && pairEntry(other).shipped[architecture] !== undefined;
	const further = isThere ? remedyFor(other, facts, version) : null;
	return further === null ? null : `choose the ${runtime} runtime and ${further}`;
}
