/** What the board of an arm64 or POWER machine gives to KVM. x86_64 and s390x have nothing here that differs. */
import type {Host} from '../../host/host.ts';
import type {BoardFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';
import {fieldsOf, readLine} from '../read-text.ts';

export const boardProbe: Probe<BoardFacts> = {
	name: 'board',
	unknown: {model: null, interruptController: null, pmu: null, threadsPerCore: null},
	async read(host) {
		const [model, cpuinfo] = await Promise.all([
			readLine(host, '/proc/device-tree/model'),
			readLine(host, '/proc/cpuinfo'),
		]);
		const fields = fieldsOf(cpuinfo ?? '', ':');
		const arm = fields.has('CPU implementer');
		const power = /^POWER/i.test(fields.get('cpu') ?? '');
		const [interruptController, pmu, threadsPerCore] = await Promise.all([
			arm ? readInterruptController(host) : null,
			arm ? readPmu(host) : null,
			power ? readThreadsPerCore(host) : null,
		]);
		return {model, interruptController, pmu, threadsPerCore};
	},
};

/**
 * The names of the kernel's interrupt chips: `GICv2` or `GIC-0`, `GICv3`, and `AIC` on Apple's processors, whose GIC for
 * guests is part of the processor.
 */
async function readInterruptController(host: Host): Promise<string | null> {
	const text = await readLine(host, '/proc/interrupts');
	if (text === null) return null;
	return /\b(GIC(?:v\d|-\d)?|AIC2?)\b/.exec(text)?.[1] ?? 'other';
}

/** The driver of the processor's own counters is `armv8_pmuv3` or named after the core: `armv8_cortex_a72`. */
async function readPmu(host: Host): Promise<boolean | null> {
	const names = await quietly(host.files.list('/sys/bus/event_source/devices'));
	return names?.some(name => /^armv\d/.test(name) || /^apple_.*pmu$/.test(name)) ?? null;
}

/** Threads that are switched off are not in the list. */
async function readThreadsPerCore(host: Host): Promise<number | null> {
	const list = await readLine(host, '/sys/devices/system/cpu/cpu0/topology/thread_siblings_list');
	return list === null ? null : countOf(list);
}

/** The kernel's lists of processors: `0-3,8`. */
const countOf = (list: string): number =>
	list
		.split(',')
		.map(range => range.split('-').map(Number))
		.reduce((sum, [from = 0, to = from]) => sum + to - from + 1, 0);
