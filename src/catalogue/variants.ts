/** The configurations for special hosts, and those that nobody has described yet: what a release and a host have of them. Pure. */
import type {Facts} from '../facts/facts.ts';
import {
	catalogue,
	hypervisors,
	type Pair,
	type Refusal,
	type Runtime,
	runtimes,
	type VariantEntry,
} from './catalogue.ts';
import {isComplete, releaseMeant, treeHere} from './here-already.ts';
import {atLeast} from './version.ts';

/** Whether a release has a variant's configuration for a machine, be all that it names there or not. */
export const isPackaged = ({architectures, since}: VariantEntry, machine: string, release: string): boolean =>
	architectures.some(name => name === machine) && atLeast(release, since);

/** Why a release's archives do not have all of a variant for a machine, in one clause; null: they have it. */
export function variantAbsence(
	{architectures, since, until, absent}: VariantEntry,
	machine: string,
	release: string,
): string | null {
	if (!architectures.some(name => name === machine)) return `not on ${machine}: on ${architectures.join(', ')}`;
	if (!atLeast(release, since)) return `not known before Kata ${since}`;
	return until !== undefined && atLeast(release, until) ? (absent ?? `not since Kata ${until}`) : null;
}

/** A variant's name as `list --advanced` prints it and `explain` takes it, for example `rust-qemu-snp`. */
export const variantName = ({runtime, name}: Pick<VariantEntry, 'runtime' | 'name'>): string => `${runtime}-${name}`;

/** The pair that a variant is chosen as; null: its VMM is none that kata-setup knows, and it can only be read of. */
export function pairOfVariant({runtime, name, hypervisor}: VariantEntry): Pair | null {
	const known = hypervisors.find(one => one === hypervisor);
	return known ? {runtime, hypervisor: known, variant: name} : null;
}

/**
 * Why a variant cannot be had on a host, whatever is true of the plain pair; null: nothing of its own is in the way.
 * @param version null: the installed release, or the newest that is described
 */
export function variantRefusal(entry: VariantEntry, facts: Facts, version: string | null): Refusal | null {
	const pair = pairOfVariant(entry);
	// What is unpacked here is asked before the catalogue: a later release may have again what one had not.
	const isHere = pair !== null && isComplete(pair, facts, version);
	const anywhere = refusalInRelease(entry, facts.machine, releaseMeant(facts, version));
	if (anywhere && !(isHere && !entry.refusal)) return anywhere;
	return entry.needsNvidiaGpu ? gpuRefusal(facts) : null;
}

/** The same, whatever the host. */
export function refusalInRelease(entry: VariantEntry, machine: string, release: string): Refusal | null {
	const absence = variantAbsence(entry, machine, release);
	if (absence !== null) return {reason: absence, remedy: remedyOfAbsence(entry, machine, release)};
	return refusalEverywhere(entry);
}

/** Why kata-setup installs a variant on no host; null: it does. What helps is the other runtime, where that one has it. */
export function refusalEverywhere(entry: VariantEntry): Refusal | null {
	if (!entry.refusal) return null;
	const {reason, remedy} = catalogue.refusals[entry.refusal];
	const other = catalogue.advanced.find(one => one.name === entry.name && one.runtime !== entry.runtime);
	if (remedy !== null || !other || other.refusal) return {reason, remedy};
	const partly = entry.architectures.some(architecture => !other.architectures.includes(architecture));
	return {
		reason,
		remedy: `choose the ${other.runtime} runtime${partly ? ` on ${other.architectures.join(', ')}` : ''}`,
	};
}

function remedyOfAbsence({architectures, since, until}: VariantEntry, machine: string, release: string): string | null {
	if (!architectures.some(name => name === machine)) return null;
	if (!atLeast(release, since)) return `take Kata ${since} or newer`;
	return until === undefined ? null : `take a Kata older than ${until}`;
}

/** A GPU goes to a guest by VFIO: its driver on the host must be vfio-pci, and an IOMMU must keep it to the guest's memory. */
function gpuRefusal({passthrough}: Facts): Refusal | null {
	if (!passthrough || passthrough.iommu === null)
		return {reason: 'it needs an NVIDIA GPU, and it is not known whether there is one', remedy: 'look again'};
	const {nvidiaGpus, iommu} = passthrough;
	const [first] = nvidiaGpus;
	if (!first) return {reason: 'it needs an NVIDIA GPU bound to vfio-pci, and this host has none', remedy: null};
	if (!nvidiaGpus.some(({driver}) => driver === 'vfio-pci'))
		return {
			reason: `it needs an NVIDIA GPU bound to vfio-pci, and ${first.address} is ${first.driver === null ? 'bound to no driver' : `${first.driver}'s`}`,
			remedy: `bind it: driverctl set-override ${first.address} vfio-pci`,
		};
	return iommu
		? null
		: {
				reason: 'it needs an IOMMU for its GPU, and none is on',
				remedy: 'switch it on in the firmware, and on the kernel command line where it needs it (intel_iommu=on)',
			};
}

/** A configuration of an unpacked release that the catalogue does not describe. */
export interface Undescribed {
	runtime: Runtime;
	/** Its file name. */
	file: string;
}

/** Those of the trees that a release is unpacked in here; empty without one. @param release null: the installed one */
export function undescribedHere(facts: Facts, release: string | null): Undescribed[] {
	const trees = runtimes.map(runtime => treeHere(facts, runtime, release)?.path);
	return (facts.treeOffers ?? []).filter(({path}) => trees.includes(path)).flatMap(one => one.undescribed);
}
