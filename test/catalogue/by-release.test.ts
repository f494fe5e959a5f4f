/** What the catalogue says of releases, against the configuration files that Kata 4.1.0 packages. */
import {describe, expect, it} from 'vitest';
import vocabulary from '../../assets/vocabulary.json' with {type: 'json'};
import {archivePrefix, configurationName, isOwnDefault, ownDefault, tableName} from '../../src/catalogue/by-release.ts';
import {catalogue, pairEntry, pairName, runtimes} from '../../src/catalogue/catalogue.ts';
import {isVersion} from '../../src/catalogue/version.ts';
import type {Architecture} from '../../src/facts/facts.ts';
import {wantedName} from '../../src/release/archive-name.ts';
import {faultsOf} from '../support/schema.ts';

const packaged = vocabulary.files as unknown as {
	runtime: string;
	file: string;
	architectures: string[];
	tables: Record<string, string[]>;
}[];

const packagedAs = (runtime: string, file: string) => {
	const found = packaged.find(one => one.runtime === runtime && one.file === file);
	if (!found) throw new Error(`Kata ${vocabulary.version} has no ${file} for ${runtime}`);
	return found;
};

const clh = {runtime: 'rust', hypervisor: 'cloud-hypervisor'} as const;

describe('the catalogue, by release', () => {
	it('keeps its schema, and would not with a word that is no architecture', () => {
		expect(faultsOf('catalogue.schema.json', catalogue)).toEqual([]);
		const [first, ...rest] = catalogue.pairs;
		const wrong = {...catalogue, pairs: [{...first, testedUpstream: ['amd64']}, ...rest]};
		expect(faultsOf('catalogue.schema.json', wrong)).not.toEqual([]);
	});

	it('calls the files and tables of 4.1.0 as Kata does', () => {
		for (const entry of catalogue.pairs.filter(({configuration}) => configuration.length > 0)) {
			const file = packagedAs(entry.runtime, configurationName(entry, vocabulary.version));
			expect(Object.keys(file.tables), pairName(entry)).toContain(`hypervisor.${tableName(entry, vocabulary.version)}`);
			expect(entry.tables.at(-1)?.name).toBe(entry.section);
			expect(file.architectures, pairName(entry)).toEqual(expect.arrayContaining(Object.keys(entry.shipped)));
		}
		for (const variant of catalogue.advanced) {
			const file = packagedAs(variant.runtime, variant.file);
			expect(Object.keys(file.tables), variant.file).toContain(`hypervisor.${variant.table}`);
			expect(file.architectures, variant.file).toEqual(expect.arrayContaining(variant.architectures));
		}
	});

	it('describes every file of 4.1.0 once', () => {
		const described = [
			...catalogue.pairs
				.filter(({configuration}) => configuration.length > 0)
				.map(entry => `${entry.runtime} ${configurationName(entry, vocabulary.version)}`),
			...catalogue.advanced.map(({runtime, file}) => `${runtime} ${file}`),
		];
		expect([...new Set(described)].sort()).toEqual(packaged.map(({runtime, file}) => `${runtime} ${file}`).sort());
	});

	it('knows the other name of Cloud Hypervisor’s table under rust before 3.30.0', () => {
		expect(tableName(clh, '3.29.0')).toBe('cloud-hypervisor');
		expect(tableName(clh, '3.30.0')).toBe('clh');
		expect(tableName({...clh, runtime: 'go'}, '3.29.0')).toBe('clh');
	});

	it.each([
		['rust', '3.3.0', 'dragonball'],
		['rust', '3.29.0', 'dragonball'],
		['rust', '3.30.0', 'qemu'],
		['rust', null, 'qemu'],
		['go', '3.3.0', 'qemu'],
		['go', '4.9.0', 'qemu'],
	] as const)('lets %s of %s take %s by itself, and nothing else', (runtime, version, hypervisor) => {
		expect(ownDefault(runtime, version)).toEqual({runtime, hypervisor});
		const its = catalogue.pairs.filter(entry => entry.runtime === runtime && isOwnDefault(entry, version));
		expect(its).toHaveLength(1);
	});

	it.each(['3.3.0', '4.0.0', '4.1.0', '4.9.0'])('names the archives of %s as the release does', version => {
		for (const runtime of runtimes)
			for (const architecture of ['x86_64', 's390x'] satisfies Architecture[])
				expect(wantedName(runtime, version, architecture)).toMatch(
					new RegExp(`^${archivePrefix(runtime, version)}-${version}-`),
				);
	});

	it('has go deprecated and rust the default since 4.0.0', () => {
		expect(catalogue.runtimes.go.deprecatedSince).toBe('4.0.0');
		expect(catalogue.runtimes.rust).toMatchObject({defaultSince: '4.0.0', deprecatedSince: null});
	});

	it('says where each fact is written, and begins each variant’s needs in words', () => {
		for (const {source} of [...catalogue.pairs, ...Object.values(catalogue.runtimes)]) expect(source).toMatch(/\S{4}/);
		for (const {source, since, summary, needs, file} of catalogue.advanced) {
			expect(source, file).toMatch(/\S{4}/);
			expect(isVersion(since), file).toBe(true);
			expect(summary, file).toMatch(/^[^.]+(\.\d[^.]*)*\.$/);
			for (const need of needs) expect(need, file).toMatch(/\S/);
		}
	});

	it('counts Firecracker as tested nowhere, and under rust as an experiment', () => {
		for (const runtime of runtimes) expect(pairEntry({runtime, hypervisor: 'firecracker'}).testedUpstream).toEqual([]);
		expect(catalogue.pairs.filter(({experimental}) => experimental).map(pairName)).toEqual(['rust-firecracker']);
	});
});
