/** What a release calls things, and what it takes by itself. Pure; the facts stand in assets/catalogue.json. */
import {catalogue, type Pair, type PairEntry, pairEntry, type Runtime} from './catalogue.ts';
import {atLeast} from './version.ts';

/** The newest of some names, in ascending order, that a release knows; null: it knows none. */
const nameIn = <N extends {since: string}>(names: readonly N[], version: string): N | null =>
	names.filter(({since}) => atLeast(version, since)).at(-1) ?? null;

/**
 * The packaged configuration's file name for a pair in a release.
 * @throws Error if the release has none: availabilityOf is asked first
 */
export function configurationName(pair: Pair, version: string): string {
	const found = nameIn(pairEntry(pair).configuration, version);
	if (!found) throw new Error(`no configuration of ${pair.runtime}-${pair.hypervisor} in ${version}`);
	return found.file;
}

/** The table `[hypervisor.NAME]` of a pair in a release: rust called Cloud Hypervisor's otherwise before 3.30.0. */
export function tableName(pair: Pair, version: string): string {
	const entry = pairEntry(pair);
	return nameIn(entry.tables, version)?.name ?? entry.section;
}

/** How the name of the archive begins that has a runtime in a release: `kata-static` or `kata-go-static`. */
export function archivePrefix(runtime: Runtime, version: string): string {
	const found = nameIn(catalogue.runtimes[runtime].archives, version);
	if (!found) throw new Error(`no archive of ${runtime} in ${version}`);
	return found.name;
}

/** Whether a runtime takes this pair's hypervisor by itself. @param version null: the newest */
export const isOwnDefault = ({ownDefault}: PairEntry, version: string | null): boolean =>
	ownDefault !== undefined && (version === null ? ownDefault.until === undefined : isWithin(ownDefault, version));

const isWithin = ({since, until}: {since: string; until?: string}, version: string): boolean =>
	atLeast(version, since) && (until === undefined || !atLeast(version, until));

/** The oldest release whose layout this program knows: since 3.3.0 the two runtimes have folders of their own. */
export const oldestRelease = '3.3.0';

/** The pair that a runtime takes by itself in a release; of one that is too old, what the oldest known one takes. */
export function ownDefault(runtime: Runtime, version: string | null): Pair {
	const known = version === null || atLeast(version, oldestRelease) ? version : oldestRelease;
	const found = catalogue.pairs.find(entry => entry.runtime === runtime && isOwnDefault(entry, known));
	if (!found) throw new Error(`no default hypervisor of ${runtime} in ${version}`);
	return {runtime, hypervisor: found.hypervisor};
}

/** The newest release that the catalogue was read from; newer ones are taken to be like it. */
export const newestDescribed = '4.1.0';
