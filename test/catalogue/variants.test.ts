/** The variants for special hosts, as the wizard's page and the matrix tell them. */
import {describe, expect, it} from 'vitest';
import {catalogue, runtimes} from '../../src/catalogue/catalogue.ts';
import {matrixOfRelease} from '../../src/catalogue/matrix.ts';
import {storyOf} from '../../src/catalogue/story.ts';
import {undescribedHere, variantName, variantsHere} from '../../src/catalogue/variants.ts';
import {architectures} from '../../src/facts/facts.ts';
import {facts} from '../screens/fixtures.ts';

const releases = ['3.3.0', '3.20.0', '3.32.0', '4.0.0', '4.1.0', '4.2.0'];

describe.each(architectures)('the variants on %s', machine => {
	it.each(releases)('of %s are all told, and those without a word against them are those of the matrix', release => {
		const told = runtimes.flatMap(runtime => variantsHere({...facts, machine}, runtime, release));
		expect(told.map(variantName).sort()).toEqual(catalogue.advanced.map(variantName).sort());
		const there = told.filter(({absence}) => absence === null).map(variantName);
		expect(there.sort()).toEqual(matrixOfRelease(machine, release).advanced.map(variantName).sort());
	});
});

describe('a variant', () => {
	it.each(catalogue.advanced.map(variantName))('%s has the story that its row sends to', name => {
		expect(storyOf(name)).toMatchObject({kind: 'variant', entries: [{}]});
	});

	it('says why the release does not have it, those that it has before', () => {
		const told = variantsHere({...facts, machine: 's390x'}, 'rust', '4.1.0');
		const first = told.findIndex(({absence}) => absence !== null);
		expect(told.slice(0, first).map(({name}) => name)).toEqual(['qemu-coco-dev', 'qemu-se']);
		expect(told.slice(first).every(({absence}) => absence !== null)).toBe(true);
		expect(told.find(({name}) => name === 'qemu-snp')?.absence).toBe('not on s390x: on x86_64');
		const older = variantsHere({...facts, machine: 'x86_64'}, 'rust', '4.0.0');
		expect(older.find(({name}) => name === 'qemu-snp')?.absence).toBe('not known before Kata 4.1.0');
	});
});

describe('what nobody has described', () => {
	const path = '/opt/kata-setup/trees/4.9.0-rust-0123456789ab';
	const choice = {version: '4.9.0', runtime: 'rust' as const, hypervisor: 'qemu', tree: path, handler: 'kata'};
	const installation = {
		...choice,
		unfinishedRun: null,
		sequence: 40,
		trees: [{path, version: '4.9.0', runtime: 'rust' as const, archives: []}],
	};
	const undescribed = [{runtime: 'rust' as const, file: 'configuration-crosvm.toml'}];
	const known = {...facts, installation, treeOffers: [{path, pairs: [], undescribed}]};

	it('is that of the release in question, where it is unpacked', () => {
		expect(undescribedHere(known, null)).toEqual(undescribed);
		expect(undescribedHere(known, '4.9.0')).toEqual(undescribed);
		expect(undescribedHere(known, '4.1.0')).toEqual([]);
		expect(undescribedHere(facts, null)).toEqual([]);
	});
});
