/** Kernel modules: how one stands for the running kernel, and what keeps modules out. Nothing is loaded to find out. */
import type {Host} from '../../host/host.ts';
import type {ModuleFacts, ModuleState} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {exists, fieldsOf, readLine} from '../read-text.ts';
import {compareReleases} from './kernel-release.ts';
import {bootModules, moduleRules} from './module-rules.ts';

/** Those that Kata needs, by processor and hypervisor. Source: the module lists of Kata 4.1's kata-check. */
const wanted = ['vhost_vsock', 'vhost_net', 'tun', 'kvm_intel', 'kvm_amd', 'kvm_hv', 'kvm'];

/**
 * VirtualBox and VMware hold the processor's virtualization while a VM of theirs runs; the others hold vsock; `kvm_pvm` is
 * a KVM that needs no virtualization of the processor.
 */
const rivals = ['vboxdrv', 'vmmon', 'vmw_vsock_vmci_transport', 'vmw_vsock_virtio_transport', 'hv_sock', 'kvm_pvm'];

export const modulesProbe: Probe<ModuleFacts> = {
	name: 'modules',
	unknown: {
		supported: null,
		releases: null,
		running: null,
		loadingDisabled: false,
		permitted: null,
		signedOnly: null,
		rivals: [],
		rules: [],
		atBoot: [],
	},
	async read(host) {
		const kernel = await runningKernel(host);
		const dependencies = (await readLine(host, `/lib/modules/${kernel}/modules.dep`)) ?? '';
		const needs = wanted.flatMap(name =>
			[name, ...dependenciesOf(dependencies, name)].map(module => ({for: name, module})),
		);
		const [releases, loaded, disabled, permitted, signedOnly, rules, atBoot] = await Promise.all([
			releasesOnDisk(host),
			loadedModules(host),
			readLine(host, '/proc/sys/kernel/modules_disabled'),
			mayLoad(host),
			readSignedOnly(host),
			moduleRules(host, needs),
			bootModules(host, wanted),
		]);
		return {
			supported: loaded === null && kernel === null ? null : loaded !== null,
			releases,
			running: releases === null || kernel === null ? null : releases.includes(kernel),
			loadingDisabled: disabled === '1',
			permitted,
			signedOnly,
			rivals: rivals.filter(name => loaded?.includes(name)),
			rules,
			atBoot,
		};
	},
};

const runningKernel = (host: Host): Promise<string | null> => readLine(host, '/proc/sys/kernel/osrelease');

/** The names of /proc/modules; null if there is no such file, as in a kernel without loadable modules. */
async function loadedModules(host: Host): Promise<string[] | null> {
	// An empty one is there all the same: nothing is loaded.
	if (!(await exists(host, '/proc/modules'))) return null;
	const text = (await readLine(host, '/proc/modules')) ?? '';
	return text.split('\n').flatMap(line => line.split(' ')[0] || []);
}

/** A folder of a removed kernel keeps what others built for it, but not depmod's list. */
async function releasesOnDisk(host: Host): Promise<string[] | null> {
	const names = await host.files.list('/lib/modules').catch(() => null);
	if (names === null) return null;
	const whole = await Promise.all(names.map(name => exists(host, `/lib/modules/${name}/modules.dep`)));
	return names.filter((_, index) => whole[index]).sort(compareReleases);
}

/** Bit 16 of the bounding set is CAP_SYS_MODULE (capabilities(7)); in a user namespace of its own it counts for nothing. */
async function mayLoad(host: Host): Promise<boolean | null> {
	const bounding = fieldsOf((await readLine(host, '/proc/self/status')) ?? '', ':').get('CapBnd');
	if (bounding === undefined || !/^[0-9a-f]+$/.test(bounding)) return null;
	const has = (BigInt(`0x${bounding}`) & (1n << 16n)) !== 0n;
	const ids = (await readLine(host, '/proc/self/uid_map'))?.split(/\s+/).join(' ');
	return has && (ids === undefined || ids === '0 0 4294967295');
}

async function readSignedOnly(host: Host): Promise<string | null> {
	if ((await readLine(host, '/sys/module/module/parameters/sig_enforce')) === 'Y') return 'module.sig_enforce=1';
	// `none [integrity] confidentiality`
	const lockdown = /\[(\w+)\]/.exec((await readLine(host, '/sys/kernel/security/lockdown')) ?? '')?.[1];
	return lockdown === undefined || lockdown === 'none' ? null : `lockdown=${lockdown}`;
}

/**
 * Tells loaded, built-in, loadable and absent apart, by /proc/modules, /sys/module and the lists that depmod(8) wrote
 * for the running kernel.
 * @returns null where those lists are not there: in many containers, and on kernels of their own
 */
export async function moduleState(host: Host, name: string): Promise<ModuleState | null> {
	if ((await loadedModules(host))?.includes(name)) return 'loaded';
	// `initstate` exists for loadable modules alone; a built-in one has a folder only if it has parameters.
	if (await exists(host, `/sys/module/${name}`))
		return (await exists(host, `/sys/module/${name}/initstate`)) ? 'loaded' : 'built-in';
	const release = await runningKernel(host);
	const folder = `/lib/modules/${release}`;
	if (lineOf(await readLine(host, `${folder}/modules.builtin`), name) !== null) return 'built-in';
	const known = await readLine(host, `${folder}/modules.dep`);
	if (known !== null) return lineOf(known, name) === null ? 'absent' : 'loadable';
	// Modules of other kernels only: this one was replaced on disk and is running until the next boot.
	const releases = await host.files.list('/lib/modules').catch(() => null);
	return releases && releases.length > 0 && release !== null ? 'absent' : null;
}

/** A line of modules.dep or modules.builtin for that module; file names use `-` and `_` as they please. */
function lineOf(list: string | null, name: string): string | null {
	const file = new RegExp(`^(\\S*/)?${name.replaceAll('_', '[-_]')}\\.ko(\\.\\w+)?(:.*)?$`, 'm');
	return list === null ? null : (file.exec(list)?.[0] ?? null);
}

/** The modules that modules.dep loads before that one, directly or not: it lists all of them. */
function dependenciesOf(list: string, name: string): string[] {
	const [, after = ''] = (lineOf(list, name) ?? '').split(':');
	return after
		.split(/\s+/)
		.filter(Boolean)
		.map(path => (path.split('/').at(-1) ?? '').replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_'));
}
