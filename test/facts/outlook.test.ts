import {describe, expect, it} from 'vitest';
import {hypervisors, type Pair, pairName, runtimes} from '../../src/catalogue/catalogue.ts';
import {defaultGuestMemory, fittingGuestMemory} from '../../src/catalogue/guest-memory.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {finding} from '../../src/facts/findings/judgement.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {judge} from '../../src/facts/judge.ts';
import {exitOf, type Outlook, outlookOf, type PairOutlook} from '../../src/facts/outlook.ts';
import {planInstall} from '../../src/plan/install.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {kvm} from './findings/find.ts';

const vsock = (moduleState: 'loadable' | 'absent'): Partial<Facts> => ({
	devices: [{path: '/dev/vhost-vsock', state: 'ENOENT', module: 'vhost_vsock', moduleState}],
});
const loaded: Partial<Facts> = {
	devices: [{path: '/dev/vhost-vsock', state: 'ok', module: 'vhost_vsock', moduleState: 'loaded'}],
};
const noKvm: Partial<Facts> = {kvm: kvm('missing', 'ENOENT')};

/** The outlook of the sample's host with these changes, and with these findings beside those that it has. */
function outlook(changes: Partial<Facts> = {}, ...more: Finding[]): Outlook & {findings: Finding[]} {
	const facts = sampleFacts(changes);
	const findings = [...judge(facts), ...more];
	return {...outlookOf(facts, findings), findings};
}

const pairIn = ({pairs}: Outlook, name: string): PairOutlook => {
	const found = pairs.find(pair => pairName(pair) === name);
	if (!found) throw new Error(`no ${name}`);
	return found;
};

const qemu: Pair[] = [
	{runtime: 'rust', hypervisor: 'qemu'},
	{runtime: 'go', hypervisor: 'qemu'},
];

describe('the outlook', () => {
	it('has every runtime with every hypervisor, in the catalogue’s order', () => {
		expect(outlook().pairs.map(pairName)).toEqual(
			runtimes.flatMap(runtime => hypervisors.map(hypervisor => pairName({runtime, hypervisor}))),
		);
	});

	it('tells apart what runs, what runs with changes, and what will not run', () => {
		const good = outlook({...vsock('loadable')});
		expect(pairIn(good, 'rust-cloud-hypervisor')).toMatchObject({outlook: 'runs', changes: [], reasons: []});
		expect(pairIn(good, 'rust-qemu')).toMatchObject({
			outlook: 'changes',
			changes: ['loads the kernel module vhost_vsock'],
			reasons: [],
		});
		expect(pairIn(good, 'go-dragonball')).toMatchObject({outlook: 'no', changes: []});
		expect(pairIn(good, 'go-dragonball').reasons.join()).toContain('choose rust');
		expect(pairIn(outlook(loaded), 'rust-qemu').outlook).toBe('runs');
	});

	it('gives the findings in the way as reasons of every pair that could be chosen otherwise', () => {
		const found = outlook(noKvm);
		for (const {outlook: state, recommended, reasons} of found.pairs) {
			expect(state).toBe('no');
			expect(recommended).toBe(false);
			expect(reasons).not.toEqual([]);
		}
		expect(pairIn(found, 'rust-qemu').reasons).toEqual([expect.stringMatching(/^KVM: .*\/dev\/kvm/)]);
		expect(pairIn(found, 'go-dragonball').reasons.join()).toContain('choose rust');
		expect(found.recommendation).toBeNull();
	});

	it('says no where a blocker is of this pair alone', () => {
		const found = outlook(vsock('absent'));
		expect(pairIn(found, 'go-qemu')).toMatchObject({outlook: 'no', changes: []});
		expect(pairIn(found, 'rust-cloud-hypervisor').outlook).toBe('runs');
	});

	it('leaves open what decides and could not be told, and nothing else', () => {
		const unknown = (id: string, affects: Finding['affects'] = 'all') =>
			outlook(loaded, finding({id, label: id, severity: 'unknown', summary: 'could not be read', affects}));
		expect(pairIn(unknown('kvm'), 'rust-qemu')).toMatchObject({
			outlook: 'unknown',
			reasons: ['kvm: could not be read'],
		});
		expect(pairIn(unknown('root'), 'rust-qemu').outlook).toBe('runs');
		expect(pairIn(unknown('vhost-vsock', qemu), 'rust-qemu').outlook).toBe('unknown');
		expect(pairIn(unknown('vhost-vsock', qemu), 'rust-dragonball').outlook).toBe('runs');
	});

	it('keeps the warnings of single pairs as doubts of these', () => {
		const doubt = finding({id: 'x', label: 'X', severity: 'warning', summary: 'odd', affects: qemu});
		const found = outlook(loaded, doubt, {...doubt, affects: 'all', summary: 'of all'});
		expect(pairIn(found, 'go-qemu').doubts).toEqual(['X: odd']);
		expect(pairIn(found, 'rust-dragonball').doubts).toEqual([]);
	});

	it.each([
		['a host without vhost_vsock', vsock('loadable')],
		['a host with everything', loaded],
		['a VM', {virt: {isGuest: true, hypervisor: 'kvm', container: null, source: 'systemd-detect-virt'}}],
		['a small host', {memory: {totalBytes: 1e9, availableBytes: 7e8, shm: {totalBytes: 5e8, freeBytes: 5e8}}}],
	] as [string, Partial<Facts>][])('promises of %s exactly what the plan does', (_, changes) => {
		const facts = sampleFacts(changes);
		for (const pair of outlookOf(facts, judge(facts)).pairs) {
			if (pair.outlook === 'no') continue;
			const {release} = sampleChoice();
			const {runtime, hypervisor} = pair;
			const archives = release.archives.map(archive => ({...archive, carries: [runtime]}));
			const {mib} = fittingGuestMemory(facts, hypervisor);
			const smaller = mib === defaultGuestMemory ? {} : {guestMemoryMiB: mib};
			const choice = sampleChoice({runtime, hypervisor, release: {...release, archives}, ...smaller});
			const {steps} = planInstall(facts, choice, {rehearsal: false});
			const loads = steps.flatMap(step => (step.kind === 'load-module' ? [step.args.module] : []));
			for (const module of loads) expect(pair.changes.join(), pairName(pair)).toContain(module);
			expect(pair.changes.filter(change => change.includes('kernel module'))).toHaveLength(loads.length);
			const dropIn = steps.some(step => step.id.endsWith('10-kata-setup.toml'));
			const scratch = steps.filter(({kind}) => kind === 'scratch-file').length;
			expect(pair.changes.filter(change => change.includes('blockfile'))).toHaveLength(scratch);
			expect(pair.changes.length > loads.length + scratch, pairName(pair)).toBe(dropIn);
		}
	});
});

describe('the recommendation', () => {
	it('is the release’s own default, and says so', () => {
		expect(outlook(loaded).recommendation).toEqual({
			pair: qemu[0],
			reasons: ["Kata's own default since 4.0.0", 'nothing on this host has to be changed for it'],
		});
		expect(outlookOf(sampleFacts(loaded), [], '3.32.0').recommendation).toMatchObject({
			pair: qemu[1],
			reasons: ["Kata's own default before 4.0.0", expect.any(String)],
		});
	});

	it('says why another one was passed over', () => {
		const {recommendation} = outlook(vsock('absent'));
		expect(recommendation?.pair).toEqual({runtime: 'rust', hypervisor: 'cloud-hypervisor'});
		expect(recommendation?.reasons[0]).toMatch(/^rust with QEMU will not run: .*vhost-vsock/);
		expect(recommendation?.reasons).toHaveLength(2);
	});

	it('says that guests would be small where /dev/shm makes them so', () => {
		const {recommendation} = outlook({
			...loaded,
			memory: {totalBytes: 32e9, availableBytes: 28e9, shm: {totalBytes: 8e8, freeBytes: 8e8}},
		});
		expect(recommendation?.pair.hypervisor).toBe('cloud-hypervisor');
		expect(recommendation?.reasons[0]).toMatch(/^rust with QEMU would have small guests: .*\/dev\/shm/);
	});
});

describe('the exit code of check', () => {
	const exit = (changes: Partial<Facts>, ...more: Finding[]) => {
		const {findings, ...found} = outlook(changes, ...more);
		return exitOf(found, findings);
	};
	const of = (severity: Finding['severity'], id = 'nested', affects: Finding['affects'] = 'all') =>
		finding({id, label: id, severity, summary: 's', affects});

	it.each([
		['a good host', {}, [], 'ok'],
		['a note', {}, [of('note')], 'ok'],
		['a warning', {}, [of('warning')], 'warnings'],
		['a blocker of one hypervisor', vsock('absent'), [], 'warnings'],
		['what could not be told and decides nothing', {}, [of('unknown')], 'ok'],
		['what could not be told and decides all', {}, [of('unknown', 'kvm')], 'warnings'],
		['what could not be told and decides of QEMU alone', {}, [of('unknown', 'vhost-vsock', qemu)], 'ok'],
		['a blocker', noKvm, [], 'host'],
		['a machine without a release', {machine: 'riscv64'}, [], 'host'],
		['a user who cannot become root', {privileges: {uid: 1000, user: 'ops', root: 'none'}}, [], 'ok'],
	] as [string, Partial<Facts>, Finding[], string][])('of %s', (_, changes, more, name) => {
		expect(exit(changes, ...more)).toBe(name);
	});
});
