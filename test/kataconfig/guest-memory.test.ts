import {parse} from 'smol-toml';
import {describe, expect, it} from 'vitest';
import {pairEntry} from '../../src/catalogue/catalogue.ts';
import {settingsDropIn} from '../../src/kataconfig/drop-in.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';

/**
 * The relevant lines of Kata 4.1.0's packaged files for x86_64, as they stand there: the table under `hypervisor` and
 * its memory. The tables and `default_memory` are the same on the other architectures.
 */
const packaged = {
	'rust qemu':
		'[hypervisor.qemu]\nshared_fs = "virtio-fs"\ndefault_memory = 2048\nmemory_slots = 10\ndefault_maxmemory = 0\n',
	'rust cloud-hypervisor': '[hypervisor.clh]\nshared_fs = "virtio-fs"\ndefault_memory = 2048\n',
	'rust dragonball':
		'[hypervisor.dragonball]\nshared_fs = "inline-virtio-fs"\ndefault_memory = 2048\ndefault_maxmemory = 0\n',
	'go qemu':
		'[hypervisor.qemu]\nshared_fs = "virtio-fs"\ndefault_memory = 2048\nmemory_slots = 10\ndefault_maxmemory = 0\n',
	'go cloud-hypervisor': '[hypervisor.clh]\nshared_fs = "virtio-fs"\ndefault_memory = 2048\nmemory_slots = 10\n',
	'go firecracker': '[hypervisor.firecracker]\ndefault_memory = 2048\nmemory_slots = 10\ndefault_maxmemory = 0\n',
};

type Tables = {[name: string]: Tables | string | number};

/** As both runtimes merge a drop-in: tables into each other, all else replaces. */
const merge = (below: Tables, above: Tables): Tables => ({
	...below,
	...Object.fromEntries(
		Object.entries(above).map(([key, value]) => {
			const under = below[key];
			return [key, typeof value === 'object' && typeof under === 'object' ? merge(under, value) : value];
		}),
	),
});

describe('the guest memory in the drop-in', () => {
	it.each(Object.entries(packaged))('is the one in force over the packaged configuration of %s', (name, text) => {
		const [runtime, hypervisor] = name.split(' ') as ['rust' | 'go', 'qemu'];
		const choice = sampleChoice({runtime, hypervisor, guestMemoryMiB: 512});
		const shipped = parse(text) as Tables;
		const effective = merge(shipped, parse(settingsDropIn(sampleFacts(), choice)?.content ?? '') as Tables);
		const {section} = pairEntry({runtime, hypervisor});
		// One table, as before: a table of another name would be another hypervisor's.
		expect(effective).toEqual({
			hypervisor: {[section]: {...((shipped.hypervisor as Tables)[section] as Tables), default_memory: 512}},
		});
	});

	it('is not written where nothing was chosen, and stands beside the other settings that a host needs', () => {
		expect(settingsDropIn(sampleFacts(), sampleChoice())).toBeNull();
		const virt = {isGuest: true, hypervisor: 'kvm', container: null, source: 'test'};
		const both = settingsDropIn(sampleFacts({virt}), sampleChoice({guestMemoryMiB: 256}));
		expect(parse(both?.content ?? '')).toEqual({
			agent: {kata: {reconnect_timeout_ms: 60_000}},
			hypervisor: {qemu: {default_memory: 256}},
		});
	});

	it('gives its reason: what this host has, or that it was asked for', () => {
		const shm = {totalBytes: 1e9, freeBytes: 1e9};
		const facts = sampleFacts({memory: {totalBytes: 4e9, availableBytes: 3e9, shm}});
		expect(settingsDropIn(facts, sampleChoice({guestMemoryMiB: 512}))?.why).toContain('/dev/shm has 1.0 GB');
		expect(settingsDropIn(facts, sampleChoice({guestMemoryMiB: 300}))?.why).toContain('as was asked');
	});
});
