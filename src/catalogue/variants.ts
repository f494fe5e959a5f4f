/** The configurations for special hosts, and those that nobody has described yet: what a release has of them here. Pure. */
import type {Facts} from '../facts/facts.ts';
import {catalogue, type Runtime, runtimes, type VariantEntry} from './catalogue.ts';
import {releaseMeant, treeHere} from './here-already.ts';
import {atLeast} from './version.ts';

/** What this version of kata-setup does with every variant. */
export const variantsAre = 'described, not installed by this version';

/** Why a release's archives do not have a variant for a machine, in one clause; null: they have it. */
export function variantAbsence({architectures, since}: VariantEntry, machine: string, release: string): string | null {
	if (!architectures.some(name => name === machine)) return `not on ${machine}: on ${architectures.join(', ')}`;
	return atLeast(release, since) ? null : `not known before Kata ${since}`;
}

/** A variant's name as `list --advanced` prints it and `explain` takes it, for example `rust-qemu-snp`. */
export const variantName = ({runtime, name}: Pick<VariantEntry, 'runtime' | 'name'>): string => `${runtime}-${name}`;

/** A configuration of an unpacked release that the catalogue does not describe. */
export interface Undescribed {
	runtime: Runtime;
	/** Its file name. */
	file: string;
}

/** Those of the trees that a release is unpacked in here; empty without one. @param release null: the installed one */
export function undescribedHere(facts: Facts, release: string | null): Undescribed[] {
	const trees = runtimes.map(runtime => treeHere(facts, runtime, release)?.path);
	return (facts.treeOffers ?? []).filter(({path}) => trees.includes(path)).flatMap(one => one.undescribed);
}

export interface VariantHere extends VariantEntry {
	/** Why the release does not even have it for this machine; null: it has. */
	absence: string | null;
}

/**
 * Every variant of a runtime, those that the release has for this machine first.
 * @param version null: the installed release, or the newest that is described
 */
export function variantsHere(facts: Facts, runtime: Runtime, version: string | null): VariantHere[] {
	const release = releaseMeant(facts, version);
	const all = catalogue.advanced
		.filter(entry => entry.runtime === runtime)
		.map(entry => ({...entry, absence: variantAbsence(entry, facts.machine, release)}));
	return [...all.filter(({absence}) => absence === null), ...all.filter(({absence}) => absence !== null)];
}
