import {describe, expect, it} from 'vitest';
import type {KataProcessFacts} from '../../src/facts/kata-facts.ts';
import {planInstall} from '../../src/plan/install.ts';
import {sandboxesFrom, sandboxesOf, sandboxLine} from '../../src/plan/parts/sandboxes.ts';
import {planUndo} from '../../src/plan/undo.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';

const rehearsal = false;
const tree = '/opt/kata-setup/trees/4.1.0-rust-0123456789ab';
let pids = 10;
const one = (kind: KataProcessFacts['kind'], sandbox: string | null, more: Partial<KataProcessFacts> = {}) => {
	const programs = {
		shim: 'containerd-shim-kata-v2',
		hypervisor: 'qemu-system-x86_64',
		virtiofsd: 'virtiofsd',
		other: 'x',
	};
	pids += 1;
	return {pid: pids, kind, program: programs[kind], tree, deleted: false, sandbox, ...more};
};
const wordsOf = (processes: KataProcessFacts[], trees = [tree]): string[] =>
	sandboxesFrom(processes, trees).map(sandbox => sandboxLine(sandbox).replace(/process \d+/, 'process N'));

describe('running sandboxes', () => {
	it('are their processes taken together, named by the one that holds the VM', () => {
		const processes = [one('shim', 'aa', {vm: false}), one('hypervisor', 'aa'), one('virtiofsd', 'aa')];
		expect(wordsOf(processes)).toEqual(['aa: qemu-system-x86_64 of 4.1.0-rust-0123456789ab, process N']);
		expect(sandboxesFrom(processes, [tree])[0]?.pid).toBe(processes[1]?.pid);
		expect(sandboxesOf({kataProcesses: processes})).toEqual(['1 with qemu-system-x86_64 of 4.1.0-rust-0123456789ab']);
	});

	it('are counted where the shim is the VMM: Dragonball', () => {
		const processes = [one('shim', 'aa', {vm: true}), one('shim', 'bb', {vm: true})];
		expect(sandboxesOf({kataProcesses: processes})).toEqual(['2 with dragonball of 4.1.0-rust-0123456789ab']);
		expect(wordsOf(processes)[0]).toBe('aa: dragonball of 4.1.0-rust-0123456789ab, process N');
	});

	it('are in the way when only a part of them is left, but are no running VM then', () => {
		const left = [one('shim', 'aa', {vm: false}), one('virtiofsd', 'bb'), one('hypervisor', null)];
		expect(wordsOf(left)).toEqual([
			'aa: containerd-shim-kata-v2 of 4.1.0-rust-0123456789ab, process N, without a VM',
			'bb: virtiofsd of 4.1.0-rust-0123456789ab, process N, without a VM',
			'unknown id: qemu-system-x86_64 of 4.1.0-rust-0123456789ab, process N',
		]);
		expect(sandboxesOf({kataProcesses: left})).toHaveLength(1);
	});

	it('are in the way by any process of theirs: a jailed Firecracker’s program lies in its jail', () => {
		const jailed = [
			one('shim', 'aa', {vm: false}),
			one('hypervisor', 'aa', {program: 'firecracker', tree: '/run/vc/firecracker/aa/root'}),
		];
		expect(wordsOf(jailed)).toEqual(['aa: firecracker of 4.1.0-rust-0123456789ab, process N']);
		expect(wordsOf(jailed, ['/opt/kata-setup/trees/4.2.0'])).toEqual([]);
	});

	it('of other trees, tools and our own smoke test are not in the way', () => {
		const test = {namespace: 'kata-setup', vm: true};
		const harmless = [
			one('shim', 'aa', {tree: '/opt/kata'}),
			one('other', null),
			one('shim', 'cc', test),
			one('hypervisor', 'kata-setup-smoke-0a1b'),
		];
		expect(wordsOf(harmless)).toEqual([]);
	});
});

describe('what takes a release away', () => {
	it('asks that no sandbox runs from it, and its plan names those that do', () => {
		const host = new PlayedHost(sampleFacts());
		const install = planInstall(host.facts, sampleChoice({runtime: 'rust', hypervisor: 'qemu'}), {rehearsal});
		host.apply(install);
		const ours = host.facts.installation?.trees?.[0]?.path as string;
		const cut = new PlayedHost(sampleFacts());
		const unpack = install.steps.findIndex(({kind}) => kind === 'unpack-tree');
		cut.applyPart(install, unpack + 2);
		for (const [made, of] of [
			[planUninstall, host],
			[planUndo, cut],
		] as const) {
			const facts = {...of.facts, kataProcesses: [one('hypervisor', 'aa', {tree: ours})]};
			const {steps, notes} = made(facts, of.receipt, {rehearsal});
			expect(steps.flatMap(({pre}) => pre)).toContainEqual({kind: 'no-sandboxes', tree: ours});
			expect(notes[0]).toMatch(/^Nothing is removed while sandboxes run from it: aa: qemu-system-x86_64 of 4/);
			expect(made(of.facts, of.receipt, {rehearsal}).notes[0]).not.toContain('sandboxes');
		}
	});
});
