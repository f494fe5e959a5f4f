import {describe, expect, it} from 'vitest';
import {boardProbe} from '../../../src/facts/machine/board.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const boardOf = async (files: ProbedHost['files']) => boardProbe.read(await probedHost({files}));
const arm = {'/proc/cpuinfo': 'processor\t: 0\nCPU implementer\t: 0x41\n'};
const power = {'/proc/cpuinfo': 'processor\t: 0\ncpu\t\t: POWER8 (raw), altivec supported\n'};
const siblings = '/sys/devices/system/cpu/cpu0/topology/thread_siblings_list';

describe('the board', () => {
	it.each([
		[' 11:   1  GICv3  27 Level  arch_timer\n', 'GICv3'],
		[' 11:   1  GIC-0  27 Level  arch_timer\n', 'GIC-0'],
		[' 17:   1  AIC    33 Level  nvme\n', 'AIC'],
		[' 17:   1  bcm2836-timer   1 Edge  arch_timer\n', 'other'],
	])('of arm64 has an interrupt controller: %#', async (interrupts, name) => {
		expect((await boardOf({...arm, '/proc/interrupts': interrupts})).interruptController).toBe(name);
	});

	it('of arm64 has a PMU if a driver of the processor’s counters is there', async () => {
		const pmuOf = async (device: string) =>
			(await boardOf({...arm, [`/sys/bus/event_source/devices/${device}/`]: ''})).pmu;
		expect(await pmuOf('armv8_pmuv3_0')).toBe(true);
		expect(await pmuOf('armv8_cortex_a72')).toBe(true);
		expect(await pmuOf('software')).toBe(false);
		expect((await boardOf(arm)).pmu).toBeNull();
	});

	it.each([
		['0-7', 8],
		['0', 1],
		['0,4', 2],
	])('of POWER has threads online: %s', async (list, threads) => {
		expect((await boardOf({...power, [siblings]: `${list}\n`})).threadsPerCore).toBe(threads);
	});

	it('has nothing of them on x86_64', async () => {
		const files = {'/proc/cpuinfo': 'vendor_id : GenuineIntel\n', [siblings]: '0-1\n', '/proc/interrupts': 'IO-APIC\n'};
		expect(await boardOf(files)).toEqual({model: null, interruptController: null, pmu: null, threadsPerCore: null});
	});

	it('has the device tree’s name', async () => {
		const files = {...arm, '/proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0'};
		expect((await boardOf(files)).model).toBe('Raspberry Pi 4 Model B Rev 1.4');
	});
});
