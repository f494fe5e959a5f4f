import {describe, expect, it} from 'vitest';
import type {KataConfigurationFacts} from '../../src/facts/facts.ts';
import {lostUnder, lostWords} from '../../src/kataconfig/in-use.ts';
import {sampleFacts} from '../support/facts.ts';

const installation = {
	version: '4.1.0',
	runtime: 'go' as const,
	hypervisor: 'qemu',
	tree: '',
	handler: null,
	unfinishedRun: null,
	sequence: 1,
};
const dropIn = (pair: string, text: string | null) => ({path: `/${pair}/50-mine.toml`, pair, mode: 0o644, text});
const file = (set: KataConfigurationFacts['set']): KataConfigurationFacts => ({
	path: '/etc/kata-containers/configuration.toml',
	kind: 'file',
	runtime: 'go',
	target: null,
	packaged: null,
	differs: true,
	ours: false,
	...(set ? {set} : {}),
});

describe('options in use, of which the other runtime lacks some', () => {
	it('are those of the pair in force, with the reasons', () => {
		const facts = sampleFacts({
			installation,
			dropIns: [
				dropIn('go-qemu', '\uFEFF[factory]\r\nvm_cache_number = 3\r\n[agent.kata]\r\ndial_timeout = 60\r\n'),
				dropIn('go-cloud-hypervisor', '[factory]\nvm_cache_endpoint = "/x"\n'),
				dropIn('go-qemu', null),
				dropIn('go-qemu', '[broken'),
			],
		});
		const found = lostUnder(facts, 'rust');
		expect(found).toEqual({
			inUse: 2,
			lost: [
				{
					file: '/go-qemu/50-mine.toml',
					table: 'factory',
					option: 'vm_cache_number',
					why: 'The rust runtime has no cache of VMs.',
				},
			],
		});
		expect(lostWords(found, 'rust')).toBe('of 2 options that you set rust has no counterpart of: vm_cache_number');
		expect(lostUnder(facts, 'go')).toEqual({inUse: 0, lost: []});
		expect(lostWords(lostUnder(facts, 'go'), 'go')).toBeNull();
	});

	it('are also those of a Kata that is not ours, for the hypervisor whose table they stand in', () => {
		const set = [
			{table: 'hypervisor.clh', option: 'default_vcpus'},
			{table: 'factory', option: 'vm_cache_number'},
		];
		const found = lostUnder(sampleFacts({kataConfiguration: [file(set), file(undefined)]}), 'rust');
		expect(found.inUse).toBe(2);
		expect(found.lost.map(({option}) => option)).toEqual(['vm_cache_number']);
	});

	it('may all have a counterpart', () => {
		const one = [{table: 'hypervisor.qemu', option: 'default_vcpus'}];
		const found = lostUnder(sampleFacts({kataConfiguration: [file(one)]}), 'rust');
		expect(lostWords(found, 'rust')).toBe('rust has a counterpart of the one option that you set');
	});
});
