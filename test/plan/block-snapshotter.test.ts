import {describe, expect, it} from 'vitest';
import {makeChangePlan} from '../../src/cli/change.ts';
import type {Context} from '../../src/cli/context.ts';
import {parseInvocation} from '../../src/cli/parse.ts';
import type {ContainerdFacts, Facts} from '../../src/facts/facts.ts';
import type {Choice} from '../../src/plan/choice.ts';
import {planInstall} from '../../src/plan/install.ts';
import {containerdSteps, smokeSteps} from '../../src/plan/parts/engine.ts';
import type {Step, StepKind, StepOf} from '../../src/plan/plan.ts';
import {sampleChoice, sampleContainerd, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';
import {refusal} from '../support/refusal.ts';

const firecracker = (changes: Partial<Choice> = {}): Choice =>
	sampleChoice({runtime: 'go', hypervisor: 'firecracker', ...changes});

function planned(
	choice: Choice,
	changes: Partial<ContainerdFacts> = {},
	tools: Facts['blockTools'] = {mkfsExt4: '/usr/sbin/mkfs.ext4', loop: true},
): {steps: Step[]; notes: string[]} {
	const containerd = sampleContainerd(changes);
	const facts: Facts = sampleFacts({
		containerd: [containerd],
		blockTools: tools,
	});
	const notes: string[] = [];
	const steps = [
		...containerdSteps(facts, choice, containerd, notes),
		...smokeSteps(facts, choice, containerd, '/opt/kata-setup/trees/x', notes),
	];
	return {steps, notes};
}

const argsOf = <K extends StepKind>(steps: readonly Step[], kind: K): StepOf<K>['args'] | undefined =>
	(steps.find(step => step.kind === kind) as StepOf<K> | undefined)?.args;

describe('Firecracker’s block snapshotter', () => {
	it('is set up before containerd is told of it, and the smoke test uses it', () => {
		const {steps, notes} = planned(firecracker());
		expect(steps.map(({kind}) => kind)).toEqual(['make-directory', 'scratch-file', 'containerd-config', 'smoke-test']);
		expect(argsOf(steps, 'scratch-file')).toMatchObject({bytes: 2 ** 30, mkfs: '/usr/sbin/mkfs.ext4'});
		expect(argsOf(steps, 'containerd-config')?.snapshotter).toMatchObject({name: 'blockfile'});
		expect(argsOf(steps, 'containerd-config')?.edits[0]?.after).toContain('runtime_platforms.kata');
		expect(argsOf(steps, 'smoke-test')?.snapshotter).toBe('blockfile');
		expect(notes.join('\n')).toContain('--blockfile-size');
	});

	it('is left as found where one works already', () => {
		const {steps} = planned(firecracker(), {snapshotters: {devmapper: 'ok', blockfile: 'skip'}});
		expect(argsOf(steps, 'scratch-file')).toBeUndefined();
		expect(argsOf(steps, 'containerd-config')?.snapshotter).toEqual({name: 'devmapper', setUp: null});
		expect(argsOf(steps, 'smoke-test')?.snapshotter).toBe('devmapper');
	});

	it('is not proven while containerd is not restarted, and that is said', () => {
		const {steps, notes} = planned(firecracker({restartEngine: false}));
		expect(argsOf(steps, 'smoke-test')).toBeUndefined();
		expect(notes.join('\n')).toContain('only when it starts');
	});

	it('takes a size in whole GiB within limits, and none for another hypervisor', () => {
		expect(argsOf(planned(firecracker({blockfileGiB: 4})).steps, 'scratch-file')?.bytes).toBe(4 * 2 ** 30);
		for (const blockfileGiB of [0, 1.5, 17]) expect(() => planned(firecracker({blockfileGiB}))).toThrow('whole number');
		expect(() => planned(sampleChoice({blockfileGiB: 2}))).toThrow('Firecracker alone');
	});

	it('goes with Firecracker: a switch to another hypervisor is not refused for the size that was asked for', async () => {
		const host = new PlayedHost(sampleFacts({blockTools: {mkfsExt4: '/usr/sbin/mkfs.ext4', loop: true}}));
		host.apply(planInstall(host.facts, firecracker({blockfileGiB: 4}), {rehearsal: false}));
		const {flags} = parseInvocation(['switch', '--yes'], {});
		const context = {flags, rehearsalRoot: null} as unknown as Context;
		const plan = await makeChangePlan(context, host.facts, 'switch', {runtime: 'go', hypervisor: 'qemu'});
		expect(plan.steps.map(({kind}) => kind)).toContain('link');
		expect(plan.choice).not.toHaveProperty('blockfileGiB');
	});

	it('keeps the size of the file that is there, says so, and refuses another', () => {
		const tools = {mkfsExt4: '/usr/sbin/mkfs.ext4', loop: true, scratchBytes: 4 * 2 ** 30};
		const notes = planned(firecracker(), {}, tools).notes.join('\n');
		expect(notes).toContain('a file of 4 GiB');
		expect(notes).toContain('which an earlier run made');
		expect(() => planned(firecracker({blockfileGiB: 4}), {}, tools)).not.toThrow();
		for (const changes of [{}, {snapshotters: {blockfile: 'ok'}}]) {
			const {exit, why, remedy} = refusal(() => planned(firecracker({blockfileGiB: 2}), changes, tools));
			expect(exit).toBe('host');
			expect(why).toContain('4 GiB');
			expect(remedy.join()).toContain('--blockfile-size 2');
		}
	});

	it('refuses a size for a snapshotter that somebody else set up', () => {
		const {why} = refusal(() => planned(firecracker({blockfileGiB: 2}), {snapshotters: {devmapper: 'ok'}}));
		expect(why).toContain('devmapper works already');
		expect(() => planned(firecracker(), {snapshotters: {devmapper: 'ok'}})).not.toThrow();
	});

	describe('where containerd has no blockfile', () => {
		const thinPool = {
			dmsetup: '/usr/sbin/dmsetup',
			losetup: '/usr/sbin/losetup',
			blkdiscard: '/usr/sbin/blkdiscard',
			module: 'loadable',
		} as const;
		const tools = {mkfsExt4: '/usr/sbin/mkfs.ext4', loop: true, thinPool};
		const without = {snapshotters: {overlayfs: 'ok', devmapper: 'skip'}};

		it('is devmapper, whose pool is there at every boot before containerd is, and which the review explains', () => {
			const {steps, notes} = planned(firecracker(), without, tools);
			expect(steps.map(({id}) => id.replace(/^make-directory:.*$/, 'folder'))).toEqual([
				'folder',
				'thin-pool:kata-setup-pool',
				'write-file:/var/lib/kata-setup/devmapper/pool',
				'write-file:/var/lib/kata-setup/devmapper/containerd.toml',
				'write-file:/etc/systemd/system/kata-setup-devmapper.service',
				'folder',
				'link:/etc/systemd/system/containerd.service.wants/kata-setup-devmapper.service',
				'start-unit:kata-setup-devmapper.service',
				'containerd-config:kata',
				'smoke-test:go-firecracker',
			]);
			expect(argsOf(steps, 'thin-pool')).toMatchObject({data: {bytes: 20 * 2 ** 30}, metadata: {bytes: 205 * 2 ** 20}});
			expect(argsOf(steps, 'containerd-config')?.snapshotter).toMatchObject({
				name: 'devmapper',
				setUp: {poolName: 'kata-setup-pool', baseImageSize: '10GiB'},
			});
			expect(argsOf(steps, 'smoke-test')?.snapshotter).toBe('devmapper');
			expect(notes.join('\n')).toMatch(/pool of 20 GiB.*no more than 10 GiB.*--pool-size/);
			expect(notes.join('\n')).toContain('Should it fail, containerd starts without that snapshotter');
		});

		it('takes half of what is free at most, unless another size is asked for that fits', () => {
			const on = (freeGiB: number, choice = firecracker()) => {
				const containerd = sampleContainerd(without);
				const space = sampleFacts().space.map(one => ({
					...one,
					path: '/var/lib/kata-setup',
					freeBytes: freeGiB * 2 ** 30,
				}));
				const facts = sampleFacts({containerd: [containerd], blockTools: tools, space});
				return containerdSteps(facts, choice, containerd, []);
			};
			expect(argsOf(on(21), 'thin-pool')?.data.bytes).toBe(10 * 2 ** 30);
			expect(argsOf(on(5), 'thin-pool')?.data.bytes).toBe(4 * 2 ** 30);
			expect(argsOf(on(21, firecracker({poolGiB: 20})), 'thin-pool')?.data.bytes).toBe(20 * 2 ** 30);
			const {exit, why, remedy} = refusal(() => on(21, firecracker({poolGiB: 21})));
			expect(exit).toBe('host');
			expect(why).toContain('20 GiB may be taken in /var/lib/kata-setup');
			expect(remedy.join()).toContain('--pool-size 20');
		});

		it('keeps the size of the pool that is there', () => {
			const there = {...tools, thinPool: {...thinPool, dataBytes: 6 * 2 ** 30}};
			expect(argsOf(planned(firecracker(), without, there).steps, 'thin-pool')?.data.bytes).toBe(6 * 2 ** 30);
			expect(refusal(() => planned(firecracker({poolGiB: 8}), without, there)).why).toContain('6 GiB');
		});

		it('refuses a size that is none, or that is of another snapshotter', () => {
			for (const poolGiB of [3, 4.5, 5000])
				expect(() => planned(firecracker({poolGiB}), without, tools)).toThrow('whole number');
			expect(() => planned(sampleChoice({poolGiB: 8}), without, tools)).toThrow('Firecracker alone');
			expect(refusal(() => planned(firecracker({poolGiB: 8}))).why).toContain('has blockfile');
			expect(refusal(() => planned(firecracker({poolGiB: 8}), {snapshotters: {devmapper: 'ok'}})).why).toContain(
				'works already',
			);
			expect(refusal(() => planned(firecracker({blockfileGiB: 2}), without, tools)).remedy.join()).toContain(
				'--pool-size',
			);
		});
	});

	it('is nothing that another hypervisor gets', () => {
		const {steps} = planned(sampleChoice());
		expect(steps.map(({kind}) => kind)).toEqual(['containerd-config', 'smoke-test']);
		expect(argsOf(steps, 'containerd-config')).not.toHaveProperty('snapshotter');
	});
});
