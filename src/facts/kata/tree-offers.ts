/** What each unpacked release offers, by its manifest and its configuration files: the release has the last word. */
import {catalogue, type Pair, pairIn, pairName} from '../../catalogue/catalogue.ts';
import {lackOf, offersOf} from '../../catalogue/offers.ts';
import {pairOfVariant} from '../../catalogue/variants.ts';
import type {Host} from '../../host/host.ts';
import {configurationInTree, treesFolder} from '../../layout.ts';
import {readManifest, treeOfManifest} from '../../release/manifest.ts';
import type {TreeOffersFacts} from '../kata-facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';

/** The plain pairs, and the variants that can be chosen. */
const everyPair: Pair[] = [
	...catalogue.pairs.map(pairIn),
	...catalogue.advanced.map(pairOfVariant).filter(pair => pair !== null),
];

export const treeOffersProbe: Probe<TreeOffersFacts[]> = {
	name: 'tree-offers',
	unknown: [],
	async read(host) {
		const names = ((await quietly(host.files.list(treesFolder))) ?? []).toSorted();
		const trees = names.map(name => treeOfManifest(`${treesFolder}/${name}`)).filter(tree => tree !== null);
		const found = await Promise.all(trees.map(tree => readTree(host, tree)));
		return found.filter(tree => tree !== null);
	},
};

/** Null where the manifest is none that can be read: then nothing is known of the tree. */
async function readTree(host: Host, path: string): Promise<TreeOffersFacts | null> {
	const members = await quietly(readManifest(host, path));
	if (!members) return null;
	const paths = new Map<string, string | null>();
	for (const member of members)
		if (member.type !== 'directory') paths.set(member.path, member.type === 'link' ? member.target : null);
	const configurations = new Map<string, string>();
	for (const member of members) {
		if (member.type !== 'file' || !isConfiguration(member.path)) continue;
		const text = await quietly(host.files.readText(`${path}/${member.path}`));
		if (text !== null) configurations.set(member.path, text);
	}
	const offers = offersOf({paths, configurations});
	return {
		path,
		pairs: everyPair.map(pair => ({name: pairName(pair), lack: lackOf(pair, offers)})),
		undescribed: offers
			.filter(({described, missing, error}) => !described && missing.length === 0 && error === null)
			.map(({runtime, file}) => ({runtime, file})),
	};
}

const isConfiguration = (path: string): boolean =>
	path.endsWith('.toml') && path.startsWith(`${configurationInTree.go}/`);
