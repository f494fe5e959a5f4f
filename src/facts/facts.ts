/**
 * Facts: what was found on the host. Plain JSON, recordable by `kata-setup check --json` and replayable by
 * `--facts FILE`. Facts hold readings, never judgements; `findings.ts` judges them.
 *
 * `null` means "looked and could not tell" and the field's comment says when that happens.
 */

/** The machine names of uname(2) that Kata publishes releases for. */
export const architectures = ['x86_64', 'aarch64', 's390x', 'ppc64le'] as const;
export type Architecture = (typeof architectures)[number];

/** How /dev/kvm answered when it was really opened read-write. */
export type KvmState = 'opens' | 'missing' | 'no-permission' | 'no-driver' | 'busy' | 'error';

export interface KvmFacts {
	path: '/dev/kvm';
	state: KvmState;
	/** The errno code behind a state other than `opens`, else null. */
	error: string | null;
	/** The module that gives this CPU its KVM, and how it stands for the running kernel. */
	module?: {name: string; state: ModuleState | null};
	/** Is there a /dev/mshv, Microsoft's hypervisor, which is another interface than KVM? */
	mshv?: boolean;
}

/** How a kernel module stands for the running kernel. */
export type ModuleState = 'loaded' | 'built-in' | 'loadable' | 'absent';

export interface CpuFacts {
	model: string | null;
	vendor: string | null;
	/** Logical processors online. */
	count: number;
	/** What the CPU offers this kernel: `vmx`, `svm`, `sie`, `hv` (POWER), `arm64-el2`, or null if nothing was found. */
	virtualization: string | null;
	/** The flags of /proc/cpuinfo that are judged (`vmx`, `svm`, `hypervisor`, `lm`, `sse4_1`), as far as they are there. */
	flags?: string[];
}

/** Whether this host is itself a VM, and which layer it lives in. */
export interface VirtFacts {
	/** true: a hypervisor runs below us; null: could not be told. */
	isGuest: boolean | null;
	/** systemd-detect-virt's word where there is one (`kvm`, `vmware`, `microsoft`, `amazon`, …), else a DMI vendor. */
	hypervisor: string | null;
	/** `docker`, `lxc`, `podman`, `wsl`, … if we are in a container, else null. */
	container: string | null;
	/** Where the reading comes from, for example `systemd-detect-virt`. */
	source: string;
	/** What the firmware calls this machine, which tells a cloud; null or absent where there is no DMI. */
	dmi?: {vendor: string | null; product: string | null; assetTag: string | null} | null;
}

export interface MemoryFacts {
	totalBytes: number;
	availableBytes: number;
	/** The file system at /dev/shm, which backs QEMU's guest memory; null if nothing is mounted there. */
	shm: {totalBytes: number; freeBytes: number} | null;
}

/** A device node opened for real. */
export interface DeviceFacts {
	path: string;
	/**
	 * `ok`, or the errno code. `not-loaded`: the node is there, its module is not; it was left unopened, because the
	 * kernel would load the module for it, and looking changes nothing.
	 */
	state: 'ok' | string;
	/** The kernel module that would provide it. */
	module: string;
	/** How the module stands for the running kernel; null if it could not be told. */
	moduleState: ModuleState | null;
}

export interface PrivilegeFacts {
	uid: number;
	user: string;
	/** How root is had: `root` (we are), `passwordless` or `password` (sudo), `none`, `unknown`. */
	root: 'root' | 'passwordless' | 'password' | 'none' | 'unknown';
}

export interface SpaceFacts {
	/** The path asked for, and the nearest folder above it that exists. */
	path: string;
	on: string;
	freeBytes: number;
	freeInodes: number;
	/** ext4, xfs, tmpfs, overlay, nfs, …, from mountinfo; null if unknown. */
	fileSystem: string | null;
	readOnly: boolean;
	noExec: boolean;
}

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

export type KataOwner = 'kata-setup' | 'kata-deploy' | 'kata-manager' | 'package' | 'snap' | 'unknown';

/** A Kata found on the host, whoever put it there. */
export interface KataInstallFacts {
	path: string;
	owner: KataOwner;
	/** From its VERSION file; null if there is none. */
	version: string | null;
	/** Why this owner was concluded. */
	evidence: string;
}

export interface Facts {
	schema: 1;
	/** ISO 8601, UTC. */
	takenAt: string;
	kataSetup: string;
	hostname: string;
	os: {id: string; name: string; versionId: string | null};
	kernel: string;
	/** uname -m as it is; only the names in `architectures` can be served. */
	machine: string;
	cpu: CpuFacts;
	kvm: KvmFacts;
	virt: VirtFacts;
	memory: MemoryFacts;
	devices: DeviceFacts[];
	privileges: PrivilegeFacts;
	/** Is systemd process 1? */
	systemd: boolean;
	space: SpaceFacts[];
	containerd: ContainerdFacts[];
	otherEngines: OtherEngineFacts[];
	kata: KataInstallFacts[];
	/** What stands at paths that a plan may touch: `absent`, `file:SHA256`, `link:TARGET`, `directory`. */
	paths: Record<string, string>;
	/** Probes that failed or did not end in time; what they would have read stands at its "unknown" value. */
	unread?: UnreadProbe[];
	/** Our own installation, from the journal; null if there is none. See `apply/receipt.ts`. */
	installation: InstallationFacts | null;
}

export interface UnreadProbe {
	/** The probe's name, for example `memory`. */
	probe: string;
	/** One sentence. */
	why: string;
}

/** The part of the receipt that a plan depends on. */
export interface InstallationFacts {
	version: string;
	runtime: 'go' | 'rust';
	hypervisor: string;
	/** The tree that /opt/kata points at. */
	tree: string;
	/** The name of the handler in the engine's configuration; null if none was registered. */
	handler: string | null;
	/** A run that was begun and not finished, if there is one. */
	unfinishedRun: string | null;
	/** The journal's last sequence number: changes with every run. */
	sequence: number;
}
