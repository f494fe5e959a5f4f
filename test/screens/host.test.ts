import {afterEach, describe, expect, it, vi} from 'vitest';
import {paced} from '../../screens/paced.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {judge} from '../../src/facts/judge.ts';
import type {Early} from '../../src/facts/looked.ts';
import {adoptableFacts} from '../support/adoptable.ts';
import {fakeSession} from './fake-session.ts';
import {blockers, findings} from './fixtures.ts';
import {closeWizards, keys, openWizard} from './screen.ts';

vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

const many = (severity: Finding['severity'], count: number): Finding[] =>
	Array.from({length: count}, (_, index) => ({
		...(findings[0] as Finding),
		id: `${severity}-${index}`,
		severity,
		label: `${severity} ${index}`,
	}));

describe('Host', () => {
	it.each([
		{columns: 80, rows: 24},
		{columns: 60, rows: 20},
	])('keeps every blocker in sight at $columns x $rows, wherever the cursor is', async size => {
		const found = [...blockers.filter(({severity}) => severity === 'blocker'), ...many('warning', 30)];
		const wizard = openWizard(fakeSession({findings: found}), size);
		await wizard.until('✖ Engine');
		for (const to of ['G', 'g', ...Array<string>(12).fill(keys.down)]) {
			wizard.type(to);
			const frame = await wizard.until(/❯/);
			expect(frame).toContain('✖ KVM');
			expect(frame).toContain('✖ Engine');
		}
		wizard.type('G');
		const end = await wizard.until('❯ ! warning 29');
		expect(end).toContain('✖ KVM');
		expect(end).toMatch(/more above/);
	});

	it('opens what can run, and what is fine', async () => {
		const wizard = openWizard(fakeSession());
		await wizard.until('What can run here: 5 of 10 pairs; best rust with QEMU');
		wizard.type(`${keys.down}\r`);
		const outlook = await wizard.until('With the go runtime');
		expect(outlook).toMatch(/✔ QEMU +runs with these changes: loads the kernel/);
		expect(outlook).toContain('Recommended: rust with QEMU');
		expect(outlook).toContain("Kata's own default since 4.0.0");
		wizard.type(keys.escape);
		await wizard.until('Also fine');
		wizard.type('G\r');
		const fine = await wizard.until('Root: sudo, with a password');
		expect(fine).toContain('Read: /proc');
		expect(fine).not.toContain('containerd 1.7.27');
	});

	it('shows what is found while a probe hangs, and says what is awaited', async () => {
		let resolve = () => {};
		const promise = new Promise<void>(done => {
			resolve = done;
		});
		const early: Early = {findings: blockers.slice(0, 1), pending: ['containerd', 'kata']};
		const session = fakeSession({
			whileLooking: async onEarly => {
				onEarly(early);
				await promise;
			},
		});
		const wizard = openWizard(session);
		const frame = await wizard.until('Still looking at: containerd, Kata');
		expect(frame).toContain('✖ KVM        /dev/kvm does not exist');
		resolve();
		const whole = await wizard.until('This host can run');
		expect(whole).not.toContain('Still looking');
	});

	it('looks again on a key', async () => {
		const session = fakeSession();
		const wizard = openWizard(session);
		await wizard.until('choose the runtime');
		wizard.type('a');
		await vi.waitFor(() => expect(session.asked.gathered).toBe(2));
		await wizard.until('choose the runtime');
	});
});

describe('what comes faster than a line can draw', () => {
	it('is passed on at its pace, the latest only, and not after the end', () => {
		vi.useFakeTimers();
		try {
			const passed: number[] = [];
			const {say, end} = paced<number>(250, value => passed.push(value));
			say(1);
			say(2);
			expect(passed).toEqual([]);
			vi.advanceTimersByTime(250);
			expect(passed).toEqual([2]);
			vi.advanceTimersByTime(500);
			expect(passed).toEqual([2]);
			say(3);
			end();
			vi.advanceTimersByTime(500);
			expect(passed).toEqual([2]);
		} finally {
			vi.useRealTimers();
		}
	});

	it('offers to adopt a Kata that may be adopted, shows its plan, and leads back', async () => {
		const facts = adoptableFacts();
		const session = fakeSession({facts, findings: blockers});
		const wizard = openWizard(session);
		const shown = await wizard.until(/❯ Adopt the Kata at \/opt\/kata[\s\S]*see the plan/);
		// It cannot run one without KVM either.
		expect(shown).toContain('cannot run Kata Containers as it is');
		wizard.type('\r');
		await wizard.until('i adopt now');
		expect(session.asked.plans).toEqual(['adopt']);
		wizard.type(keys.escape);
		await wizard.until('❯ Adopt the Kata');
	});

	it('says that another Kata is here where nothing else is in the way', async () => {
		const taken = judge(adoptableFacts()).filter(({severity, id}) => severity !== 'blocker' || id === 'existing-kata');
		expect(taken.some(({id}) => id === 'existing-kata')).toBe(true);
		const wizard = openWizard(fakeSession({facts: adoptableFacts(), findings: taken}));
		await wizard.until('Another Kata is here already');
	});

	it('does not offer to adopt what belongs to a package', async () => {
		const wizard = openWizard(fakeSession({facts: adoptableFacts({owner: 'package'}), findings: blockers}));
		expect(await wizard.until('Rehearse the whole journey')).not.toContain('Adopt');
	});
});
