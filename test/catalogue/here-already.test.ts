import {describe, expect, it} from 'vitest';
import {allAvailability} from '../../src/catalogue/availability.ts';
import type {Pair} from '../../src/catalogue/catalogue.ts';
import {matrixOfHost} from '../../src/catalogue/matrix.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {sampleFacts} from '../support/facts.ts';

const path = '/opt/kata-setup/trees/4.1.0-rust-0123456789ab';
const installed = (treeOffers: Facts['treeOffers'] = []): Facts =>
	sampleFacts({
		installation: {
			version: '4.1.0',
			runtime: 'rust',
			hypervisor: 'qemu',
			tree: path,
			handler: 'kata',
			unfinishedRun: null,
			sequence: 3,
			trees: [{path, version: '4.1.0', runtime: 'rust', archives: []}],
		},
		treeOffers,
	});
const of = (pair: Pair, facts: Facts, version: string | null = null) =>
	allAvailability(facts, version).find(one => one.runtime === pair.runtime && one.hypervisor === pair.hypervisor)
		?.availability;

const dragonball: Pair = {runtime: 'rust', hypervisor: 'dragonball'};
const goQemu: Pair = {runtime: 'go', hypervisor: 'qemu'};

describe('an unpacked release', () => {
	const lacking = [{path, pairs: [{name: 'rust-dragonball', lack: 'this release lacks bin/x'}], undescribed: []}];

	it('has the last word of its own pairs, and none of another release', () => {
		expect(of(dragonball, installed(lacking))).toEqual({state: 'unavailable', reason: 'this release lacks bin/x'});
		expect(of(dragonball, installed(lacking), '4.0.0')?.state).toBe('ok');
		expect(of(dragonball, installed())?.state).toBe('ok');
		expect(of(dragonball, {...installed(lacking), installation: null})?.state).toBe('ok');
	});

	it('says of a runtime that is not unpacked that it has to be fetched, and how much that is', () => {
		const changes = (facts: Facts, pair = goQemu, version: string | null = null) => {
			const found = of(pair, facts, version);
			return found?.state === 'ok' ? found.changes.join('; ') : found?.reason;
		};
		expect(changes(installed())).toMatch(/only in the go archive, \+1\.\d GB/);
		expect(changes(installed(), dragonball)).not.toContain('archive');
		expect(changes(installed(), goQemu, '4.0.0')).not.toContain('archive');
		expect(changes(sampleFacts())).not.toContain('archive');
	});

	it('is what `list` is about where no other was asked for, with what is not described yet', () => {
		const novelty = {runtime: 'rust' as const, file: 'configuration-novelty.toml'};
		const facts = installed([{path, pairs: [], undescribed: [novelty]}]);
		const older = facts.installation && {...facts.installation, version: '4.0.0'};
		expect(matrixOfHost({...facts, installation: older}, [], null).release).toBe('4.0.0');
		expect(matrixOfHost(facts, [], null).undescribed).toEqual([novelty]);
		expect(matrixOfHost(facts, [], '4.0.0').undescribed).toEqual([]);
	});
});
