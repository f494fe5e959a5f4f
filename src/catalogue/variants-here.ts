/** Every variant on one host with one release: whether it can be chosen, or why not and what would help. Pure. */
import type {Facts} from '../facts/facts.ts';
import type {Finding} from '../facts/findings.ts';
import {availabilityWith} from './availability.ts';
import {catalogue, type Runtime, type VariantEntry} from './catalogue.ts';
import {releaseMeant} from './here-already.ts';
import {remedyFor} from './remedy.ts';
import {isPackaged, pairOfVariant, variantRefusal} from './variants.ts';

export interface VariantHere extends VariantEntry {
	/** Whether it can be chosen. */
	available: boolean;
	/** Why not, in one clause; null where it can be. */
	reason: string | null;
	/** What would make it available, beginning with a verb; null: nothing here, or it is. */
	remedy: string | null;
}

/** @param version null: the installed release, or the newest that is described */
export function variantHere(
	entry: VariantEntry,
	facts: Facts,
	version: string | null,
	findings: readonly Finding[],
): VariantHere {
	const pair = pairOfVariant(entry);
	if (!pair) {
		const refusal = variantRefusal(entry, facts, version);
		return {
			...entry,
			available: false,
			reason: refusal?.reason ?? `kata-setup does not know ${entry.hypervisor}`,
			remedy: refusal?.remedy ?? null,
		};
	}
	const availability = availabilityWith(pair, facts, version, findings);
	return availability.state === 'ok'
		? {...entry, available: true, reason: null, remedy: null}
		: {...entry, available: false, reason: availability.reason, remedy: remedyFor(pair, facts, version, findings)};
}

/** Those of a runtime: what can be chosen first, then what the release has, then the rest. */
export function variantsHere(
	facts: Facts,
	runtime: Runtime,
	version: string | null,
	findings: readonly Finding[],
): VariantHere[] {
	const release = releaseMeant(facts, version);
	const rank = (one: VariantHere): number => (one.available ? 0 : isPackaged(one, facts.machine, release) ? 1 : 2);
	return catalogue.advanced
		.filter(entry => entry.runtime === runtime)
		.map(entry => variantHere(entry, facts, version, findings))
		.toSorted((a, b) => rank(a) - rank(b));
}
