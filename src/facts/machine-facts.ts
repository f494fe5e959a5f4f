/** The part of Facts that tells of the machine itself. */

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
