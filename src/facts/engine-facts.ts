/** The part of Facts that tells of container engines. */

export type EngineName = 'containerd' | 'docker' | 'crio' | 'k3s' | 'rke2' | 'k0s' | 'microk8s' | 'podman' | 'nerdctl';

/** One running containerd, found from its process. */
export interface ContainerdFacts {
	name: 'containerd';
	pid: number;
	/** The executable of the running process, from /proc/PID/exe or its argv. */
	binary: string;
	/** ctr beside that binary, or on PATH; null if there is none. */
	ctr: string | null;
	/** For example `1.6.20`; from the server if we may ask it, else from the binary. */
	version: string;
	/** The version of the file at `binary` where the running server's is another one; absent or null if it is the same or unknown. */
	binaryVersion?: string | null;
	/** The gRPC socket's path. */
	address: string;
	/** How the socket answered; absent in recordings of 0.1. */
	socket?: SocketFacts;
	/** When the process started, in milliseconds since 1970, to about a second; absent or null if /proc does not tell. */
	startedMs?: number | null;
	/** Its systemd unit, for example `containerd.service`; null where systemd does not run it. */
	unit: string | null;
	/** What a restart of that unit does to others; absent or null without a unit, or where systemctl does not answer. */
	restart?: UnitRestartFacts | null;
	/** Tasks (running containers) by containerd namespace, those without any left out; absent or null if we may not ask. */
	containers?: Record<string, number> | null;
	/** Who owns this daemon when it is not a plain one: `k3s`, `docker`, …; such a one we do not edit. */
	ownedBy: EngineName | null;
	/** Snapshotter plugins and their status in `ctr plugins ls` (`ok`, `skip`, `error`); null if we may not ask. */
	snapshotters: Record<string, string> | null;
	config: ContainerdConfigFacts;
}

/** What a daemon's socket did when it was asked for the version. */
export interface SocketFacts {
	/**
	 * `absent`: no such file. `denied`: we may not connect. `refused`: nobody listens. `silent`: it takes the connection
	 * and does not answer. `unasked`: there is no client to ask with. `error`: another error, in `error`.
	 */
	state: 'answers' | 'absent' | 'denied' | 'refused' | 'silent' | 'unasked' | 'error';
	/** The client's own words; null if it answered or was not asked. */
	error: string | null;
}

export interface UnitRestartFacts {
	/** KillMode of the unit: `process` leaves shims and containers alone, `control-group` and `mixed` end them. */
	killMode: string;
	/** Active services that are stopped and started with it (RequiredBy, BoundBy, ConsistsOf). */
	stoppedWith: string[];
}

/** The main configuration file of a containerd and what the daemon's own `config dump` makes of it. */
export interface ContainerdConfigFacts {
	/** The main file's path, whether or not it exists. */
	path: string;
	/** Its text and SHA-256 (hex of the bytes); null if there is no such file. */
	text: string | null;
	sha256: string | null;
	/** Only in what `check --json` printed: secrets were taken out of the text, so it can be judged and not edited. */
	redacted?: boolean;
	/** The `version` that the file declares; null: none declared, or no file. */
	version: number | null;
	/** The file's own top-level `imports`, as written. */
	imports: string[];
	/** The main file, if it is there, and what its imports name, globs resolved; absent in recordings of 0.1. */
	files?: ConfigFileFacts[];
	/** Is the CRI plugin switched off? */
	criDisabled: boolean;
	/** Runtime tables in force (`config dump`), by handler name; null if the dump could not be had. */
	runtimes: Record<string, Record<string, unknown>> | null;
	defaultRuntime: string | null;
	/** Why a dump could not be had, in the engine's words. */
	dumpError: string | null;
	/** containerd 1.x: the imported file whose CRI section replaces the main file's as a whole; absent or null if none. */
	criImportedFrom?: string | null;
	/** A drop-in with our name in the folder that ours would go to; absent or null if none. */
	ownDropIn?: {path: string; text: string} | null;
}

export interface ConfigFileFacts {
	path: string;
	/** Last change, in milliseconds since 1970; null if the file is not there or may not be looked at. */
	modifiedMs: number | null;
	/** Is the file named by an import, and not there? */
	missing: boolean;
	/** The `version` that it declares; null: none, or it could not be read. */
	version: number | null;
	/** The names under which it has settings of the CRI plugin, for example `io.containerd.grpc.v1.cri`. */
	criSections: string[];
}

/** A containerd that is installed though no plain one runs. */
export interface IdleContainerdFacts {
	binary: string;
	/** From `--version`; null if it does not say. */
	version: string | null;
	/** The main file that it would start with, by its unit or by default. */
	configPath: string;
	/** What `config dump` says about that file, in the engine's own words; null if it is content. */
	configError: string | null;
	/** The default socket: left over with nobody listening, or served by a process that is no containerd of ours. */
	socket: 'absent' | 'stale' | 'listening';
}

/** An engine that is here but that this version cannot configure. */
export interface OtherEngineFacts {
	name: Exclude<EngineName, 'containerd'>;
	/** The program's version; null if it does not say. What a daemon says of itself stands in the field of its engine. */
	version: string | null;
	running: boolean;
	/** The program's path, or what else tells of it. */
	detail: string;
	/** Podman and CRI-O: running containers, by the monitor process (conmon) that each has; absent for others. */
	containers?: number;
	/** Podman: is the command `docker` Podman's own (package podman-docker)? Absent for others. */
	isDocker?: boolean;
}

/** One systemd unit of an engine, or of the kubelet. */
export interface EngineUnitFacts {
	unit: string;
	engine: EngineName | 'kubelet';
	/** ActiveState: `active`, `inactive`, `failed`, `activating`, … */
	state: string;
	/** SubState: `running`, `dead`, `auto-restart`, … */
	subState: string;
	/** Result of the last run: `success`, `exit-code`, `start-limit-hit`, … */
	result: string;
	/** The last line that it wrote to the journal; null if it is well, or the journal says nothing to us. */
	lastLine: string | null;
}

/** Docker's daemon and its configuration. */
export interface DockerFacts {
	/** dockerd's process id; null: none runs in our mount namespace. */
	pid: number | null;
	socket: {
		path: string;
		/** Does anybody listen on it, by /proc/net/unix? null: no such file. systemd listens for a Docker that does not run yet. */
		listening: boolean | null;
	};
	/** What `docker info` says; null if there is no daemon, no client, no answer, or no permission. */
	info: DockerInfoFacts | null;
	/** Why a running daemon did not say; null if it did, was not asked for want of a client, or does not run. */
	error: string | null;
	config: DockerConfigFacts;
	/** Flags of dockerd's command line, by their name in daemon.json: `hosts`, `runtimes`, … */
	flags: string[];
}

export interface DockerInfoFacts {
	/** The server's. */
	version: string;
	/** Running containers. */
	running: number;
	/** Do containers outlive a restart of Docker? */
	liveRestore: boolean;
	rootless: boolean;
	runtimes: string[];
	defaultRuntime: string | null;
}

/** Docker's configuration file, daemon.json. */
export interface DockerConfigFacts {
	path: string;
	exists: boolean;
	/** Why it could not be read or is no JSON object; null if all is well. */
	error: string | null;
	/** Its directives. */
	keys: string[];
	runtimes: Record<string, {path: string | null; runtimeType: string | null; configPath: string | null}>;
	defaultRuntime: string | null;
}

/** CRI-O's configuration files. */
export interface CrioFacts {
	/** crio.conf and its drop-ins, in the order in which CRI-O reads them. */
	files: string[];
	/** The files that are no TOML or may not be read, with the reason. */
	errors: {path: string; why: string}[];
	defaultRuntime: string | null;
	/** Runtime handlers by name, later files over earlier ones. */
	runtimes: Record<string, CrioRuntimeFacts>;
}

export interface CrioRuntimeFacts {
	/** `vm` for Kata, `oci` or null for command-line runtimes. */
	type: string | null;
	path: string | null;
	/** Is there a file at `path`? null: no absolute path to look at. */
	pathExists: boolean | null;
	root: string | null;
	configPath: string | null;
	configExists: boolean | null;
}

/** The containerd configuration of a Kubernetes distribution, which writes it anew at each start. */
export interface RenderedConfigFacts {
	engine: 'k3s' | 'rke2' | 'k0s' | 'microk8s';
	path: string;
	/** As the file declares it; null: it declares none, or could not be read. */
	version: number | null;
	imports: string[];
	/** Templates beside it, which its owner renders it from. */
	templates: string[];
	/** Why it could not be read; null if it was. */
	error: string | null;
}

/** What speaks for this host being a Kubernetes node. */
export interface KubernetesFacts {
	/** The kubelet's process id; null: none of its own (k3s, k0s and MicroK8s have it inside of theirs). */
	kubelet: number | null;
	/** Paths and processes that a node has; empty: it is none. */
	signs: string[];
	/** The kubelet's CRI socket, without `unix://`; null if its command line and files do not say. */
	endpoint: string | null;
}

/** An engine of an ordinary user, without root. */
export interface RootlessFacts {
	engine: 'docker' | 'containerd' | 'podman';
	/** Its socket or folder under /run/user, or its process. */
	evidence: string;
}
