/** The part of Facts that tells of the machine itself. */
import type {ModuleState} from './module-facts.ts';

/** How /dev/kvm answered when it was really opened read-write. */
export type KvmState = 'opens' | 'missing' | 'no-permission' | 'no-driver' | 'busy' | 'error';

export interface KvmFacts {
	path: '/dev/kvm';
	state: KvmState;
	/** The errno code behind a state other than `opens`, else null. */
	error: string | null;
	/** Permission bits of the device; absent: there is none, or it was not read. */
	mode?: number;
	/** The module that gives this CPU its KVM, and how it stands for the running kernel. */
	module?: {name: string; state: ModuleState | null};
	/** Is there a /dev/mshv, Microsoft's hypervisor, which is another interface than KVM? */
	mshv?: boolean;
	/** What a program of ours that used the device came to. */
	proof: KvmProof;
}

/** The steps of the program that proves KVM, in their order; see assets/kvm-probe/kvm-probe.c. */
export type KvmStep = 'open' | 'api-version' | 'create-vm' | 'memory' | 'create-vcpu' | 'registers' | 'run';

export interface KvmProof {
	/**
	 * `ran`: a guest ran on it to its halt. `created`: a VM and a virtual processor were made, which is all that is proven
	 * on other machines than x86_64. `failed`: a step failed. `not-run`: nothing was proven, and `why` says why.
	 */
	state: 'ran' | 'created' | 'failed' | 'not-run';
	/** The last step that was taken; null if none is known. */
	step: KvmStep | null;
	/**
	 * How that step failed: an errno code, another API version than 12, `exit-N` (KVM_EXIT_* of linux/kvm.h), `wrong` or
	 * `timeout`. If it was not run: the errno code with which the program did not start. Else null.
	 */
	error: string | null;
	/** One sentence where nothing was proven; else null. */
	why: string | null;
}

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
	/**
	 * systemd-detect-virt's words (`kvm`, `vmware`, `microsoft`, `amazon`, `google`, `xen`, …), `xen-dom0` for Xen's first
	 * domain, or the firmware's vendor where nothing else names it.
	 */
	hypervisor: string | null;
	/** The innermost container: `docker`, `lxc`, `podman`, `kubernetes`, `wsl` if nothing else is in it, … or null. */
	container: string | null;
	/** Where the reading of the hypervisor comes from: a path, or `systemd-detect-virt --vm`. */
	source: string;
	/** Where the container's name comes from; null or absent if there is none. */
	containerSource?: string | null;
	/** The version of the Windows Subsystem for Linux whose kernel this is, whatever container is in it. */
	wsl?: 1 | 2 | null;
	/** A file that says container where there is none: the root file system was made from a container's image. */
	imageRoot?: string | null;
	/** What the firmware calls this machine, which tells a cloud; null or absent where there is no DMI. */
	dmi?: DmiFacts | null;
}

/** Files of /sys/class/dmi/id, which everybody may read. */
export interface DmiFacts {
	/** sys_vendor, for example `QEMU`, `Amazon EC2`. */
	vendor: string | null;
	/** product_name; on EC2 the instance type. */
	product: string | null;
	/** chassis_asset_tag, by which Azure, Oracle and IBM tell their VMs. */
	assetTag: string | null;
	/** product_version. */
	version?: string | null;
	boardVendor?: string | null;
	biosVendor?: string | null;
	biosVersion?: string | null;
}

export interface MemoryFacts {
	totalBytes: number;
	availableBytes: number;
	/** /dev/shm, which holds the memory of QEMU's guests; null if there is no such folder. */
	shm: ShmFacts | null;
	/** Absent: the kernel has no huge pages, or they were not read. */
	hugePages?: HugePagesFacts;
}

/** The huge pages of the size that the kernel takes by itself. */
export interface HugePagesFacts {
	pageBytes: number;
	/** Pages that nobody has or was promised, with those that the kernel may still make (nr_overcommit_hugepages). */
	freePages: number;
	/** Whether /dev/hugepages is a hugetlbfs, where QEMU makes its guest's memory. */
	mounted: boolean;
}

export interface ShmFacts {
	/** Of the file system that is seen there: the last of several mounts. */
	totalBytes: number;
	freeBytes: number;
	/** How many file systems are mounted on it, one over the other; 0: none, it lies on the one of /dev. */
	mounts?: number;
	/** Whether what is mounted there shows in other mount namespaces too, and theirs here. */
	shared?: boolean;
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

/** What could be handed to guests by VFIO. */
export interface PassthroughFacts {
	/** Whether the kernel has an IOMMU on; null: it was not read. */
	iommu: boolean | null;
	nvidiaGpus: PciGpuFacts[];
}

export interface PciGpuFacts {
	/** On the PCI bus, for example `0000:01:00.0`. */
	address: string;
	/** The driver that has it, for example `nvidia` or `vfio-pci`; null: none has. */
	driver: string | null;
}

/** What a blockfile snapshotter is set up with. */
export interface BlockToolFacts {
	/** The path of mkfs.ext4; null if it is not installed. */
	mkfsExt4: string | null;
	/** Is there a /dev/loop-control? */
	loop: boolean;
	/** What a file of an earlier run of ours for blockfile measures; absent: there is none, or it was not looked at. */
	scratchBytes?: number;
	/** What a thin pool for the snapshotter devmapper is set up with; absent: it was not looked at. */
	thinPool?: ThinPoolFacts;
}

export interface ThinPoolFacts {
	/** The paths of the programs; null where one is not installed. */
	dmsetup: string | null;
	losetup: string | null;
	blkdiscard: string | null;
	/** How the kernel module dm_thin_pool stands for the running kernel; null if it could not be told. */
	module: ModuleState | null;
	/** What the data file of a pool of ours measures; absent: there is none. */
	dataBytes?: number;
	/** systemd's ActiveState of the unit that makes a pool of ours; absent: there is no pool of ours, or systemd does not say. */
	unit?: string;
}

export interface PrivilegeFacts {
	uid: number;
	user: string;
	/** How root is had: `root` (we are), `passwordless` or `password` (sudo, doas), `none`, `unknown`. */
	root: 'root' | 'passwordless' | 'password' | 'none' | 'unknown';
	/** By which program it is had; absent: by sudo. */
	by?: 'doas';
}

export interface SpaceFacts {
	/** The path asked for, and the nearest folder above it that exists. */
	path: string;
	on: string;
	/** Null if the file system did not answer: a dead server, or a daemon that hangs. */
	freeBytes: number | null;
	/** Null as above; 0 where the file system makes inodes as it needs them. */
	freeInodes: number | null;
	/** ext4, xfs, tmpfs, overlay, nfs, …, from mountinfo; null if unknown. */
	fileSystem: string | null;
	/** Where it is mounted; null if unknown. */
	mountPoint?: string | null;
	readOnly: boolean;
	noExec: boolean;
	/** Whether the folder may not be changed by anybody (`chattr +i` or `+a`); null if lsattr could not tell. */
	immutable?: boolean | null;
}
