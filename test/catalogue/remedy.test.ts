import {describe, expect, it} from 'vitest';
import {availabilityOf} from '../../src/catalogue/availability.ts';
import {hypervisors, type Pair, runtimes} from '../../src/catalogue/catalogue.ts';
import {remedyFor} from '../../src/catalogue/remedy.ts';
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {facts} from '../screens/fixtures.ts';

const pair = (runtime: Pair['runtime'], hypervisor: Pair['hypervisor']): Pair => ({runtime, hypervisor});
const on = (machine: string): Facts => ({...facts, machine});
const withDevmapper: Facts = {
	...facts,
	containerd: facts.containerd.map(one => ({...one, snapshotters: {...one.snapshotters, devmapper: 'ok'}})),
};

describe('what would make a pair available', () => {
	it('is nothing where it is', () => {
		for (const hypervisor of ['qemu', 'cloud-hypervisor', 'dragonball'] as const)
			expect(remedyFor(pair('rust', hypervisor), facts, null)).toBeNull();
	});

	it('is the other runtime, where that has it here', () => {
		expect(remedyFor(pair('rust', 'firecracker'), withDevmapper, null)).toBe('choose the go runtime');
		expect(remedyFor(pair('go', 'dragonball'), facts, null)).toBe('choose the rust runtime');
		expect(remedyFor(pair('rust', 'cloud-hypervisor'), on('aarch64'), null)).toBe('choose the go runtime');
	});

	it('is the older release that still has it', () => {
		expect(remedyFor(pair('go', 'stratovirt'), facts, null)).toBe('take a Kata older than 3.23.0');
		expect(remedyFor(pair('rust', 'stratovirt'), facts, '4.1.0')).toBe(
			'choose the go runtime and take a Kata older than 3.23.0',
		);
		expect(remedyFor(pair('rust', 'stratovirt'), facts, '3.22.0')).toBe('choose the go runtime');
	});

	it('is the newer release that has it first', () => {
		expect(remedyFor(pair('rust', 'qemu'), facts, '3.9.0')).toBe('take Kata 3.10.0 or newer');
	});

	it('is nothing on an architecture that neither runtime has it for, or that Kata has no release for', () => {
		expect(remedyFor(pair('rust', 'dragonball'), on('s390x'), null)).toBeNull();
		expect(remedyFor(pair('go', 'firecracker'), on('s390x'), null)).toBeNull();
		expect(remedyFor(pair('rust', 'qemu'), on('riscv64'), null)).toBeNull();
	});

	it("is the finding's own remedy where a finding blocks this pair alone", () => {
		const blocker: Finding = {
			id: 'shm',
			severity: 'blocker',
			label: '/dev/shm',
			summary: 'too small for QEMU',
			detail: [],
			sources: [],
			remedy: ['Make /dev/shm larger than 2 GB.'],
			command: null,
			affects: [pair('rust', 'qemu')],
		};
		expect(remedyFor(pair('rust', 'qemu'), facts, null, [blocker])).toBe('make /dev/shm larger than 2 GB');
		expect(remedyFor(pair('go', 'qemu'), facts, null, [blocker])).toBeNull();
	});

	it('makes available what it names: after the other runtime is chosen, that is a choice', () => {
		for (const machine of ['x86_64', 'aarch64', 's390x', 'ppc64le'])
			for (const runtime of runtimes)
				for (const hypervisor of hypervisors) {
					const host = {...withDevmapper, machine};
					const chosen = /^choose the (rust|go) runtime$/.exec(remedyFor(pair(runtime, hypervisor), host, null) ?? '');
					if (!chosen) continue;
					const other = pair(chosen[1] as Pair['runtime'], hypervisor);
					expect(availabilityOf(other, host, null).state, `${machine} ${runtime} ${hypervisor}`).toBe('ok');
				}
	});
});
