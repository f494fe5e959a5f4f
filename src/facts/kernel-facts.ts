/** The part of Facts that tells of the running kernel: cgroups, what it confines, and what the board gives it. */

/**
 * How the cgroup file systems are laid out. `v2`: one tree at /sys/fs/cgroup. `v1`: a folder for each controller.
 * `hybrid`: v1's folders, and a v2 tree without controllers beside them. `none`: nothing is mounted.
 */
export type CgroupLayout = 'v1' | 'v2' | 'hybrid' | 'none';

export interface CgroupFacts {
	/** null: it could not be told. */
	layout: CgroupLayout | null;
	/**
	 * The controllers that can be used: those of the root's cgroup.controllers (v2), or those mounted (v1, hybrid).
	 * Sorted; null if it could not be told.
	 */
	controllers: string[] | null;
	/** v1 and hybrid: controllers that the kernel has switched on (/proc/cgroups) and that are mounted nowhere. Sorted. */
	unmounted: string[];
	/** Controllers that the kernel has and that are switched off at boot (`cgroup_disable=`); null if not told. Sorted. */
	disabled: string[] | null;
}

export interface SecurityFacts {
	/** From /sys/fs/selinux/enforce; `absent`: SELinux is not at work here, or does not show in a container. */
	selinux: 'enforcing' | 'permissive' | 'absent';
	/** Is the policy for containers (container-selinux) installed? null: not asked, because SELinux is absent. */
	containerSelinux: boolean | null;
	/** Is AppArmor at work in the kernel? */
	apparmor: boolean;
	/** This process's label or profile: `unconfined`, `docker-default (enforce)`, an SELinux context; null if there is none. */
	label: string | null;
	/** The kernel's lockdown; null: it has none, or it does not show here. */
	lockdown: 'none' | 'integrity' | 'confidentiality' | null;
	/**
	 * kernel.io_uring_disabled: 0 nobody is refused, 1 all but root and a group, 2 everybody. null: there is no such
	 * setting, as before Linux 6.6 and in kernels without io_uring.
	 */
	ioUringDisabled: 0 | 1 | 2 | null;
	/** What this process, or root here, may do; null where /proc/self/status could not be read. */
	rights: RightsFacts | null;
}

/** What a container lets through. On a whole server everything is allowed to root. */
export interface RightsFacts {
	/** The capabilities among those that Kata needs that even root lacks here (the bounding set), for example `sys_module`. */
	lacking: string[];
	/** Are user ids mapped (a user namespace)? The outer host's kernel then takes root here for an ordinary user. */
	userNamespace: boolean;
	/** Does a seccomp filter decide which system calls work? */
	seccomp: boolean;
}

/** What the board gives beside the processor; a field is null where the architecture has no such thing. */
export interface BoardFacts {
	/** The device tree's name for it, for example `Raspberry Pi 4 Model B Rev 1.4`; null without a device tree. */
	model: string | null;
	/** arm64: the interrupt controller in /proc/interrupts, for example `GICv3`; `other`: none that KVM can use. */
	interruptController: string | null;
	/** arm64: does the kernel see a performance monitoring unit? */
	pmu: boolean | null;
	/** ppc64le: how many threads of one core are online; 1: SMT is off. */
	threadsPerCore: number | null;
}
