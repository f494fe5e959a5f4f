/**
 * Runtimes and hypervisors: the names, and the typed shape of assets/catalogue.json, which explains them.
 *
 * The catalogue explains and recommends. What is installed is decided by the files that the archive really has.
 */
import catalogueData from '../../assets/catalogue.json' with {type: 'json'};
import type {Architecture} from '../facts/facts.ts';

export const runtimes = ['rust', 'go'] as const;
export type Runtime = (typeof runtimes)[number];

export const hypervisors = ['qemu', 'cloud-hypervisor', 'dragonball', 'firecracker', 'stratovirt'] as const;
export type Hypervisor = (typeof hypervisors)[number];

export interface Pair {
	runtime: Runtime;
	hypervisor: Hypervisor;
	/** The name of one of its configurations for special hosts, for example `qemu-nvidia-cpu`; absent: the plain one. */
	variant?: string;
}

/** A pair's name in paths, flags and JSON, for example `rust-qemu` or `go-qemu-nvidia-cpu`. */
export const pairName = ({runtime, hypervisor, variant}: Pair): string => `${runtime}-${variant ?? hypervisor}`;

/** The pair in what has more than a pair: a choice, a row. Every field of a pair, and no other. */
export const pairIn = ({runtime, hypervisor, variant}: Pair): Pair =>
	variant === undefined ? {runtime, hypervisor} : {runtime, hypervisor, variant};

/** The pair without its variant. */
export const plainOf = ({runtime, hypervisor}: Pair): Pair => ({runtime, hypervisor});

/** Whether two are the same runtime with the same hypervisor and the same variant of it. */
export const samePair = (a: Pair, b: Pair): boolean => pairName(a) === pairName(b) && a.hypervisor === b.hypervisor;

export interface RuntimeEntry {
	name: Runtime;
	/** Half a line: what it is to Kata today. */
	title: string;
	summary: string;
	has: string[];
	lacks: string[];
	/** When a VM gets its size. */
	sizing: string;
	status: string;
	/** What Kata means to do with it. */
	future: string;
	/** What is known of its archives, in no order; sizes of other releases and architectures are not known. */
	sizes: ArchiveSize[];
	/** The release that made it Kata's default runtime; null: before rust it was go, without such a release. */
	defaultSince: string | null;
	deprecatedSince: string | null;
	/** How its archive's name begins, by the release that introduced the name; in ascending order. */
	archives: {since: string; name: string}[];
	/** Where these facts are written. */
	source: string;
}

export interface ArchiveSize {
	release: string;
	architecture: Architecture;
	/** The archive that has this runtime: up to 4.0 it has both, and is not listed. */
	downloadBytes: number;
	/** The whole archive unpacked; null: not known. */
	unpackedBytes: number | null;
}

/** The seven columns of the hypervisors document, and what else people ask for. */
export interface HypervisorEntry {
	name: string;
	writtenIn: string;
	summary: string;
	features: string;
	limitations: string;
	creationSpeed: string;
	memoryDensity: string;
	useCases: string;
	comment: string;
	/** In short, for where there is room for one line: `deviceHotplug` and `memoryHotplug`. */
	hotplug: string;
	fileSharing: string;
	/** In short, as above: `gpu` and `confidential`. */
	gpuAndConfidential: string;
	processes: string;
	/** Which devices a running VM can get. */
	deviceHotplug: string;
	/** Whether a running VM can get CPUs and memory. */
	memoryHotplug: string;
	/** GPUs and other devices handed to the VM by VFIO. */
	gpu: string;
	/** Guests that the host cannot look into. */
	confidential: string;
	/** Kata's rating, and what confines the hypervisor itself. */
	isolation: string;
	/** What a VM takes beside the memory of its guest. */
	memoryPerSandbox: string;
	/** Docker 26 and later plug the network in after the VM was started. */
	dockerNetworking: string;
	/** What Kata's own tests run with it. */
	upstreamTesting: string;
}

export interface PairEntry extends Pair {
	/** The name that kata-manager and the documentation use; null where they know none. */
	shortName: string | null;
	/** Is it the runtime's own default? */
	default: boolean;
	/** By architecture: the first release whose archive has all of the pair. */
	shipped: Partial<Record<Architecture, string>>;
	/** The first release that no longer has it. */
	until?: string;
	/** The packaged configuration's file name, by the release that introduced the name; in ascending order. */
	configuration: {since: string; file: string}[];
	/** The table under `[hypervisor.…]` in that file, in the newest release. */
	section: string;
	/** The same by the release that introduced the name; in ascending order; empty where no release has the pair. */
	tables: {since: string; name: string}[];
	/** The releases in which this is the hypervisor that its runtime takes by itself; absent: in none. */
	ownDefault?: {since: string; until?: string};
	/** The architectures on which Kata's own tests run it. */
	testedUpstream: Architecture[];
	/** Whether Kata builds it, but neither supports nor documents it. */
	experimental: boolean;
	/** Where these facts are written. */
	source: string;
	/** How the hypervisor's executable is called; null: it has no process of its own. `qemu-system` is a prefix. */
	binary: string | null;
	/** Why it is not to be had where it is not. */
	absent?: string;
	needsBlockSnapshotter?: boolean;
}

/** What a variant takes that kata-setup does not set up. */
export type RefusalName = 'mshv' | 'nydus' | 'erofs' | 'peer-pods';

export interface Refusal {
	/** In one clause. */
	reason: string;
	/** What would help, beginning with a verb; null: nothing here would. */
	remedy: string | null;
}

/** A configuration for special hosts. */
export interface VariantEntry {
	/** As Kata's Helm chart calls it, without `-runtime-rs`. */
	name: string;
	runtime: Runtime;
	title: string;
	/** The VMM below it; some are none of `hypervisors`. */
	hypervisor: string;
	file: string;
	/** The table under `[hypervisor.…]` in that file. */
	table: string;
	/** Where the archive has all of it; the file alone is packaged for more. */
	architectures: Architecture[];
	/** The oldest release for which this is known to hold; it may have been there before. */
	since: string;
	/** The first release whose archive no longer has all of it; `absent`: why, in one clause. */
	until?: string;
	absent?: string;
	/** What the host must have beside KVM. */
	needs: string[];
	/** Whether that is an NVIDIA GPU for its guests, which is looked for. */
	needsNvidiaGpu?: boolean;
	/** Why kata-setup installs it on no host. */
	refusal?: RefusalName;
	needsBlockSnapshotter?: boolean;
	/** Whether Kata builds it, but neither supports nor documents it. */
	experimental?: boolean;
	/** What its guests boot with, in MiB; absent: what those of every pair do. */
	guestMemoryMiB?: number;
	testedUpstream: Architecture[];
	/** One sentence. */
	summary: string;
	source: string;
}

export interface Catalogue {
	schema: 1;
	source: string;
	runtimes: Record<Runtime, RuntimeEntry>;
	hypervisors: Record<Hypervisor, HypervisorEntry>;
	pairs: PairEntry[];
	refusals: Record<RefusalName, Refusal>;
	/** What is behind "advanced". */
	advanced: VariantEntry[];
}

export const catalogue = catalogueData as Catalogue;

/**
 * The catalogue's entry for a pair. Every runtime has an entry for every hypervisor; that of a variant has the variant's
 * configuration, table, architectures and needs in the place of the plain pair's.
 * @throws Error for a variant that is not described
 */
export function pairEntry(pair: Pair): PairEntry {
	const {runtime, hypervisor} = pair;
	const plain = catalogue.pairs.find(one => one.runtime === runtime && one.hypervisor === hypervisor);
	const variant = variantOf(pair);
	if (!plain || (pair.variant !== undefined && !variant))
		throw new Error(`the catalogue has no entry for ${pairName(pair)}`);
	return variant ? {...entryOfVariant(variant, plain), variant: variant.name} : plain;
}

/** What is described of a pair's variant; null: it is the plain pair, or a variant that is not described. */
export const variantOf = ({runtime, hypervisor, variant}: Pair): VariantEntry | null =>
	catalogue.advanced.find(one => one.name === variant && one.runtime === runtime && one.hypervisor === hypervisor) ??
	null;

function entryOfVariant(variant: VariantEntry, plain: PairEntry): PairEntry {
	const {architectures, since, until, absent, file, table, testedUpstream, experimental, source} = variant;
	return {
		runtime: plain.runtime,
		hypervisor: plain.hypervisor,
		binary: plain.binary,
		shortName: null,
		default: false,
		shipped: Object.fromEntries(architectures.map(architecture => [architecture, since])),
		...(until === undefined ? {} : {until}),
		...(absent === undefined ? {} : {absent}),
		configuration: [{since, file}],
		section: table,
		tables: [{since, name: table}],
		testedUpstream,
		experimental: experimental ?? false,
		source,
		...(variant.needsBlockSnapshotter ? {needsBlockSnapshotter: true} : {}),
	};
}

/** All the names that a person may type for a hypervisor: ours, and the short names of Kata's documentation. */
export function hypervisorByName(name: string): Hypervisor | null {
	const wanted = name.toLowerCase();
	const exact = hypervisors.find(hypervisor => hypervisor === wanted);
	return exact ?? catalogue.pairs.find(pair => pair.shortName === wanted)?.hypervisor ?? null;
}
