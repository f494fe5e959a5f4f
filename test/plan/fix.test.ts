import {describe, expect, it} from 'vitest';
import type {DeviceFacts, Facts, InstallationFacts} from '../../src/facts/facts.ts';
import {hashHolds} from '../../src/plan/finish.ts';
import {planFix} from '../../src/plan/fix.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {modules} from '../facts/findings/machine/modules.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';

const ours = '/etc/modules-load.d/kata-setup.conf';
const fix = (changes: Partial<Facts> = {}) => planFix(sampleFacts(changes), {rehearsal: false});
const install = (changes: Partial<Facts>, hypervisor: 'qemu' | 'dragonball' = 'qemu') =>
	planInstall(sampleFacts(changes), sampleChoice({hypervisor}), {rehearsal: false});

const loaded = ({steps}: Plan): string[] =>
	steps.flatMap(step => (step.kind === 'load-module' ? [`${step.args.module} for ${step.args.device}`] : []));
/** The modules that our file would hold; null: it is not written. */
const written = ({steps}: Plan): string[] | null => {
	const step = steps.find(({id}) => id === `write-file:${ours}`);
	return step?.kind === 'write-file'
		? (step.args.content ?? '').split('\n').filter(line => line && !line.startsWith('#'))
		: null;
};

const device = (path: string, module: string, changes: Partial<DeviceFacts> = {}): DeviceFacts => ({
	path,
	module,
	state: 'ok',
	moduleState: 'loaded',
	...changes,
});
const allLoaded = [device('/dev/vhost-vsock', 'vhost_vsock'), device('/dev/vhost-net', 'vhost_net')];
const installation: InstallationFacts = {
	version: '4.1.0',
	runtime: 'rust',
	hypervisor: 'qemu',
	tree: 'kata-setup/trees/t',
	handler: 'kata',
	unfinishedRun: null,
	sequence: 9,
};
const kvmMissing: Facts['kvm'] = {
	...sampleFacts().kvm,
	state: 'missing',
	error: 'ENOENT',
	module: {name: 'kvm_amd', state: 'loadable'},
};

describe('planFix', () => {
	it('loads what is missing and has all that is needed loaded at boot', () => {
		const plan = fix();
		expect(loaded(plan)).toEqual(['vhost_vsock for /dev/vhost-vsock']);
		expect(written(plan)).toEqual(['vhost_vsock', 'vhost_net']);
		expect(plan.steps.map(({kind}) => kind)).toEqual(['load-module', 'make-directory', 'write-file']);
		expect(plan).toMatchObject({verb: 'fix', choice: null, command: 'kata-setup check --fix --yes'});
		expect(plan && hashHolds(plan)).toBe(true);
	});

	it('needs root, this machine, and the receipt that was read', () => {
		const pre = fix({sequence: 4})?.steps[0]?.pre;
		expect(pre).toContainEqual({kind: 'root'});
		expect(pre).toContainEqual({kind: 'machine', machine: 'x86_64'});
		expect(pre).toContainEqual({kind: 'sequence', sequence: 4});
	});

	it('has nothing to do where all is loaded', () => {
		expect(fix({devices: allLoaded}).steps).toEqual([]);
	});

	it('has the file written again for an installation that needs it', () => {
		expect(written(fix({devices: allLoaded, modules: modules(), installation}))).toEqual(['vhost_vsock', 'vhost_net']);
		const atBoot = ['vhost_vsock', 'vhost_net'].map(module => ({module, path: ours}));
		expect(fix({devices: allLoaded, modules: modules({atBoot}), installation}).steps).toEqual([]);
	});

	it('loads no vhost_vsock for an installation without QEMU', () => {
		expect(
			fix({
				installation: {...installation, hypervisor: 'dragonball'},
				modules: modules({atBoot: [{module: 'vhost_net', path: ours}]}),
			}).steps,
		).toEqual([]);
	});

	it('leaves alone what would be refused', () => {
		expect(fix({modules: modules({loadingDisabled: true})}).steps).toEqual([]);
		expect(fix({modules: modules({permitted: false})}).steps).toEqual([]);
		const line = 'install vhost_vsock /bin/false';
		const rules = [
			{for: 'vhost_vsock', module: 'vhost_vsock', stops: 'loading', path: '/etc/modprobe.d/x.conf', line} as const,
		];
		expect(fix({modules: modules({rules})}).steps).toEqual([]);
	});

	it('loads KVM’s module where that alone is missing', () => {
		expect(loaded(fix({kvm: kvmMissing, devices: allLoaded}))).toEqual(['kvm_amd for /dev/kvm']);
		expect(written(fix({kvm: kvmMissing, devices: allLoaded}))).toEqual(['kvm_amd', 'vhost_vsock', 'vhost_net']);
		const without = {...sampleFacts().cpu, virtualization: null};
		expect(fix({kvm: kvmMissing, devices: allLoaded, cpu: without}).steps).toEqual([]);
		expect(fix({kvm: {...kvmMissing, state: 'busy'}, devices: allLoaded}).steps).toEqual([]);
		expect(fix({kvm: {...kvmMissing, module: {name: 'kvm_amd', state: 'absent'}}, devices: allLoaded}).steps).toEqual(
			[],
		);
	});

	it('never loads Microsoft’s', () => {
		const mshv = device('/dev/mshv', 'mshv_root', {state: 'not-loaded', moduleState: 'loadable'});
		expect(fix({devices: [mshv]}).steps).toEqual([]);
	});
});

describe('an install', () => {
	it('loads KVM’s module too', () => {
		expect(loaded(install({kvm: kvmMissing}))).toEqual(['kvm_amd for /dev/kvm', 'vhost_vsock for /dev/vhost-vsock']);
	});

	it('over a fixed host rests on its receipt and leaves the file as it is', () => {
		const atBoot = ['kvm_amd', 'vhost_vsock', 'vhost_net'].map(module => ({module, path: ours}));
		const fixed = {devices: allLoaded, modules: modules({atBoot}), sequence: 7};
		const plan = install(fixed, 'dragonball');
		expect(loaded(plan)).toEqual([]);
		expect(written(plan)).toBeNull();
		expect(plan.steps[0]?.pre).toContainEqual({kind: 'sequence', sequence: 7});
	});

	it('adds to our file what it lacks, and keeps the rest', () => {
		const atBoot = [
			{module: 'kvm_amd', path: ours},
			{module: 'vhost_net', path: '/etc/modules'},
		];
		expect(written(install({devices: allLoaded, modules: modules({atBoot})}))).toEqual([
			'kvm_amd',
			'vhost_vsock',
			'vhost_net',
		]);
	});
});
