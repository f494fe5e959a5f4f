/** What is known of a name: a runtime, a hypervisor, a pair or a variant. Pure. */
import {
	catalogue,
	type Hypervisor,
	type HypervisorEntry,
	hypervisorByName,
	type PairEntry,
	pairName,
	type RuntimeEntry,
	runtimes,
	type VariantEntry,
} from './catalogue.ts';

export type Story =
	| {kind: 'runtime'; name: string; entry: RuntimeEntry; pairs: PairEntry[]}
	| {kind: 'hypervisor'; name: Hypervisor; entry: HypervisorEntry; pairs: PairEntry[]}
	| {kind: 'pair'; name: string; entry: PairEntry; hypervisor: HypervisorEntry}
	| {kind: 'variant'; name: string; entries: VariantEntry[]};

/** @param name as `list --advanced` prints it, or a short name of Kata's, in any case; null: nothing is called so */
export function storyOf(name: string): Story | null {
	const wanted = name.toLowerCase();
	const runtime = runtimes.find(one => one === wanted);
	if (runtime)
		return {
			kind: 'runtime',
			name: runtime,
			entry: catalogue.runtimes[runtime],
			pairs: catalogue.pairs.filter(pair => pair.runtime === runtime),
		};
	const pair = catalogue.pairs.find(one => pairName(one) === wanted);
	if (pair) return {kind: 'pair', name: wanted, entry: pair, hypervisor: catalogue.hypervisors[pair.hypervisor]};
	const hypervisor = hypervisorByName(wanted);
	if (hypervisor)
		return {
			kind: 'hypervisor',
			name: hypervisor,
			entry: catalogue.hypervisors[hypervisor],
			pairs: catalogue.pairs.filter(one => one.hypervisor === hypervisor),
		};
	const entries = catalogue.advanced.filter(one => [one.name, `${one.runtime}-${one.name}`].includes(wanted));
	return entries.length > 0 ? {kind: 'variant', name: wanted, entries} : null;
}

/** Every name that has a story. */
export const storyNames = (): string[] => [
	...new Set([
		...runtimes,
		...Object.keys(catalogue.hypervisors),
		...catalogue.pairs.map(pairName),
		...catalogue.advanced.flatMap(({name, runtime}) => [name, `${runtime}-${name}`]),
	]),
];
