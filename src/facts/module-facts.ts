/** The part of Facts that tells of kernel modules: what is on disk for the running kernel, and what keeps one out. */

/** How a kernel module stands for the running kernel. */
export type ModuleState = 'loaded' | 'built-in' | 'loadable' | 'absent';

export interface ModuleFacts {
	/** false: this kernel was built without loadable modules; null: there is no /proc to tell. */
	supported: boolean | null;
	/** The releases that have modules under /lib/modules, the oldest first; null if there is no such folder. */
	releases: string[] | null;
	/** Is the running kernel's release among them? null without /lib/modules. */
	running: boolean | null;
	/** kernel.modules_disabled: nothing more is loaded before the next boot. */
	loadingDisabled: boolean;
	/** May root load modules here? Not in most containers: no CAP_SYS_MODULE, or other user ids than the host's. null: not told. */
	permitted: boolean | null;
	/** What makes the kernel refuse unsigned modules: `module.sig_enforce=1`, `lockdown=integrity`; null: nothing that shows. */
	signedOnly: string | null;
	/** Loaded modules that may hold what ours need (`vboxdrv`, `vmw_vsock_vmci_transport`, …), or that replace KVM (`kvm_pvm`). */
	rivals: string[];
	/** What is configured against modules that Kata needs, and against those that they depend on. */
	rules: ModuleRule[];
	/** Modules that Kata needs and that a file has loaded at every boot. */
	atBoot: {module: string; path: string}[];
}

export interface ModuleRule {
	/** A module that Kata needs. */
	for: string;
	/** The module that the rule names: the same, or one that it depends on. */
	module: string;
	/**
	 * `loading`: it cannot be loaded by name either. `autoloading`: `modprobe MODULE` still works, but neither udev nor
	 * systemd-modules-load load it, so that it is gone after a reboot.
	 */
	stops: 'loading' | 'autoloading';
	/** The file that says so. */
	path: string;
	/** The line, or the kernel's option, as it is written. */
	line: string;
}
