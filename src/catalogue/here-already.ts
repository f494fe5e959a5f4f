/** What is unpacked on a host already, and what its files say of a pair: before a catalogue's word, and a download's. Pure. */
import type {Facts, InstallationFacts, TreeFacts} from '../facts/facts.ts';
import {isTreeFor} from '../plan/choice.ts';
import {newestDescribed} from './by-release.ts';
import {hypervisors, type Pair, pairIn, pairName, type Runtime, variantOf} from './catalogue.ts';

/** The release that is meant where none is named: the installed one, which a switch keeps, or the newest that is described. */
export const releaseMeant = ({installation}: Facts, version: string | null): string =>
	version ?? installation?.version ?? newestDescribed;

/** The pair that is installed; null: its hypervisor or its variant is one that this version does not know. */
export function installedPair({runtime, hypervisor, variant}: InstallationFacts): Pair | null {
	const known = hypervisors.find(name => name === hypervisor);
	if (!known) return null;
	const pair = pairIn({runtime, hypervisor: known, ...(variant === undefined ? {} : {variant})});
	return variant === undefined || variantOf(pair) ? pair : null;
}

/**
 * The unpacked release that a runtime would be taken from; null: it has to be fetched, or nothing is installed.
 * @param version null: the installed release, which a switch keeps
 */
export function treeHere({installation}: Facts, runtime: Runtime, version: string | null): TreeFacts | null {
	const wanted = version ?? installation?.version;
	return installation?.trees?.find(tree => isTreeFor(tree, runtime) && tree.version === wanted) ?? null;
}

/** What an unpacked release lacks of a pair, in one clause; null: nothing, or it is not known. */
export const lackHere = (pair: Pair, facts: Facts, version: string | null): string | null =>
	offerHere(pair, facts, version)?.lack ?? null;

/** Whether an unpacked release is known to have all of a pair. */
export const isComplete = (pair: Pair, facts: Facts, version: string | null): boolean =>
	offerHere(pair, facts, version)?.lack === null;

/** Undefined: the release is not unpacked here, or was looked at by a version that did not know the pair. */
function offerHere(pair: Pair, facts: Facts, version: string | null): {lack: string | null} | undefined {
	const tree = treeHere(facts, pair.runtime, version);
	const offers = tree && facts.treeOffers?.find(({path}) => path === tree.path);
	return offers?.pairs.find(({name}) => name === pairName(pair));
}
