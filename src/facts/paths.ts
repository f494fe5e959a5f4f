/**
 * What stands at every path that a plan may touch, but for the large files behind a block snapshotter: their bytes are
 * containers' and would take minutes to hash, their sizes stand in `blockTools`.
 */
import {catalogue, type Pair, type VariantEntry} from '../catalogue/catalogue.ts';
import {pairOfVariant} from '../catalogue/variants.ts';
import type {Host} from '../host/host.ts';
import {
	activePairLink,
	configurationFolder,
	defaultConfiguration,
	hostDropIn,
	kataPrefix,
	modulesFile,
	ourPrefix,
	pairFolder,
	poolScript,
	poolSection,
	poolUnitFile,
	shimOnPath,
	treesFolder,
} from '../layout.ts';
import type {ContainerdFacts} from './facts.ts';
import {pathState} from './path-state.ts';

/** The pair of a variant that can be installed on some host. */
function installedVariant(variant: VariantEntry): Pair[] {
	const pair = variant.refusal ? null : pairOfVariant(variant);
	return pair ? [pair] : [];
}

const ours: readonly string[] = [
	kataPrefix,
	ourPrefix,
	treesFolder,
	configurationFolder,
	activePairLink,
	...Object.values(defaultConfiguration),
	shimOnPath,
	modulesFile,
	poolScript,
	poolSection,
	poolUnitFile,
	...[...catalogue.pairs, ...catalogue.advanced.flatMap(installedVariant)].flatMap(pair => {
		const folder = pairFolder(pair);
		return [
			folder,
			`${folder}/configuration.toml`,
			`${folder}/config.d/${hostDropIn}`,
			`${folder}/containerd-shim-kata-v2`,
		];
	}),
];

/** The files of a containerd that an edit may replace. */
const filesOf = ({config}: ContainerdFacts): string[] =>
	[config.path, config.criImportedFrom, config.ownDropIn?.path].filter(path => typeof path === 'string');

/** Path → state, in the order of the paths. */
export async function readPaths(host: Host, containerd: readonly ContainerdFacts[]): Promise<Record<string, string>> {
	const paths = [...new Set([...ours, ...containerd.flatMap(filesOf)])].sort();
	const states = await Promise.all(paths.map(async path => [path, await pathState(host, path)] as const));
	return Object.fromEntries(states);
}
