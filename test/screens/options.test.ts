import {afterEach, describe, expect, it, vi} from 'vitest';
import {type FakeOptions, fakeSession} from './fake-session.ts';
import {plan} from './plan-fixtures.ts';
import {closeWizards, keys, openWizard, sizes} from './screen.ts';

vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

const left = '\u001B[D';
const right = '\u001B[C';

async function toHypervisor(options: FakeOptions = {}, size = {}) {
	const session = fakeSession(options);
	const wizard = openWizard(session, size);
	await wizard.until('choose the runtime');
	wizard.type('\r');
	await wizard.until('Which runtime');
	wizard.type('\r');
	await wizard.until('Which hypervisor');
	return {session, wizard};
}

describe('Options', () => {
	it('are nobody’s business who does not open them', async () => {
		const {session, wizard} = await toHypervisor();
		wizard.type('\r');
		await wizard.until('nothing is changed yet');
		expect(session.asked.options).toEqual([{}]);
	});

	it.each(sizes)(
		'are changed by the arrows, say what they do, and come into the plan at $columns x $rows',
		async size => {
			const {session, wizard} = await toHypervisor({}, size);
			wizard.type('o');
			const first = await wizard.until('What does a guest get?');
			expect(first).toMatch(/❯ vcpus +1/);
			expect(first).toContain('1 vCPU');
			wizard.type(`${right}${right}${left}`);
			const two = await wizard.until(/vcpus +2 \*/);
			expect(two).toContain('2 vCPUs');
			wizard.type(`${keys.down}${keys.down}\r`);
			expect(await wizard.until(/❯ debug +on \*/)).toContain('enable_debug');
			wizard.type(keys.escape);
			await wizard.until('Which hypervisor');
			wizard.type('\r');
			await wizard.until('nothing is changed yet');
			expect(session.asked.options).toEqual([{vcpus: 2, debug: true}]);
		},
	);

	it('that were set stand in the review', async () => {
		const choice = plan.choice && {...plan.choice, guestMemoryMiB: 4096, options: {debug: true}};
		const {wizard} = await toHypervisor({plan: {...plan, choice}});
		wizard.type('\r');
		expect(await wizard.until('nothing is changed yet')).toContain(
			'Guest     Guest memory 4096 MiB; Debug messages on',
		);
	});

	it('can be looked at where they are fixed, and not changed', async () => {
		const {session, wizard} = await toHypervisor();
		wizard.type(`o${keys.down}${keys.down}${keys.down}`);
		const fixed = await wizard.until(/❯ shared-fs/);
		expect(fixed).toContain('there is only this one here');
		expect(fixed).not.toContain('change');
		wizard.type(`${right}\r${keys.escape}`);
		await wizard.until('Which hypervisor');
		wizard.type('\r');
		await wizard.until('nothing is changed yet');
		expect(session.asked.options).toEqual([{}]);
	});

	it('lead back to Review with another plan, and to the same one where nothing was changed', async () => {
		const {session, wizard} = await toHypervisor();
		wizard.type('\r');
		await wizard.until('nothing is changed yet');
		wizard.type('o');
		await wizard.until('What does a guest get?');
		wizard.type(keys.escape);
		await wizard.until('nothing is changed yet');
		expect(session.asked.options).toHaveLength(1);
		wizard.type(`o${right}${keys.escape}`);
		await vi.waitFor(() => expect(session.asked.options).toEqual([{}, {vcpus: 2}]));
		await wizard.until('nothing is changed yet');
	});

	it('start from the flags, and go back to what holds by itself', async () => {
		const {session, wizard} = await toHypervisor({preset: {options: {vcpus: 3, rootless: true}}});
		wizard.type('o');
		await wizard.until(/vcpus +3 \*/);
		wizard.type('x');
		await wizard.until(/vcpus +1 /);
		wizard.type(keys.escape);
		await wizard.until('Which hypervisor');
		// Dragonball has no such option: what was set for QEMU is not asked of it.
		wizard.type(`${keys.down}${keys.down}\r`);
		await wizard.until('nothing is changed yet');
		expect(session.asked.options).toEqual([{}]);
		expect(session.asked.plans).toEqual([{runtime: 'rust', hypervisor: 'dragonball'}]);
	});
});
