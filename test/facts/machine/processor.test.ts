import {describe, expect, it} from 'vitest';
import {cpuProbe} from '../../../src/facts/machine/cpu.ts';
import {kvmProbe} from '../../../src/facts/machine/kvm.ts';
import {moduleState} from '../../../src/facts/machine/modules.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const intel = `processor	: 0
vendor_id	: GenuineIntel
model name	: Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz
flags		: fpu vme sse4_1 sse4_2 lm vmx ept

processor	: 1
vendor_id	: GenuineIntel
model name	: Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz
flags		: fpu vme sse4_1 sse4_2 lm vmx ept
`;
const amdGuest = `processor	: 0
vendor_id	: AuthenticAMD
model name	: AMD EPYC
flags		: fpu vme sse4_1 lm hypervisor
`;
const arm = `processor	: 0
BogoMIPS	: 243.75
Features	: fp asimd evtstrm
CPU implementer	: 0xc0
CPU part	: 0xd0c
`;
const s390 = `vendor_id       : IBM/S390
# processors    : 1
features	: esan3 zarch stfle sie
processor 0: version = FF,  identification = 2733E8,  machine = 8561
`;
const power = (platform: string): string => `processor	: 0
cpu		: POWER9, altivec supported

processor	: 1
cpu		: POWER9, altivec supported

platform	: ${platform}
`;

const cpuOf = async (cpuinfo: string, files: Record<string, string> = {}) =>
	cpuProbe.read(await probedHost({files: {'/proc/cpuinfo': cpuinfo, ...files}}));

describe('the processor', () => {
	it('of x86_64 shows VT-x or AMD-V by its flags', async () => {
		expect(await cpuOf(intel)).toEqual({
			model: 'Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz',
			vendor: 'GenuineIntel',
			count: 2,
			virtualization: 'vmx',
			flags: ['vmx', 'lm', 'sse4_1'],
		});
		expect(await cpuOf(amdGuest)).toMatchObject({
			vendor: 'AuthenticAMD',
			virtualization: null,
			flags: ['hypervisor', 'lm', 'sse4_1'],
		});
	});

	it('of aarch64 shows it by KVM’s own timer, having no flag for it', async () => {
		expect(await cpuOf(arm)).toMatchObject({vendor: 'Ampere', count: 1, virtualization: null});
		const interrupts = ' 11:  0  GICv3  26 Level  kvm guest ptimer\n';
		expect(await cpuOf(arm, {'/proc/interrupts': interrupts})).toMatchObject({virtualization: 'arm64-el2'});
	});

	it('of s390x and POWER', async () => {
		expect(await cpuOf(s390)).toMatchObject({
			model: 'machine 8561',
			vendor: 'IBM/S390',
			count: 1,
			virtualization: 'sie',
		});
		expect(await cpuOf(power('PowerNV'))).toMatchObject({
			model: 'POWER9, altivec supported',
			count: 2,
			virtualization: 'hv',
		});
		expect(await cpuOf(power('pSeries'))).toMatchObject({virtualization: null});
	});
});

const kvmOf = async (error: string | null, host: ProbedHost = {}) =>
	kvmProbe.read(await probedHost({...host, opens: {'/dev/kvm': error}}));

describe('/dev/kvm', () => {
	it.each([
		[null, 'opens'],
		['ENOENT', 'missing'],
		['EACCES', 'no-permission'],
		['EPERM', 'no-permission'],
		['ENODEV', 'no-driver'],
		['ENXIO', 'no-driver'],
		['EBUSY', 'busy'],
		['EIO', 'error'],
	])('whose opening gives %s is told as %s', async (error, state) => {
		expect(await kvmOf(error)).toMatchObject({state, error});
	});

	it('that is a plain file is no device', async () => {
		const files = {'/dev/kvm': ''};
		expect(await kvmProbe.read(await probedHost({files, kind: 'real'}))).toMatchObject({state: 'no-driver'});
	});

	it.each([
		[intel, 'kvm_intel'],
		[amdGuest, 'kvm_amd'],
		[s390, 'kvm'],
		[power('PowerNV'), 'kvm_hv'],
	])('names the module of the processor', async (cpuinfo, name) => {
		const {module} = await kvmOf(null, {files: {'/proc/cpuinfo': cpuinfo}});
		expect(module?.name).toBe(name);
	});

	it('is not looked for in vain on Microsoft’s hypervisor', async () => {
		expect(await kvmOf('ENOENT', {files: {'/dev/mshv': ''}})).toMatchObject({mshv: true});
	});
});

describe('a kernel module', () => {
	const release = {'/proc/sys/kernel/osrelease': '6.1.0-40-amd64\n'};
	const stateOf = async (files: Record<string, string>) =>
		moduleState(await probedHost({files: {...release, ...files}}), 'vhost_vsock');

	it('is loaded, built in, loadable or absent', async () => {
		const folder = '/lib/modules/6.1.0-40-amd64';
		expect(await stateOf({'/proc/modules': 'vhost_vsock 24576 0 - Live 0x0\n'})).toBe('loaded');
		expect(await stateOf({'/sys/module/vhost_vsock/initstate': 'live\n'})).toBe('loaded');
		expect(await stateOf({'/sys/module/vhost_vsock/parameters/x': '1\n'})).toBe('built-in');
		expect(await stateOf({[`${folder}/modules.builtin`]: 'kernel/drivers/vhost/vhost_vsock.ko\n'})).toBe('built-in');
		const line = 'kernel/drivers/vhost/vhost-vsock.ko.xz: kernel/drivers/vhost/vhost.ko.xz\n';
		expect(await stateOf({[`${folder}/modules.dep`]: line})).toBe('loadable');
		expect(await stateOf({[`${folder}/modules.dep`]: 'kernel/drivers/vhost/vhost.ko: \n'})).toBe('absent');
	});

	it('is absent where the running kernel’s folder was replaced by a newer one’s', async () => {
		expect(await stateOf({'/lib/modules/6.1.0-41-amd64/modules.dep': ''})).toBe('absent');
	});

	it('cannot be told without any list', async () => {
		expect(await stateOf({})).toBeNull();
	});
});
