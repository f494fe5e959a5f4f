/** The part of Facts that tells of the Kata that is here already, ours or not. */
import type {RunOutcome} from '../apply/events.ts';
import type {ErrorReport} from '../errors.ts';
import type {Choice, Verb} from '../plan/plan.ts';
import type {SmokeVerdict} from '../smoke/verdict.ts';

export type KataOwner = 'kata-setup' | 'kata-deploy' | 'kata-manager' | 'package' | 'snap' | 'unknown';

/** A Kata found on the host, whoever put it there. */
export interface KataInstallFacts {
	path: string;
	owner: KataOwner;
	/** From its VERSION file, or the package's; null if neither tells. */
	version: string | null;
	/** Why this owner was concluded. */
	evidence: string;
	/** The package that owns it; absent or null if none does. */
	package?: PackageFacts | null;
	/** Its other pieces outside of `path`; absent if there are none. */
	parts?: string[];
	/** Whether it is Kata 1.x, whose parts (kata-proxy, kata-shim, a kata-runtime without a shim) no engine uses any more. */
	old?: boolean;
	/** Whether a package owns it could not be told: a package manager did not answer. */
	ownerInDoubt?: true;
	/** What it holds; absent where it is no folder at /opt/kata, and in recordings of versions that did not look. */
	content?: KataContentFacts;
}

/** What a Kata holds that somebody unpacked. */
export interface KataContentFacts {
	/** The runtimes whose shim is in it. */
	runtimes: ('go' | 'rust')[];
	/** Its packaged configurations, by the names of their files; `isDefault`: its `configuration.toml` leads to it. */
	configurations: {runtime: 'go' | 'rust'; file: string; isDefault: boolean}[];
	/** Drop-ins that people put beside its packaged configurations, by their paths; absent: not looked for. */
	dropIns?: {runtime: 'go' | 'rust'; path: string}[];
	/** Whether a rename can take it to our trees: it is no mount of its own, and neither are they. */
	sameFileSystem: boolean;
}

export type PackageManager = 'dpkg' | 'rpm' | 'apk' | 'pacman';

/** One installed package. */
export interface PackageFacts {
	manager: PackageManager;
	name: string;
	/** As the manager writes it; null if it did not tell. */
	version: string | null;
}

/** A process of a Kata that runs now. */
export interface KataProcessFacts {
	pid: number;
	kind: 'shim' | 'hypervisor' | 'virtiofsd' | 'other';
	/** The program's name, for example `qemu-system-x86_64`. */
	program: string;
	/**
	 * The folder of the installation it was started from, all links resolved but those that /opt and /opt/kata-setup may be:
	 * `/opt/kata`, `/opt/kata-setup/trees/…`, `/usr/bin`. Null: only root may look at the process, and its command line names no tree.
	 */
	tree: string | null;
	/** Whether its executable was deleted or replaced since; null: only root may look. */
	deleted: boolean | null;
	/** The sandbox that it belongs to, which is its first container's id; null or absent: its command line names none. */
	sandbox?: string | null;
	/** The containerd namespace that a shim was told; null or absent: none, or the process is no shim. */
	namespace?: string | null;
	/** Of a shim: whether it holds a VM itself, as with Dragonball; null: only root may look. Absent: it is no shim. */
	vm?: boolean | null;
}

/** A file from which a Kata that is told no configuration takes one, or a part of it. */
export interface KataConfigurationFacts {
	path: string;
	/** `drop-in`: a file in the config.d beside it, merged over it. */
	kind: 'file' | 'link' | 'dangling' | 'drop-in' | 'unreadable';
	runtime: 'go' | 'rust';
	/** Where the link leads, as written in it; null if it is none. */
	target: string | null;
	/** The packaged file of that name, which it hides; null if there is none. */
	packaged: string | null;
	/** Whether its bytes differ from the packaged file's; null: there is nothing to compare, or we may not read it. */
	differs: boolean | null;
	/**
	 * What is set in it otherwise than in the packaged file, or at all in a drop-in, by name: values may be secrets. Absent:
	 * nothing is, it is ours, or it is not known.
	 */
	set?: {table: string; option: string}[];
	/** Whether it is a link into our own configuration folder. */
	ours: boolean;
}

/** A drop-in that a person put into the config.d of a pair of ours, or that a change carried over from another pair. */
export interface DropInFacts {
	path: string;
	/** For example `rust-qemu`. */
	pair: string;
	/** Permission bits. */
	mode: number;
	/** Null: it is no regular file, larger than 64 KiB, not UTF-8, or we may not read it. */
	text: string | null;
	/** Whether secrets were taken out of the text; absent: it is the file's own. */
	redacted?: boolean;
}

/** What people have set for a Kata that is not ours, as a drop-in would say it. */
export interface TheirSettingsFacts {
	path: string;
	/** The runtime whose folder it is in. */
	runtime: 'go' | 'rust';
	/** `file`: a whole configuration in /etc, of which `text` has what is set otherwise than in the packaged one. */
	kind: 'drop-in' | 'file';
	/** Permission bits. */
	mode: number;
	/** Null: as of `DropInFacts`, or nothing packaged is there that a file could be compared with. */
	text: string | null;
	/** Whether secrets were taken out of the text; absent: it is the file's own. */
	redacted?: boolean;
	/** Of a file the name of the packaged one that it differs least from, of the same hypervisor. */
	like?: string;
	/** What that sets and the file does not; absent: nothing. */
	unset?: {table: string; option: string}[];
}

/** `missing`: nothing is there, or a link that leads nowhere; `unknown`: we may not look. */
export type PathPresence = 'there' | 'missing' | 'unknown';

/** A path that an engine's configuration names for a Kata handler. */
export interface NamedPath {
	path: string;
	state: PathPresence;
}

/** A handler (runtime) of an engine's configuration that starts Kata. */
export interface KataHandlerFacts {
	engine: 'containerd' | 'docker' | 'crio';
	/** The file that names it; for containerd the main one, though an imported one may hold it. */
	source: string;
	/** The handler's name, for example `kata`. */
	name: string;
	/** For example `io.containerd.kata.v2`; null if the engine starts a program by its path alone. */
	type: string | null;
	/** The shim's path (or of Docker's old entries: the runtime's); null: it is looked up in the engine's PATH. */
	runtime: NamedPath | null;
	/** The configuration file that Kata is told; null: it takes its default. */
	configuration: NamedPath | null;
}

/** A program of Kata's that is found in more than one folder of a PATH, or in one: who is found first. */
export interface KataProgramFacts {
	/** For example `containerd-shim-kata-v2`. */
	name: string;
	/** `containerd`: the PATH of the running daemon, which starts the shims; `person`: the one of this shell. */
	whose: 'containerd' | 'person';
	/** Where that PATH was read; `assumed`: what systemd gives a service when nothing else is said. */
	source: string;
	/** In the order of the PATH, the first wins; the same file under two names (a merged /usr) stands there once. */
	found: {path: string; target: string}[];
}

/** The part of the receipt that a plan depends on. */
export interface InstallationFacts {
	version: string;
	runtime: 'go' | 'rust';
	hypervisor: string;
	/** The name of one of its configurations for special hosts; absent: the plain one. */
	variant?: string;
	/** The path of the tree in force; empty if there is none. */
	tree: string;
	/** The name of the handler in the engine's configuration; null if none was registered. */
	handler: string | null;
	/** A run that was begun and not finished, if there is one. */
	unfinishedRun: string | null;
	/** The journal's last sequence number: changes with every run. */
	sequence: number;
	/** The rest is absent where an older version wrote it. The answers it was made from; null: none are known. */
	choice?: Choice | null;
	/** The answers of the state before, which `rollback` goes back to; null: there is none. */
	previous?: Choice | null;
	/** Releases that are unpacked. */
	trees?: TreeFacts[];
	/** What must be at each path of ours. */
	owned?: OwnedFacts[];
	/** What the last smoke test concluded; null: there was none. */
	proof?: ProofFacts | null;
	/** The version of kata-setup that is kept on the host for `/opt/kata-setup/uninstall`; null: none is. */
	keptProgram?: string | null;
	/**
	 * The last run that ended; null: none did. `error`: why it ended so, in short; `status --json` has all of it in its own
	 * `lastRun`. `run` and `error` are absent where an older version wrote it.
	 */
	lastRun?: {
		run?: string;
		verb: Verb;
		at: string;
		outcome: RunOutcome;
		error?: Pick<ErrorReport, 'exit' | 'message'> | null;
	} | null;
	/** The run that was begun and not finished. */
	unfinished?: {run: string; verb: Verb; begun: string; by: string} | null;
}

/** A release that is unpacked on this host. */
export interface TreeFacts {
	path: string;
	version: string;
	/** The runtime it was unpacked for; its archives may have both. */
	runtime: 'go' | 'rust';
	/** Of an adopted one those that it is used for, each with its shim in it; absent: `runtime` alone. */
	runtimes?: ('go' | 'rust')[];
	/** What it was unpacked from; empty of an adopted one. */
	archives: {name: string; sha256: string | null}[];
	/** It was there before us, and goes back to /opt/kata when we go. */
	adopted?: true;
	/** A manifest belongs to it; absent: a kata-setup unpacked it that wrote none. */
	recorded?: true;
	/** Where the journal has its making. */
	record?: {run: string; step: string};
}

/** What an unpacked release of ours offers, by its files. */
export interface TreeOffersFacts {
	/** The tree. */
	path: string;
	/** Every pair and variant of the catalogue; `lack`: what its files lack of it, in one clause; null: it is complete. */
	pairs: {name: string; lack: string | null}[];
	/** Complete configurations that the catalogue does not describe yet. */
	undescribed: {runtime: 'go' | 'rust'; file: string}[];
}

/** A path of ours and what must be there. */
export interface OwnedFacts {
	/** Of a systemd unit its name. */
	path: string;
	/**
	 * `directory`, `file:SHA256`, `link:TARGET`, `copy:PATH` for the managed copy of a packaged configuration, `sized:BYTES`
	 * for a file whose content is the engine's, `ext4:BYTES` where that is a file system, `part:SHA256` for a file that is not ours but for a part (`engines/our-part.ts`),
	 * `unit:STATE` for a systemd unit, by systemd's ActiveState.
	 */
	state: string;
	/** Permission bits; null where they are not ours: of a link, of what was there before us. */
	mode: number | null;
	/** Bytes of a `file` that is large: only a deep look hashes it; absent: it is small, and hashed by every look. */
	size?: number;
}

/** What a smoke test concluded. */
export interface ProofFacts {
	/** ISO 8601, UTC. */
	at: string;
	outcome: SmokeVerdict['outcome'];
	sentence: string;
}
