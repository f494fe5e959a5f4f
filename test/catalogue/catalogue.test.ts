import {describe, expect, it} from 'vitest';
import {
	catalogue,
	hypervisorByName,
	hypervisors,
	pairEntry,
	pairName,
	runtimes,
} from '../../src/catalogue/catalogue.ts';
import {isVersion} from '../../src/catalogue/version.ts';

/** The table of Kata's hypervisors document: its rows, and for each runtime the short name and the default. */
const documented = {
	'cloud-hypervisor': {go: 'clh', rust: 'cloud-hypervisor'},
	firecracker: {go: 'fc', rust: null},
	qemu: {go: 'qemu', rust: 'qemu'},
	dragonball: {go: null, rust: 'dragonball'},
	stratovirt: {go: 'stratovirt', rust: null},
} as const;

describe('the catalogue', () => {
	it('has a row for every hypervisor of the document, and for no other', () => {
		expect([...hypervisors].sort()).toEqual(Object.keys(documented).sort());
		expect(Object.keys(catalogue.hypervisors).sort()).toEqual(Object.keys(documented).sort());
	});

	it.each(hypervisors)('says something in every column of %s', hypervisor => {
		const columns = Object.entries(catalogue.hypervisors[hypervisor]);
		expect(columns).toHaveLength(21);
		for (const [column, words] of columns) expect(words, column).toMatch(/\S/);
	});

	it.each(hypervisors)('rates %s as the document does', hypervisor => {
		const rating = hypervisor === 'qemu' ? 'good' : 'excellent';
		expect(catalogue.hypervisors[hypervisor]).toMatchObject({creationSpeed: rating, memoryDensity: rating});
	});

	it.each(hypervisors)('says of %s in short what it says at length', hypervisor => {
		const {hotplug, deviceHotplug, memoryHotplug, gpuAndConfidential, gpu, confidential} =
			catalogue.hypervisors[hypervisor];
		for (const device of ['disk', 'VFIO']) expect(deviceHotplug.includes(device)).toBe(hotplug.includes(device));
		expect(/CPU and memory/.test(memoryHotplug)).toBe(/CPU, memory/.test(hotplug));
		expect(/supported GPU use|^no$/.test(gpu)).toBe(!gpuAndConfidential.includes('GPU'));
		expect(confidential === 'no').toBe(!gpuAndConfidential.includes('TDX'));
	});

	it('has one entry for each pair, with the short names of the document', () => {
		const names = catalogue.pairs.map(pairName);
		expect(new Set(names).size).toBe(names.length);
		for (const runtime of runtimes)
			for (const hypervisor of hypervisors)
				expect(pairEntry({runtime, hypervisor}).shortName).toBe(documented[hypervisor][runtime]);
	});

	it('has one default for each runtime, which is QEMU', () => {
		const defaults = catalogue.pairs.filter(entry => entry.default).map(pairName);
		expect(defaults).toEqual(['rust-qemu', 'go-qemu']);
	});

	it('describes both runtimes', () => {
		for (const runtime of runtimes) {
			const {name, title, summary, has, lacks, sizing, status, future, sizes} = catalogue.runtimes[runtime];
			expect(name).toBe(runtime);
			for (const words of [title, summary, sizing, status, future, ...has, ...lacks]) expect(words).toMatch(/\S/);
			for (const {release, downloadBytes, unpackedBytes} of sizes) {
				expect(isVersion(release), release).toBe(true);
				// Archives are compressed: bytes and their unit are not mixed up.
				expect(downloadBytes).toBeGreaterThan(5e8);
				if (unpackedBytes !== null) expect(unpackedBytes).toBeGreaterThan(downloadBytes);
			}
			expect(Math.min(has.length, lacks.length)).toBeGreaterThan(0);
		}
	});

	it('gives every pair that ships a configuration, and every other a reason', () => {
		for (const {shipped, until, configuration, absent, runtime, hypervisor} of catalogue.pairs) {
			const name = `${runtime}-${hypervisor}`;
			if (Object.keys(shipped).length > 0) expect(configuration.length, name).toBeGreaterThan(0);
			if (Object.keys(shipped).length === 0 || until) expect(absent, name).toMatch(/\S/);
			expect(
				configuration.map(({since}) => since),
				name,
			).toEqual(configuration.map(({since}) => since).toSorted((a, b) => a.localeCompare(b, 'en', {numeric: true})));
		}
	});

	it('knows our names and the short ones of kata-manager, in any case', () => {
		expect(hypervisorByName('QEMU')).toBe('qemu');
		expect(hypervisorByName('clh')).toBe('cloud-hypervisor');
		expect(hypervisorByName('fc')).toBe('firecracker');
		expect(hypervisorByName('acrn')).toBeNull();
	});
});
