import {describe, expect, it} from 'vitest';
import type {BoardFacts, Facts} from '../../../../src/facts/facts.ts';
import {find, has, kvm, noFlags, virt} from '../find.ts';

const board = (changes: Partial<BoardFacts> = {}): BoardFacts => ({
	model: null,
	interruptController: null,
	pmu: null,
	threadsPerCore: null,
	...changes,
});
const arm = (changes: Partial<BoardFacts>, more: Partial<Facts> = {}): Partial<Facts> => ({
	machine: 'aarch64',
	board: board({interruptController: 'GICv3', pmu: true, ...changes}),
	...more,
});

describe('an arm64 board', () => {
	it('without a GIC is blocked', () => {
		expect(find('gic', arm({interruptController: 'other'}))).toMatchObject({severity: 'blocker', affects: 'all'});
		for (const name of ['GICv3', 'AIC', null]) expect(has('gic', arm({interruptController: name}))).toBe(false);
	});

	it('without a PMU, or as a VM, has QEMU’s cpu_features cleared', () => {
		const found = find('pmu', arm({pmu: false}));
		expect(found.severity).toBe('note');
		expect(found.all).toContain('The plan writes cpu_features = ""');
		expect(has('pmu', arm({}, {virt: virt()}))).toBe(true);
		expect(has('pmu', arm({}))).toBe(false);
		expect(has('pmu', arm({pmu: null}))).toBe(false);
		expect(has('pmu', {board: board({pmu: false}), virt: virt()})).toBe(false);
		expect(has('pmu', arm({pmu: false}, {kvm: kvm('missing', 'ENOENT')}))).toBe(false);
	});

	it('that could not be read is unknown', () => {
		const unread = [{probe: 'board', why: 'It failed.'}];
		expect(find('board', arm({}, {unread})).severity).toBe('unknown');
		expect(has('pmu', arm({pmu: false}, {unread}))).toBe(false);
		expect(has('board', {board: board(), unread})).toBe(false);
	});
});

describe('POWER', () => {
	const power = (model: string, threadsPerCore: number | null, more: Partial<Facts> = {}): Partial<Facts> => ({
		machine: 'ppc64le',
		cpu: {...noFlags, model, virtualization: 'hv'},
		board: board({threadsPerCore}),
		...more,
	});

	it('wants SMT off up to POWER8, on the machine itself', () => {
		expect(find('smt', power('POWER8 (raw), altivec supported', 8))).toMatchObject({
			severity: 'blocker',
			command: 'sudo ppc64_cpu --smt=off',
		});
		expect(has('smt', power('POWER8', 1))).toBe(false);
		expect(has('smt', power('POWER8', null))).toBe(false);
		expect(has('smt', power('POWER9, altivec supported', 4))).toBe(false);
		expect(has('smt', power('POWER10', 8))).toBe(false);
		expect(has('smt', power('POWER8', 8, {virt: virt()}))).toBe(false);
	});
});

describe('s390x', () => {
	const mainframe = (more: Partial<Facts>): Partial<Facts> => ({
		machine: 's390x',
		cpu: noFlags,
		kvm: kvm('missing', 'ENOENT'),
		board: board(),
		...more,
	});

	it('wants SIE, and no protected virtualization', () => {
		const found = find('sie', mainframe({}));
		expect(found.severity).toBe('warning');
		expect(found.all).toContain('Secure Execution (protected virtualization) is not needed');
		expect(has('sie', mainframe({cpu: {...noFlags, virtualization: 'sie'}}))).toBe(false);
		expect(has('sie', mainframe({virt: virt()}))).toBe(false);
	});
});
