/** Which modules Kata needs on this host, which of them have to be loaded, and what would refuse that. Pure. */
import type {Facts, ModuleRule} from '../facts.ts';
import {compareReleases} from './kernel-release.ts';

export interface NeededModule {
	module: string;
	/** The device that it provides. */
	device: string;
	/** Has it to be loaded now? false: it is. */
	load: boolean;
}

/**
 * The loadable modules that a sandbox's VM needs and that nothing keeps out; those that are part of the kernel, absent or
 * refused are none of them.
 * @param vsock with vhost_vsock, which QEMU alone uses
 */
export function neededModules(facts: Facts, {vsock}: {vsock: boolean}): NeededModule[] {
	const devices = facts.devices.flatMap(({path, module, state, moduleState}) => {
		if (path === '/dev/mshv' || (path === '/dev/vhost-vsock' && !vsock)) return [];
		if (moduleState === 'loaded') return [{module, device: path, load: false}];
		if (moduleState !== 'loadable' || loadingRefused(facts, module)) return [];
		return [{module, device: path, load: state !== 'ok'}];
	});
	const kvm = kvmModuleToLoad(facts);
	return [...(kvm === null ? [] : [{module: kvm, device: facts.kvm.path, load: true}]), ...devices];
}

/** The module whose loading alone is missing for /dev/kvm; null if that is not what is missing, or it would be refused. */
export function kvmModuleToLoad(facts: Facts): string | null {
	const {kvm, cpu} = facts;
	if (kvm.state !== 'missing' && kvm.state !== 'no-driver') return null;
	if (kvm.module?.state !== 'loadable' || cpu.virtualization === null) return null;
	return loadingRefused(facts, kvm.module.name) ? null : kvm.module.name;
}

export interface Refusal {
	/** One sentence. */
	why: string;
	remedy: string[];
	command: string | null;
	/** What says so. */
	sources: string[];
}

/** What would refuse `modprobe MODULE` on this host; null: nothing that can be seen before. */
export function loadingRefused(facts: Facts, module: string): Refusal | null {
	const {modules, virt} = facts;
	const container = virt.container === 'wsl' ? null : virt.container;
	if (container !== null || modules?.permitted === false)
		return {
			why:
				container === null
					? 'Not even root may load modules in here (CAP_SYS_MODULE).'
					: `Modules are loaded by the host around this container (${container}), not in here.`,
			remedy: outerHost(facts, module),
			command: null,
			sources: ['/proc/self/status', '/proc/self/uid_map'],
		};
	if (!modules) return null;
	if (modules.loadingDisabled)
		return {
			why: 'The kernel loads no more modules before the next boot (kernel.modules_disabled=1).',
			remedy: [
				`Have ${module} loaded at boot by a file in /etc/modules-load.d, which systemd reads before it applies sysctls; then reboot.`,
			],
			command: `echo ${module} | sudo tee /etc/modules-load.d/${module}.conf`,
			sources: ['/proc/sys/kernel/modules_disabled'],
		};
	const rule = modules.rules.find(({for: needs, stops}) => needs === module && stops === 'loading');
	return rule ? {...refusalBy(rule), sources: [rule.path]} : null;
}

function refusalBy({for: needs, module, path, line}: ModuleRule): Omit<Refusal, 'sources'> {
	const named = needs === module ? '' : ` (${needs} needs ${module})`;
	if (path === '/proc/cmdline')
		return {
			why: `The kernel was told not to load it: \`${line}\` on its command line${named}.`,
			remedy: [`Take ${module} out of that option in the boot loader's configuration, then reboot.`],
			command: null,
		};
	return {
		why: `Loading it is replaced in ${path} by \`${line}\`${named}.`,
		remedy: [`Take that line out of ${path}, if whoever put it there agrees.`],
		command: null,
	};
}

/** What the host around a container has to do. `lxc` and `docker` name the device in their own ways. */
export function outerHost({virt, devices}: Facts, module: string): string[] {
	const path = devices.find(device => device.module === module)?.path ?? '/dev/kvm';
	const pass =
		virt.container === 'lxc' || virt.container === 'lxc-libvirt'
			? `lxc.mount.entry = ${path} ${path.slice(1)} none bind,create=file, and lxc.cgroup2.devices.allow for it`
			: `--device ${path}`;
	return [`On the host around this container: sudo modprobe ${module}`, `Then pass the device in: ${pass}`];
}

/** With Linux 5.5 host and guest transports of vsock got places of their own; before, there was one for all. */
const vsockSharedSince = '5.5';

/**
 * A loaded module that holds the place in the kernel's vsock that vhost_vsock wants; null if none does. Before Linux 5.5
 * that is any other transport; since then only VMware's, on a host that runs VMware's own VMs (net/vmw_vsock).
 */
export function vsockRival({modules, kernel}: Facts): string | null {
	const rivals = modules?.rivals ?? [];
	const transports = ['vmw_vsock_vmci_transport', 'vmw_vsock_virtio_transport', 'hv_sock'];
	if (compareReleases(kernel, vsockSharedSince) < 0) return transports.find(name => rivals.includes(name)) ?? null;
	return rivals.includes('vmmon') && rivals.includes('vmw_vsock_vmci_transport') ? 'vmw_vsock_vmci_transport' : null;
}
