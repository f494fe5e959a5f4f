import {describe, expect, it} from 'vitest';
import type {ContainerdFacts, Facts} from '../../src/facts/facts.ts';
import type {Choice} from '../../src/plan/choice.ts';
import {containerdSteps, smokeSteps} from '../../src/plan/parts/engine.ts';
import type {Step, StepKind, StepOf} from '../../src/plan/plan.ts';
import {sampleChoice, sampleContainerd, sampleFacts} from '../support/facts.ts';
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

	it('keeps the size of the file that is there, says so, and refuses another', () => {
		const tools = {mkfsExt4: '/usr/sbin/mkfs.ext4', loop: true, scratchBytes: 4 * 2 ** 30};
		const notes = planned(firecracker(), {}, tools).notes.join('\n');
		expect(notes).toContain('a file of 4.3 GB');
		expect(notes).toContain('which an earlier run made');
		expect(() => planned(firecracker({blockfileGiB: 4}), {}, tools)).not.toThrow();
		for (const changes of [{}, {snapshotters: {blockfile: 'ok'}}]) {
			const {exit, why, remedy} = refusal(() => planned(firecracker({blockfileGiB: 2}), changes, tools));
			expect(exit).toBe('host');
			expect(why).toContain('4.3 GB');
			expect(remedy.join()).toContain('--blockfile-size 2');
		}
	});

	it('refuses a size for a snapshotter that somebody else set up', () => {
		const {why} = refusal(() => planned(firecracker({blockfileGiB: 2}), {snapshotters: {devmapper: 'ok'}}));
		expect(why).toContain('devmapper works already');
		expect(() => planned(firecracker(), {snapshotters: {devmapper: 'ok'}})).not.toThrow();
	});

	it('is nothing that another hypervisor gets', () => {
		const {steps} = planned(sampleChoice());
		expect(steps.map(({kind}) => kind)).toEqual(['containerd-config', 'smoke-test']);
		expect(argsOf(steps, 'containerd-config')).not.toHaveProperty('snapshotter');
	});
});
