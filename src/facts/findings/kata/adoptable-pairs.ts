/** Which pairs a Kata that somebody unpacked can run, by what it holds, and which one is in use. Pure. */
import {configurationName} from '../../../catalogue/by-release.ts';
import {catalogue, type Pair} from '../../../catalogue/catalogue.ts';
import {atLeast} from '../../../catalogue/version.ts';
import {configurationInTree, kataPrefix, shimInTree} from '../../../layout.ts';
import type {Facts, KataInstallFacts} from '../../facts.ts';
import {configurationInUse} from './settings-in-use.ts';

/** The pairs whose shim and packaged configuration are there, in the catalogue's order. */
export function adoptablePairs({version, content}: KataInstallFacts): Pair[] {
	if (version === null || !content) return [];
	return catalogue.pairs
		.filter(pair => pair.configuration.some(({since}) => atLeast(version, since)))
		.filter(pair => content.runtimes.includes(pair.runtime))
		.filter(pair => content.configurations.some(found => isOf(found, pair, version)))
		.map(({runtime, hypervisor}) => ({runtime, hypervisor}));
}

type Configuration = NonNullable<KataInstallFacts['content']>['configurations'][number];

const isOf = ({runtime, file}: Pick<Configuration, 'runtime' | 'file'>, pair: Pair, version: string): boolean =>
	runtime === pair.runtime && file === configurationName(pair, version);

/**
 * The pair that is in use, as far as it can be adopted: the one that an engine's handler names, or that the shim takes by
 * itself. Null: none can be told.
 */
export function pairInUse(install: KataInstallFacts, facts: Facts): Pair | null {
	const {version, content} = install;
	const pairs = adoptablePairs(install);
	if (version === null || !content) return null;
	const named = (facts.kataHandlers ?? []).flatMap(({configuration, runtime}) => [
		configuration?.path ?? null,
		runtime?.path ?? null,
	]);
	// Where a shim is told no configuration it takes the one in /etc, which is often a link to a packaged one.
	const linked = (facts.kataConfiguration ?? []).map(({target}) => target);
	for (const path of [...named, ...linked]) {
		const found = path === null ? undefined : pairs.find(pair => leadsTo(path, pair, version, content));
		if (found) return found;
	}
	// A copy in /etc that was edited is of the hypervisor that it is like.
	for (const {path, runtime, like = ''} of facts.theirSettings ?? []) {
		const found = pairs.find(pair => isOf({runtime, file: like}, pair, version));
		if (found && path === configurationInUse(facts, runtime)) return found;
	}
	const byDefault = pairs.find(pair => content.configurations.some(one => one.isDefault && isOf(one, pair, version)));
	return byDefault ?? pairs[0] ?? null;
}

/** Whether a path is that of a pair's packaged configuration, or of what leads to it when nothing else is said. */
function leadsTo(
	path: string,
	pair: Pair,
	version: string,
	{configurations}: {configurations: Configuration[]},
): boolean {
	const folder = `${kataPrefix}/${configurationInTree[pair.runtime]}`;
	if (path === `${folder}/${configurationName(pair, version)}`) return true;
	const byDefault = configurations.some(one => one.isDefault && isOf(one, pair, version));
	return byDefault && (path === `${folder}/configuration.toml` || path === `${kataPrefix}/${shimInTree[pair.runtime]}`);
}
