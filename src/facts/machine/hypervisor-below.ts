/** Which hypervisor runs below this host, without systemd: as good on Alpine or in a container as where systemd is. */
import type {Host} from '../../host/host.ts';
import type {DmiFacts, VirtFacts} from '../facts.ts';
import {quietly} from '../processes.ts';
import {exists, fieldsOf, readLine} from '../read-text.ts';
import {dmiFolder, isMetalInstance, virtualName} from './firmware.ts';

export type Below = Pick<VirtFacts, 'isGuest' | 'hypervisor' | 'source'>;

/** Firmware first, then what each architecture tells of a hypervisor. */
export async function readBelow(host: Host, dmi: DmiFacts | null): Promise<Below> {
	const cpuinfo = (await readLine(host, '/proc/cpuinfo')) ?? '';
	const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? null;
	const flag = flags === null ? null : /\bhypervisor\b/.test(flags);
	if (isMetalInstance(dmi)) return {isGuest: false, hypervisor: null, source: dmiFolder};
	if ((await readLine(host, '/proc/xen/capabilities'))?.includes('control_d'))
		return {isGuest: true, hypervisor: 'xen-dom0', source: '/proc/xen/capabilities'};
	const name = virtualName(dmi);
	// A cloud's whole machines carry its name too; a VM of a cloud always shows the flag.
	if (name && flag === false && name.cloud) return {isGuest: false, hypervisor: null, source: '/proc/cpuinfo'};
	if (name) return {isGuest: true, hypervisor: name.word, source: dmiFolder};
	const xen = await readLine(host, '/sys/hypervisor/type');
	if (xen) return {isGuest: true, hypervisor: xen, source: '/sys/hypervisor/type'};
	if (flag === true) return (await readTraces(host)) ?? byFlag(dmi);
	if (flag === false) return {isGuest: false, hypervisor: null, source: '/proc/cpuinfo'};
	return readOther(host, cpuinfo, dmi);
}

const byFlag = (dmi: DmiFacts | null): Below => ({
	isGuest: true,
	hypervisor: dmi?.vendor ?? null,
	source: 'the hypervisor flag in /proc/cpuinfo',
});

/** Vendors of devices that only one platform has, as PCI numbers them. */
const pciVendors: Record<string, string> = {
	'0x15ad': 'vmware',
	'0x80ee': 'oracle',
	'0x1414': 'microsoft',
	'0x1ab8': 'parallels',
	'0x1d0f': 'amazon',
	'0x1ae0': 'google',
	'0x5853': 'xen',
};

const clocksources = '/sys/devices/system/clocksource/clocksource0/available_clocksource';

/** Where the flag says VM and the firmware nothing: microVMs, WSL, and containers that do not see the firmware. */
async function readTraces(host: Host): Promise<Below | null> {
	const pci = '/sys/bus/pci/devices';
	const devices = (await quietly(host.files.list(pci))) ?? [];
	const vendors = await Promise.all(devices.map(device => readLine(host, `${pci}/${device}/vendor`)));
	const word = vendors.map(vendor => pciVendors[vendor ?? '']).find(Boolean);
	if (word) return {isGuest: true, hypervisor: word, source: pci};
	if (await exists(host, '/sys/bus/vmbus/devices'))
		return {isGuest: true, hypervisor: 'microsoft', source: '/sys/bus/vmbus'};
	const clocks = (await readLine(host, clocksources)) ?? '';
	const clock = [
		{says: /hyperv/, word: 'microsoft'},
		{says: /\bxen\b/, word: 'xen'},
		{says: /kvm-clock/, word: 'kvm'},
	].find(({says}) => says.test(clocks));
	if (clock) return {isGuest: true, hypervisor: clock.word, source: clocksources};
	return readLscpu(host);
}

/** lscpu(1) of util-linux asks the processor itself (CPUID leaf 0x40000000), which no file tells. */
async function readLscpu(host: Host): Promise<Below | null> {
	const {stdout} = await host.run('lscpu', [], {env: {LC_ALL: 'C'}});
	const vendor = fieldsOf(stdout, ':').get('Hypervisor vendor')?.toLowerCase();
	if (!vendor) return null;
	const words: Record<string, string> = {oracle: 'oracle', phyp: 'powervm'};
	return {isGuest: true, hypervisor: words[vendor] ?? vendor, source: 'lscpu'};
}

/** arm64, s390x and POWER, whose processors have no such flag. */
async function readOther(host: Host, cpuinfo: string, dmi: DmiFacts | null): Promise<Below> {
	// VM00 is the hypervisor next below; an LPAR alone is none.
	const control = fieldsOf((await readLine(host, '/proc/sysinfo')) ?? '', ':').get('VM00 Control Program');
	if (control) return {isGuest: true, hypervisor: control.startsWith('KVM') ? 'kvm' : 'zvm', source: '/proc/sysinfo'};
	if (cpuinfo.includes('IBM/S390')) return {isGuest: false, hypervisor: null, source: '/proc/sysinfo'};
	const platform = fieldsOf(cpuinfo, ':').get('platform');
	if (platform === 'PowerNV') return {isGuest: false, hypervisor: null, source: '/proc/cpuinfo'};
	if (platform === 'pSeries') {
		const word = cpuinfo.includes('emulated by qemu') ? 'kvm' : 'powervm';
		return {isGuest: true, hypervisor: word, source: '/proc/cpuinfo'};
	}
	return readTree(host, dmi);
}

/** arm64: the device tree, where there is one; else firmware that names a machine and no hypervisor is a machine's. */
async function readTree(host: Host, dmi: DmiFacts | null): Promise<Below> {
	const tree = '/proc/device-tree';
	const [hypervisor, compatible, model, nodes] = await Promise.all([
		readLine(host, `${tree}/hypervisor/compatible`),
		readLine(host, `${tree}/compatible`),
		readLine(host, `${tree}/model`),
		quietly(host.files.list(tree)),
	]);
	const source = tree;
	if (hypervisor) {
		const word = ['xen', 'vmware'].find(name => hypervisor.includes(name)) ?? 'kvm';
		return {isGuest: true, hypervisor: word, source};
	}
	if (compatible?.includes('linux,dummy-virt') || nodes?.some(node => node.startsWith('fw-cfg')))
		return {isGuest: true, hypervisor: 'qemu', source};
	if (model) return {isGuest: false, hypervisor: null, source};
	if (dmi) return {isGuest: false, hypervisor: null, source: dmiFolder};
	return {isGuest: null, hypervisor: null, source: 'nothing here tells'};
}
