/**
 * Plan: ordered, typed, serialisable steps. `plan/install.ts` and `plan/uninstall.ts` make them; `apply/` carries them out
 * and makes no decision of its own.
 */
import type {Hypervisor, Pair, Runtime} from '../catalogue/catalogue.ts';
import type {CarriedSetting} from '../kataconfig/carry-over.ts';
import type {ManifestMember} from '../release/manifest.ts';
import type {Archive, Choice} from './choice.ts';

/** What must be true of the host when a step's plan is applied. All are checked before the first effect. */
export type Precondition =
	/** `state` as in Facts.paths: `absent`, `directory`, `file:SHA256`, `link:TARGET`. */
	| {kind: 'path'; path: string; state: string}
	| {kind: 'space'; path: string; bytes: number}
	| {kind: 'file-digest'; path: string; sha256: string}
	/** A containerd with this binary, version and main configuration file runs. */
	| {kind: 'containerd'; binary: string; version: string; config: string}
	| {kind: 'machine'; machine: string}
	/** The receipt is the one that was planned on (0: no journal). */
	| {kind: 'sequence'; sequence: number}
	/** No sandbox runs from this tree, but for one of our own smoke test. */
	| {kind: 'no-sandboxes'; tree: string}
	/** No container of this containerd, which `unit` runs, has its files in that snapshotter. */
	| {kind: 'no-snapshots'; snapshotter: string; ctr: string; address: string; unit?: string | null}
	| {kind: 'root'};

export interface Cost {
	/** Bytes over the network. */
	downloadBytes: number;
	/** Bytes that stay on disk when the step is done. */
	diskBytes: number;
	/** A rough guess, for the progress bar's share only. */
	seconds: number;
}

/** The arguments of each kind of step. Everything that is decided stands here; `steps/<kind>.ts` only carries it out. */
export interface StepArguments {
	/** Create a folder, and the folders above it that are missing. */
	'make-directory': {path: string; mode: number};
	/**
	 * Leave the kata-setup that runs in a folder of its version below `folder`, and `script`, which runs its uninstall.
	 * `replaces`: the version of ours that is kept there now, which goes when the new one is in place; null: there is none.
	 */
	'keep-program': {folder: string; script: string; replaces: string | null};
	/** Bring one archive into `into` and check its SHA-256. A local file is checked where it lies and `into` stays unused. */
	'fetch-archive': {archive: Archive; into: string; allowUnverified: boolean};
	/** Unpack verified archives through a staging folder into a new tree. */
	'unpack-tree': {
		archives: {path: string; name: string; sha256: string | null; compression: 'zst' | 'xz'}[];
		staging: string;
		tree: string;
		/** What the tree must then hold, relative to it: shim, configuration. */
		expect: string[];
		version: string;
		runtime: Runtime;
	};
	/**
	 * Move the Kata that somebody unpacked at `path` to `tree`, as it is, and put a link to it where it was. `expect`: what it
	 * must hold, relative to it; `runtimes`: those whose shim is in it, absent: `runtime` alone.
	 */
	'adopt-tree': {
		path: string;
		tree: string;
		expect: string[];
		version: string;
		runtime: Runtime;
		runtimes?: Runtime[];
	};
	/** Remove a downloaded archive that has been unpacked. */
	'drop-download': {path: string};
	/** A symbolic link of ours, put in place by rename; null: it is taken away. */
	link: {path: string; target: string | null};
	/** A small file of ours whose whole content is known; null: it is taken away. */
	'write-file': {path: string; content: string | null; mode: number};
	/**
	 * Copy a packaged configuration of `tree` to `to`, with `tree` in the place of /opt/kata, and prove that every file it
	 * names is there. Plans of before 0.2 have a `from` under /opt/kata, whose copy names what that has.
	 */
	'kata-config': {pair: Pair; tree: string; from: string; to: string};
	/** Write a program of ours to `program`, execute it there and have it start a VM; `logged`: it may fail to. */
	'prove-host': {program: string; machine: string; kvm: 'required' | 'logged'};
	'load-module': {module: string; device: string};
	/**
	 * Make an ext4 image of `bytes`, which the blockfile snapshotter copies for every layer and container into `root`.
	 * `mkfs`: the program that formats it.
	 */
	'scratch-file': {path: string; bytes: number; mkfs: string; root: string};
	/** Make that image anew, where no snapshot was made from it; what is at `path` goes to `kept`, for `drop-replaced`. */
	'mend-scratch': StepArguments['scratch-file'] & {kept: string};
	/**
	 * Make the two files, with holes, that the thin pool `name` lies in. Undoing removes the pool and the devices in it, too,
	 * and `root`, containerd's list of them.
	 */
	'thin-pool': {
		name: string;
		data: {path: string; bytes: number};
		metadata: {path: string; bytes: number};
		root: string;
	};
	/** Have systemd read its units again and start this one. */
	'start-unit': {unit: string};
	/** Register the handler in containerd; restart it if `restart` names its unit. */
	'containerd-config': ContainerdConfigArguments;
	'smoke-test': SmokeTestArguments;
	/** Give a path of ours its mode and owner back, and nothing else; `mode` null: the owner alone, as of a link. */
	'set-access': {path: string; mode: number | null};
	'mend-tree': MendTreeArguments;
	/** Make the manifest of a tree anew out of all its archives, and mend what differs from it; no archives: it is measured. */
	'record-tree': Omit<MendTreeArguments, 'members'>;
	/** Remove what `mend-tree`, `record-tree` or `mend-scratch` kept, once the run has ended well. */
	'drop-replaced': {path: string};
	/** Undo one step of an earlier run, by its record in the journal. */
	undo: {run: string; step: string; of: StepKind; title: string; args: unknown; inverse: unknown};
}

/** One file that registering the handler changes: the whole text before and after. */
export interface FileEdit {
	path: string;
	/** null: the file does not exist and is created. */
	before: string | null;
	after: string;
	mode: number;
	/** What the edit is, in words, for the review: `append a marked block`, `new drop-in`, `add to imports`. */
	what: string;
}

export interface ContainerdConfigArguments {
	binary: string;
	address: string;
	ctr: string | null;
	version: string;
	/** The daemon's main file: what `-c` names. */
	config: string;
	/** What drifted is put back: undoing gives exactly the bytes that were found. Absent: a handler is registered. */
	mends?: true;
	edits: FileEdit[];
	handler: string;
	/** The runtime table as it must come back from `config dump`. */
	runtime: {runtimePath: string; configPath: string};
	/** The systemd unit to restart; null: nothing here can restart it, or the user said not to. */
	restart: string | null;
	/** The snapshotter that the handler gets, and what of it is set up; absent: containerd's default one. */
	snapshotter?: HandlerSnapshotter;
}

export interface HandlerSnapshotter {
	name: string;
	/** null: it is there already. */
	setUp: BlockfileSetUp | PoolSetUp | null;
}

/** The snapshotter blockfile: what it copies, and where the copies go. */
export interface BlockfileSetUp {
	rootPath: string;
	scratchFile: string;
}

/** The snapshotter devmapper: its pool, containerd's list of what is in that, and how large a container's device is. */
export interface PoolSetUp {
	poolName: string;
	rootPath: string;
	/** As containerd reads it: `8GiB`. */
	baseImageSize: string;
	/** The glob of the file that has the section, which is there only while the pool is. */
	imports: string;
}

/** Make right single members of a tree that stands, and keep what is replaced beside it. */
export interface MendTreeArguments {
	tree: string;
	/** Where the archives are unpacked, as far as they are needed. */
	staging: string;
	/** The folder that what is replaced goes to, on the same file system; `drop-replaced` removes it. */
	kept: string;
	/** Verified archives of the members with `fetch`; none where nothing has to be fetched. */
	archives: StepArguments['unpack-tree']['archives'];
	/** As the tree's manifest has them, parents first; the path '' is the tree itself. */
	members: MendedMember[];
}

/** `fetch`: its content comes from the archives; else what is there gets its mode, owner or target back. */
export type MendedMember = ManifestMember & {fetch: boolean};

export interface SmokeTestArguments {
	pair: Pair;
	ctr: string;
	address: string;
	/** The absolute path of the shim to run, and of its configuration. */
	shim: string;
	configuration: string;
	/** The active tree's own path: the hypervisor's executable must lie in it. */
	tree: string;
	snapshotter: string | null;
	timeoutMs: number;
	/** The run fails, and is undone, if it is not proven that the container ran in a VM of the pair. Absent: it may end unproven. */
	mustProve?: boolean;
}

export type StepKind = keyof StepArguments;

const stepKinds: Record<StepKind, true> = {
	'make-directory': true,
	'keep-program': true,
	'fetch-archive': true,
	'unpack-tree': true,
	'adopt-tree': true,
	'drop-download': true,
	link: true,
	'write-file': true,
	'kata-config': true,
	'prove-host': true,
	'load-module': true,
	'scratch-file': true,
	'mend-scratch': true,
	'thin-pool': true,
	'start-unit': true,
	'containerd-config': true,
	'smoke-test': true,
	'set-access': true,
	'mend-tree': true,
	'record-tree': true,
	'drop-replaced': true,
	undo: true,
};

/** Whether this kata-setup knows a kind of step, of which a newer one's journal or plan may name others. */
export const isStepKind = (kind: string): kind is StepKind => Object.hasOwn(stepKinds, kind);

export interface StepOf<K extends StepKind> {
	/** Unique in the plan and readable, for example `link:/opt/kata`. */
	id: string;
	kind: K;
	/** What it does, in the imperative: `Point /opt/kata at the new tree`. */
	title: string;
	why: string;
	args: StepArguments[K];
	pre: Precondition[];
	/** How it is undone, in words; null where there is nothing to undo. */
	undo: string | null;
	cost: Cost;
}

export type Step = {[K in StepKind]: StepOf<K>}[StepKind];

/** What a run is for. `upgrade`: to another version, be it an older one. `undo`: of a run that was not finished. */
export type Verb =
	| 'install'
	| 'switch'
	| 'upgrade'
	| 'rollback'
	| 'repair'
	| 'adopt'
	| 'undo'
	| 'uninstall'
	| 'test'
	| 'fix';

export interface Plan {
	schema: 1;
	kataSetup: string;
	verb: Verb;
	rehearsal: boolean;
	/** null for an uninstall. */
	choice: Choice | null;
	hostname: string;
	steps: Step[];
	/** What the person must know before saying yes: no restart possible, a user's file left alone, unverified bytes. */
	notes: string[];
	/** Of a repair: what is not as it should be and stays so, each with its reason; absent: nothing. */
	unmended?: string[];
	/** What becomes of each setting in drop-ins that are carried over to another pair; absent: none is. */
	settings?: CarriedSetting[];
	/** The command that does the same without the wizard. */
	command: string;
	/** SHA-256 (hex) over all the fields above but `kataSetup`, as canonical JSON. */
	hash: string;
}

export type {Archive, Choice, Hypervisor, Pair, Runtime};
