/** Why a pair is recommended, as data: the ids stay the same, the words may change. Pure. */
import {preferredPairs, releaseDefault, titleOfPair} from '../catalogue/availability.ts';
import {ownDefault} from '../catalogue/by-release.ts';
import {type Pair, type Runtime, samePair} from '../catalogue/catalogue.ts';
import {fittingGuestMemory} from '../catalogue/guest-memory.ts';
import type {Facts} from './facts.ts';
import type {PairOutlook} from './outlook.ts';

/**
 * `default-of-release`, `default-of-runtime`: what it takes by itself. `asked-for-runtime`: only that one's were looked at.
 * `passed-over`: one that comes first by itself will not run. `shm-too-small`, `small-host`: its guests would be small.
 * `docker-needs-qemu`: Docker is here. `nothing-to-change`: it runs on this host as it is.
 */
export type ReasonId =
	| 'default-of-release'
	| 'default-of-runtime'
	| 'asked-for-runtime'
	| 'passed-over'
	| 'shm-too-small'
	| 'small-host'
	| 'docker-needs-qemu'
	| 'nothing-to-change';

export interface Reason {
	id: ReasonId;
	/** The pair that was passed over; null where the reason is about the recommended one. */
	about: Pair | null;
	/** Half a line. */
	text: string;
}

/** A pair as a person calls it: `rust with QEMU`. */
export const pairTitle = (pair: Pair): string => `${pair.runtime} with ${titleOfPair(pair)}`;

/**
 * The most important reason first.
 * @param best the recommended pair with its outlook
 * @param runtime the runtime that was asked for, if one was
 */
export function reasonsFor(
	best: PairOutlook,
	pairs: readonly PairOutlook[],
	facts: Facts,
	version: string | null,
	runtime?: Runtime,
): Reason[] {
	const own = releaseDefault(version);
	const better = [...(runtime ? [] : [own.pair]), ...preferredPairs(facts, version, runtime)];
	const passedOver = better
		.slice(
			0,
			better.findLastIndex(pair => samePair(pair, best)),
		)
		.filter((pair, index) => !samePair(pair, best) && better.findIndex(other => samePair(other, pair)) === index);
	return [
		...(runtime ? [ofBest('asked-for-runtime', `the ${runtime} runtime was asked for`)] : []),
		...defaults(best, version, own, runtime),
		...passedOver.flatMap(pair => whyNot(pair, facts, pairs)),
		...(best.outlook === 'runs' ? [ofBest('nothing-to-change', 'nothing on this host has to be changed for it')] : []),
		...(best.hypervisor === 'qemu' && facts.docker
			? [ofBest('docker-needs-qemu', 'Docker is here, and QEMU is the only one that Kata tests with it')]
			: []),
	];
}

const ofBest = (id: ReasonId, text: string): Reason => ({id, about: null, text});

function defaults(
	best: Pair,
	version: string | null,
	own: ReturnType<typeof releaseDefault>,
	runtime?: Runtime,
): Reason[] {
	if (samePair(own.pair, best)) return [ofBest('default-of-release', own.why)];
	return runtime && samePair(ownDefault(runtime, version), best)
		? [ofBest('default-of-runtime', `the hypervisor that ${runtime} takes by itself`)]
		: [];
}

/** Why a pair that comes before the recommended one by itself was passed over. */
function whyNot(pair: Pair, facts: Facts, pairs: readonly PairOutlook[]): Reason[] {
	const found = pairs.find(other => samePair(other, pair));
	if (found?.outlook === 'no')
		return [{id: 'passed-over', about: pair, text: `${pairTitle(pair)} will not run: ${found.reasons.join('; ')}`}];
	const {bound, why} = fittingGuestMemory(facts, pair);
	if (why === null) return [];
	const id = bound === 'shm' ? 'shm-too-small' : 'small-host';
	return [{id, about: pair, text: `${pairTitle(pair)} would have small guests: ${why}`}];
}

/** What `kata-setup recommend --json` prints. */
export interface RecommendDocument {
	schema: 1;
	/** For example `rust-qemu`. */
	name: string;
	pair: Pair;
	/** The release that was asked for; null: the newest that is described. */
	release: string | null;
	outlook: PairOutlook['outlook'];
	/** What the plan changes on this host for it, half a line each. */
	changes: string[];
	reasons: Reason[];
}
