/** Choice: what the person or the flags decided. The same object from wizard, flags and environment. */
import type {Hypervisor, Runtime} from '../catalogue/catalogue.ts';
import type {Architecture, TreeFacts} from '../facts/facts.ts';
import type {OptionValues} from '../kataconfig/options.ts';

/** Where an expected SHA-256 comes from. `none`: nobody published one and the user allowed that. */
export type DigestSource = 'release-index' | 'flag' | 'known-digests' | 'none';

/** One archive of a release: found in an index, or a local file. */
export interface Archive {
	/** The asset's file name, for example `kata-static-4.1.0-amd64.tar.zst`. */
	name: string;
	/** An http(s) URL, or null for a local file. */
	url: string | null;
	/** The absolute path of a local file, or null. */
	file: string | null;
	/** Bytes; null if the index did not tell. */
	size: number | null;
	/** What the bytes must hash to, 64 hex digits. With `digestSource: 'none'` null for a download, and what was measured for a local file. */
	sha256: string | null;
	digestSource: DigestSource;
	compression: 'zst' | 'xz';
	/** Which runtimes' files it carries: both up to 4.0, one since 4.1. */
	carries: Runtime[];
}

/** A release as it was resolved before planning: exactly the archives that will be unpacked. */
export interface Release {
	/** For example `4.1.0`, no leading v. */
	version: string;
	architecture: Architecture;
	/** None of a release that was adopted: it was here. */
	archives: Archive[];
	/** The release index's base address if it was not the default one. */
	index?: string;
}

export interface Choice {
	runtime: Runtime;
	hypervisor: Hypervisor;
	/** The name of one of the pair's configurations for special hosts; absent: the plain one. */
	variant?: string;
	release: Release;
	/** May the plan restart containerd? `false` leaves that to the user. */
	restartEngine: boolean;
	/** Put `containerd-shim-kata-v2` and the default configuration where ctr and nerdctl look. */
	defaultPaths: boolean;
	/**
	 * Beside another Kata: /opt/kata and the default paths stay that one's, whatever `defaultPaths` says. Absent: ours has
	 * them.
	 */
	beside?: true;
	/** Run the smoke test at the end. */
	smokeTest: boolean;
	/** What a guest boots with, in MiB; absent: what Kata ships, 2048. */
	guestMemoryMiB?: number;
	/** Options of the guest that the person set; absent: all as Kata ships them. */
	options?: OptionValues;
	/** Firecracker: the size of each container's and layer's file, in GiB; absent: 1. */
	blockfileGiB?: number;
	/** Firecracker where containerd has no blockfile: the size of the pool of all containers, in GiB; absent: 20, or what fits. */
	poolGiB?: number;
	/** Names of the findings that the person chose to go on in spite of; absent if none. */
	ignore?: string[];
}

/** Whether a tree is there for a runtime. */
export const isTreeFor = ({runtime, runtimes = [runtime]}: TreeFacts, wanted: Runtime): boolean =>
	runtimes.includes(wanted);

/** Whether a tree was unpacked from exactly the archives that a choice names. */
export const isTreeOf = (tree: TreeFacts, {runtime, release}: Pick<Choice, 'runtime' | 'release'>): boolean =>
	tree.version === release.version &&
	isTreeFor(tree, runtime) &&
	tree.archives.length === release.archives.length &&
	release.archives.every(({name, sha256}, index) => {
		const its = tree.archives[index];
		return its?.name === name && (sha256 === null || its.sha256 === sha256);
	});
