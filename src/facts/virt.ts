/** Whether this host is itself a virtual machine or a container, and whose. */
import type {Host} from '../host/host.ts';
import type {VirtFacts} from './facts.ts';
import type {Probe} from './probe.ts';
import {exists, fieldsOf, readLine} from './read-text.ts';

export const virtProbe: Probe<VirtFacts> = {
	name: 'virt',
	unknown: {isGuest: null, hypervisor: null, container: null, source: 'not read', dmi: null},
	async read(host) {
		const [dmi, container, detected] = await Promise.all([readDmi(host), readContainer(host), detect(host, '--vm')]);
		// Older versions of systemd take a metal instance for a VM, by its cloud's name.
		if (detected !== null && !isBareMetal(dmi))
			return {
				isGuest: detected !== 'none',
				hypervisor: detected === 'none' ? null : detected,
				container,
				source: 'systemd-detect-virt',
				dmi,
			};
		return {...(await readByHand(host, dmi)), container, dmi};
	},
};

/** systemd's own word, `none` for neither; null if it could not be asked. Its exit code is 1 for `none`. */
async function detect(host: Host, which: '--vm' | '--container'): Promise<string | null> {
	const {stdout} = await host.run('systemd-detect-virt', [which]);
	return stdout.trim() || null;
}

type Dmi = NonNullable<VirtFacts['dmi']>;

async function readDmi(host: Host): Promise<Dmi | null> {
	const folder = '/sys/class/dmi/id';
	const [vendor, product, assetTag] = await Promise.all([
		readLine(host, `${folder}/sys_vendor`),
		readLine(host, `${folder}/product_name`),
		readLine(host, `${folder}/chassis_asset_tag`),
	]);
	return vendor === null && product === null ? null : {vendor, product, assetTag};
}

/** WSL first: systemd-detect-virt calls it a container, older ones nothing. /proc/1/environ is root's and not asked. */
async function readContainer(host: Host): Promise<string | null> {
	const kernel = (await readLine(host, '/proc/sys/kernel/osrelease')) ?? '';
	if (/microsoft|wsl/i.test(kernel)) return 'wsl';
	const detected = await detect(host, '--container');
	if (detected !== null && detected !== 'none') return detected;
	// Written by container managers for everybody to read (systemd's container interface).
	const named = await readLine(host, '/run/systemd/container');
	if (named) return named;
	if (await exists(host, '/.dockerenv')) return 'docker';
	if (await exists(host, '/run/.containerenv')) return 'podman';
	const groups = (await readLine(host, '/proc/1/cgroup')) ?? '';
	return /\b(docker|lxc|kubepods|libpod)\b/.exec(groups)?.[1] ?? null;
}

/** Firmware names of virtual machines, in systemd's words. Sources: src/basic/virt.c of systemd, and the clouds' own images. */
const firmwareNames: {says: RegExp; word: string}[] = [
	{says: /amazon ec2/i, word: 'amazon'},
	{says: /google compute engine/i, word: 'google'},
	{says: /microsoft corporation virtual machine/i, word: 'microsoft'},
	{says: /vmware/i, word: 'vmware'},
	{says: /virtualbox|innotek/i, word: 'oracle'},
	{says: /parallels/i, word: 'parallels'},
	{says: /\bxen\b/i, word: 'xen'},
	{says: /apple.*virtual/i, word: 'apple'},
	{says: /bhyve/i, word: 'bhyve'},
	{says: /kvm|openstack|qemu|digitalocean|hetzner vserver|proxmox/i, word: 'kvm'},
];

/** Metal instances of a cloud carry its name and have no hypervisor below them. */
const isBareMetal = (dmi: Dmi | null): boolean => /\.metal\b/.test(dmi?.product ?? '');

/** The same reading without systemd: firmware, then what each architecture tells of a hypervisor. */
async function readByHand(host: Host, dmi: Dmi | null): Promise<Pick<VirtFacts, 'isGuest' | 'hypervisor' | 'source'>> {
	const cpuinfo = (await readLine(host, '/proc/cpuinfo')) ?? '';
	const flag = /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo);
	const firmware = [dmi?.vendor, dmi?.product].filter(Boolean).join(' ');
	if (isBareMetal(dmi)) return {isGuest: false, hypervisor: null, source: '/sys/class/dmi/id'};
	const word = firmwareNames.find(({says}) => says.test(firmware))?.word;
	if (word) return {isGuest: true, hypervisor: word, source: '/sys/class/dmi/id'};
	const xen = await readLine(host, '/sys/hypervisor/type');
	if (xen) return {isGuest: true, hypervisor: xen, source: '/sys/hypervisor/type'};
	if (flag) return {isGuest: true, hypervisor: dmi?.vendor ?? null, source: 'the hypervisor flag in /proc/cpuinfo'};
	if (/^flags\s*:/m.test(cpuinfo)) return {isGuest: false, hypervisor: null, source: '/proc/cpuinfo'};
	return readOther(host, cpuinfo);
}

/** arm64, s390x and POWER, whose processors have no such flag. */
async function readOther(host: Host, cpuinfo: string): Promise<Pick<VirtFacts, 'isGuest' | 'hypervisor' | 'source'>> {
	const control = fieldsOf((await readLine(host, '/proc/sysinfo')) ?? '', ':').get('VM00 Control Program');
	if (control) {
		const word = control.startsWith('KVM') ? 'kvm' : 'zvm';
		return {isGuest: true, hypervisor: word, source: '/proc/sysinfo'};
	}
	if (cpuinfo.includes('IBM/S390')) return {isGuest: false, hypervisor: null, source: '/proc/sysinfo'};
	const platform = fieldsOf(cpuinfo, ':').get('platform');
	if (platform === 'PowerNV') return {isGuest: false, hypervisor: null, source: '/proc/cpuinfo'};
	if (platform === 'pSeries') {
		const word = cpuinfo.includes('emulated by qemu') ? 'kvm' : 'powervm';
		return {isGuest: true, hypervisor: word, source: '/proc/cpuinfo'};
	}
	const tree = await readLine(host, '/proc/device-tree/hypervisor/compatible');
	if (tree) return {isGuest: true, hypervisor: tree.includes('xen') ? 'xen' : 'kvm', source: '/proc/device-tree'};
	return {isGuest: null, hypervisor: null, source: 'nothing here tells'};
}
