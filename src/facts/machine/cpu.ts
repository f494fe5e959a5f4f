/** The processors and what they offer for virtualization, from /proc/cpuinfo. */
import type {Host} from '../../host/host.ts';
import type {CpuFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {exists, fieldsOf, readLine} from '../read-text.ts';
import {cpuModel} from './system-info.ts';

/** Flags that a finding rests on: virtualization, being a guest, and what Kata's own check wants (`lm`, `sse4_1`). */
const judgedFlags = ['vmx', 'svm', 'hypervisor', 'lm', 'sse4_1', 'sie'];

export const cpuProbe: Probe<CpuFacts> = {
	name: 'cpu',
	unknown: {model: null, vendor: null, count: 0, virtualization: null},
	async read(host) {
		const text = (await readLine(host, '/proc/cpuinfo')) ?? '';
		const fields = fieldsOf(text, ':');
		const words = [fields.get('flags'), fields.get('features')].join(' ').split(/\s+/);
		const flags = judgedFlags.filter(flag => words.includes(flag));
		return {
			model: modelIn(fields) ?? (await cpuModel(host)),
			vendor: fields.get('vendor_id') ?? vendorOfArm(fields.get('CPU implementer')),
			count: text.match(/^processor\s*(?:\d+\s*)?:/gm)?.length ?? 0,
			virtualization: await virtualizationOf(host, fields, flags),
			flags,
		};
	},
};

/** x86 `model name`, POWER `cpu`, a board's `Model`, and the machine type of s390x, whose processors have no name. */
function modelIn(fields: Map<string, string>): string | null {
	const machine = /machine = (\w+)/.exec(fields.get('processor 0') ?? '')?.[1];
	return (
		fields.get('model name') ?? fields.get('cpu') ?? fields.get('Model') ?? (machine ? `machine ${machine}` : null)
	);
}

/** The implementers of server chips by the code of MIDR_EL1 (arch/arm64/include/asm/cputype.h of Linux). */
const armImplementers: Record<string, string> = {
	'0x41': 'ARM',
	'0x42': 'Broadcom',
	'0x43': 'Cavium',
	'0x46': 'Fujitsu',
	'0x48': 'HiSilicon',
	'0x4e': 'NVIDIA',
	'0x50': 'APM',
	'0x51': 'Qualcomm',
	'0x61': 'Apple',
	'0x6d': 'Microsoft',
	'0xc0': 'Ampere',
};

const vendorOfArm = (implementer: string | undefined): string | null =>
	implementer === undefined ? null : (armImplementers[implementer] ?? implementer);

async function virtualizationOf(host: Host, fields: Map<string, string>, flags: string[]): Promise<string | null> {
	const flag = flags.find(name => name === 'vmx' || name === 'svm' || name === 'sie');
	if (flag) return flag;
	if (fields.get('platform') === 'PowerNV') return 'hv';
	// arm64 has no flag for it. A kernel that was started in EL2 has KVM's own timer among its interrupts.
	if (!fields.has('CPU implementer')) return null;
	const interrupts = (await readLine(host, '/proc/interrupts')) ?? '';
	return interrupts.includes('kvm guest') || (await exists(host, '/dev/kvm')) ? 'arm64-el2' : null;
}
