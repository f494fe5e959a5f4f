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
	/** The gRPC socket's path. */
	address: string;
	/** Its systemd unit, for example `containerd.service`; null where systemd does not run it. */
	unit: string | null;
	/** Who owns this daemon when it is not a plain one: `k3s`, `docker`, …; such a one we do not edit. */
	ownedBy: EngineName | null;
	/** Snapshotter plugins and their status in `ctr plugins ls` (`ok`, `skip`, `error`); null if we may not ask. */
	snapshotters: Record<string, string> | null;
	config: ContainerdConfigFacts;
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

/** An engine that is here but that this version cannot configure. */
export interface OtherEngineFacts {
	name: Exclude<EngineName, 'containerd'>;
	version: string | null;
	running: boolean;
	detail: string;
}
