import {describe, expect, it} from 'vitest';
import type {Pair} from '../../src/catalogue/catalogue.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {
	type ChosenOptions,
	changed,
	choiceOptions,
	fittingOptions,
	reasonAgainst,
	unsetValue,
	valueIn,
	valuesOf,
	valueWords,
} from '../../src/kataconfig/option-choices.ts';
import {optionRefusal} from '../../src/kataconfig/options.ts';
import {planInstall} from '../../src/plan/install.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';

const facts: Facts = sampleFacts();
const rustQemu: Pair = {runtime: 'rust', hypervisor: 'qemu'};
const pairs: Pair[] = [
	rustQemu,
	{runtime: 'rust', hypervisor: 'cloud-hypervisor'},
	{runtime: 'rust', hypervisor: 'dragonball'},
	{runtime: 'go', hypervisor: 'qemu'},
	{runtime: 'go', hypervisor: 'cloud-hypervisor'},
];

describe('the values of an option', () => {
	it('hold the one that holds by itself, and none that a plan would refuse', () => {
		for (const pair of pairs)
			for (const name of choiceOptions) {
				const values = valuesOf(pair, facts, name);
				const unset = unsetValue(pair, facts, name);
				expect(values.length === 0).toBe(unset === null);
				if (unset !== null) expect(values).toContain(unset);
				expect(new Set(values).size).toBe(values.length);
				for (const value of values)
					if (name !== 'guest-memory' && value !== unset) expect(optionRefusal(pair, facts, name, value)).toBeNull();
			}
	});

	it('of huge pages and of the memory bound each other', () => {
		const hugePages = {pageBytes: 2 ** 21, freePages: 512, mounted: true};
		const some = sampleFacts({memory: {...facts.memory, hugePages}});
		expect(reasonAgainst(rustQemu, some, 'hugepages')).toContain('1024 huge pages');
		expect(valuesOf(rustQemu, some, 'hugepages', {'guest-memory': 1024})).toEqual([false, true]);
		const sizes = valuesOf(rustQemu, some, 'guest-memory', {hugepages: true, 'guest-memory': 1024});
		expect(sizes).toEqual([256, 512, 1024, 2048]);
		expect(fittingOptions({hugepages: true}, rustQemu, some)).toEqual({});
	});

	it('are what this host has', () => {
		const small = sampleFacts({cpu: {...facts.cpu, count: 2}, memory: {...facts.memory, totalBytes: 3e9}});
		expect(valuesOf(rustQemu, small, 'vcpus')).toEqual([1, 2]);
		expect(valuesOf(rustQemu, small, 'guest-memory').at(-1)).toBe(2048);
	});

	it('are fixed with a reason where there is nothing to change', () => {
		expect(reasonAgainst(rustQemu, facts, 'vm-template')).toMatch(/initrd/);
		expect(reasonAgainst({runtime: 'rust', hypervisor: 'dragonball'}, facts, 'rootless')).toMatch(/no option rootless/);
		expect(reasonAgainst(rustQemu, facts, 'shared-fs')).toBe('there is only this one here');
		expect(reasonAgainst(rustQemu, facts, 'debug')).toBeNull();
	});
});

describe('changing an option', () => {
	it('goes round, and sets nothing where it comes to what holds by itself', () => {
		for (const pair of pairs)
			for (const name of choiceOptions) {
				const values = valuesOf(pair, facts, name);
				let chosen: ChosenOptions = {};
				const seen = new Set();
				for (const _ of values) {
					chosen = changed(chosen, pair, facts, name, 1);
					seen.add(valueIn(chosen, pair, facts, name));
				}
				expect(seen.size).toBe(values.length);
				expect(chosen).toEqual({});
				if (values.length > 1) expect(changed(changed({}, pair, facts, name, -1), pair, facts, name, 1)).toEqual({});
			}
	});

	it('plans what it shows, for every value of every option', () => {
		for (const pair of pairs)
			for (const name of choiceOptions)
				for (const value of valuesOf(pair, facts, name)) {
					const {'guest-memory': guestMemoryMiB, ...options} = {[name]: value} as ChosenOptions;
					const choice = sampleChoice({...pair, options, ...(guestMemoryMiB === undefined ? {} : {guestMemoryMiB})});
					expect(() => planInstall(facts, choice, {rehearsal: false})).not.toThrow();
				}
	});
});

describe('options that were set for another pair', () => {
	it('are left out where the pair has no such option, or cannot have the value', () => {
		const chosen: ChosenOptions = {vcpus: 4, rootless: true, 'shared-fs': 'inline-virtio-fs'};
		expect(fittingOptions(chosen, rustQemu, facts)).toEqual({vcpus: 4, rootless: true});
		expect(fittingOptions(chosen, {runtime: 'rust', hypervisor: 'dragonball'}, facts)).toEqual({
			vcpus: 4,
			'shared-fs': 'inline-virtio-fs',
		});
	});
});

it('says values as people read them', () => {
	expect(valueWords('vcpus', 1)).toBe('1 vCPU');
	expect(valueWords('vcpus', 2)).toBe('2 vCPUs');
	expect(valueWords('guest-memory', 2048)).toBe('2048 MiB');
	expect(valueWords('debug', true)).toBe('on');
	expect(valueWords('shared-fs', null)).toBe('not in this configuration');
});
