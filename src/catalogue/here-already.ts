/** What is unpacked on a host already, and what its files say of a pair: before a catalogue's word, and a download's. Pure. */
import type {Facts, TreeFacts} from '../facts/facts.ts';
import {isTreeFor} from '../plan/choice.ts';
import {newestDescribed} from './by-release.ts';
import {type Pair, pairName, type Runtime} from './catalogue.ts';

/** The release that is meant where none is named: the installed one, which a switch keeps, or the newest that is described. */
export const releaseMeant = ({installation}: Facts, version: string | null): string =>
	version ?? installation?.version ?? newestDescribed;

/**
 * The unpacked release that a runtime would be taken from; null: it has to be fetched, or nothing is installed.
 * @param version null: the installed release, which a switch keeps
 */
export function treeHere({installation}: Facts, runtime: Runtime, version: string | null): TreeFacts | null {
	const wanted = version ?? installation?.version;
	return installation?.trees?.find(tree => isTreeFor(tree, runtime) && tree.version === wanted) ?? null;
}

/** What an unpacked release lacks of a pair, in one clause; null: nothing, or it is not known. */
export function lackHere(pair: Pair, facts: Facts, version: string | null): string | null {
	const tree = treeHere(facts, pair.runtime, version);
	const offers = tree && facts.treeOffers?.find(({path}) => path === tree.path);
	return offers?.pairs.find(({name}) => name === pairName(pair))?.lack ?? null;
}
