/** The pair that a person names: a hypervisor or a variant of one, with its runtime or without. */
import {availabilityOf} from '../catalogue/availability.ts';
import {
	catalogue,
	hypervisorByName,
	hypervisors,
	type Pair,
	pairEntry,
	type Runtime,
	runtimes,
	variantOf,
} from '../catalogue/catalogue.ts';
import {pairOfVariant, refusalEverywhere, variantName} from '../catalogue/variants.ts';
import {KataSetupError} from '../errors.ts';
import type {Facts, InstallationFacts} from '../facts/facts.ts';
import {sentenceOf} from '../format.ts';
import {environmentName, type Flags} from './flags.ts';

/** A pair whose runtime is left open. */
export type NamedHypervisor = Omit<Pair, 'runtime'>;

const advanced = '`kata-setup list --advanced` lists the variants for special hosts, and why some cannot be chosen.';

/**
 * What a word means after --hypervisor: `qemu`, `clh`, or a variant's name, with or without the `-runtime-rs` of Kata's
 * Helm chart.
 * @throws KataSetupError (`usage`) if nothing is called so; `host` for a variant whose VMM kata-setup does not know
 */
export function hypervisorNamed(word: string): NamedHypervisor {
	const hypervisor = hypervisorByName(word);
	if (hypervisor) return {hypervisor};
	const name = word.toLowerCase().replace(/-runtime-rs$/, '');
	const variant = catalogue.advanced.find(entry => entry.name === name);
	if (!variant)
		throw new KataSetupError('usage', `There is no hypervisor \`${word}\`.`, {
			remedy: [`It is one of: ${hypervisors.join(', ')}.`, advanced],
		});
	const pair = pairOfVariant(variant);
	const refusal = refusalEverywhere(variant);
	if (!pair)
		throw new KataSetupError('host', `${variantName(variant)} cannot be chosen.`, {
			...(refusal ? {why: sentenceOf(refusal.reason)} : {}),
			remedy: [...(refusal?.remedy ? [sentenceOf(refusal.remedy)] : []), advanced],
		});
	return {hypervisor: pair.hypervisor, variant: variant.name};
}

/** @throws KataSetupError (`usage`) if the runtime has no variant of that name */
export function withRuntime(named: NamedHypervisor, runtime: Runtime): Pair {
	const pair: Pair = {runtime, ...named};
	if (named.variant === undefined || variantOf(pair)) return pair;
	throw new KataSetupError('usage', `The ${runtime} runtime has no variant \`${named.variant}\`.`, {
		remedy: [`It goes with --runtime ${runtime === 'go' ? 'rust' : 'go'}.`, advanced],
	});
}

/**
 * The pair to change to: `clh`, `rust/dragonball`, `go-qemu-nvidia-cpu`, or flags; what is left open stays as it is.
 * @throws KataSetupError (`usage`) if it is none, or the word and the flags name two
 */
export function pairNamed(flags: Flags, argument: string | null, installation: InstallationFacts): Pair {
	const words = argument === null ? [] : (/^(rust|go)(?:[/-](.+))?$/.exec(argument)?.slice(1) ?? [undefined, argument]);
	const [runtimeWord, hypervisorWord] = words;
	if (runtimeWord && flags.runtime && runtimeWord !== flags.runtime) throw namesTwo(argument, flags, 'runtime');
	const named = [hypervisorWord, flags.hypervisor].flatMap(word => (word ? [hypervisorNamed(word)] : []));
	const [first = hypervisorNamed(installation.variant ?? installation.hypervisor), second = first] = named;
	if (first.hypervisor !== second.hypervisor || first.variant !== second.variant)
		throw namesTwo(argument, flags, 'hypervisor');
	return withRuntime(first, (flags.runtime ?? runtimeWord ?? installation.runtime) as Runtime);
}

const namesTwo = (argument: string | null, flags: Flags, what: 'runtime' | 'hypervisor'): KataSetupError =>
	new KataSetupError('usage', `\`${argument}\` and --${what} ${flags[what]} name two ${what}s.`, {
		remedy: `Leave one of them out. A flag may also come from ${environmentName(what)}.`,
	});

/** With the first runtime that can be chosen with it here; where none can, the one whose reason helps more. */
export function withAnyRuntime(named: NamedHypervisor, facts: Facts, version: string | null): Pair {
	const pairs = runtimes
		.map((runtime): Pair => ({runtime, ...named}))
		.filter(pair => named.variant === undefined || variantOf(pair));
	const [first] = pairs;
	if (!first) return withRuntime(named, 'rust');
	return (
		pairs.find(pair => availabilityOf(pair, facts, version).state === 'ok') ?? pairs.find(pair => hasIt(pair)) ?? first
	);
}

/** Firecracker may lack a snapshotter only, a variant a device: the reason of the runtime that has it is the one to give. */
const hasIt = (pair: Pair): boolean => {
	const variant = variantOf(pair);
	if (variant) return variant.refusal === undefined;
	return Object.keys(pairEntry(pair).shipped).length > 0;
};
