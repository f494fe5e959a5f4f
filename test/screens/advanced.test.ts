/** Advanced as a person sees it: every variant with its whole story, and what is taken there. */
import {afterEach, describe, expect, it, vi} from 'vitest';
import {allAvailability} from '../../src/catalogue/availability.ts';
import type {Runtime} from '../../src/catalogue/catalogue.ts';
import {variantsHere} from '../../src/catalogue/variants-here.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {type FakeOptions, type FakeSession, fakeSession} from './fake-session.ts';
import {facts, findings} from './fixtures.ts';
import {plan} from './plan-fixtures.ts';
import {closeWizards, keys, type OpenWizard, openWizard, sizes} from './screen.ts';
import {installed} from './to-review.ts';

vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

const variant = 'qemu-nvidia-cpu';

/** From the first screen to Advanced of a runtime. */
async function toAdvanced(
	runtime: Runtime,
	size = {},
	options: FakeOptions = {},
): Promise<{wizard: OpenWizard; session: FakeSession}> {
	const session = fakeSession(options);
	const wizard = openWizard(session, size);
	await wizard.until('choose the runtime');
	wizard.type(keys.enter);
	await wizard.until('Which runtime');
	if (runtime === 'go') wizard.type('j');
	await wizard.until(`❯ ${runtime}`);
	wizard.type(keys.enter);
	expect(words(await wizard.until('Which hypervisor'))).toContain('a advanced');
	wizard.type('a');
	await wizard.until('Advanced: for special hosts');
	return {wizard, session};
}

/** Words, as they are read across wrapped lines. */
const words = (frame: string): string => frame.replace(/\s+/g, ' ');

/** The same without blanks: a long path is wrapped within. */
const joined = (frame: string): string => frame.replaceAll(/\s+/g, '');

/** The story of the highlighted one: beside the list from 74 columns on, or below it. */
const storyIn = (wizard: OpenWizard, {columns}: {columns: number}): string =>
	words(
		wizard
			.lines()
			.map(line => (columns < 74 ? line : line.slice(35)))
			.join('\n'),
	);

describe.each(sizes)('Advanced in $columns x $rows', size => {
	it.each(['rust', 'go'] as const)('tells of every variant of %s all that decides, on one screen', async runtime => {
		const {wizard} = await toAdvanced(runtime, size);
		const told = variantsHere(facts, runtime, null, findings);
		expect(told.length).toBeGreaterThan(8);
		for (const [index, one] of told.entries()) {
			if (index > 0) wizard.type('j');
			await wizard.until(`${index + 1} of ${told.length}`);
			const here = one.available ? ['runs'] : [one.reason, ...(one.remedy === null ? [] : [one.remedy])];
			const needs = one.needs.length > 0 ? [one.needs.join(', ')] : [];
			for (const wanted of [one.title, one.summary, ...here, ...needs])
				expect(joined(storyIn(wizard, size)), `${one.name} at ${size.columns}`).toContain(joined(wanted ?? ''));
			expect(wizard.text().includes('⏎ take it'), one.name).toBe(one.available);
			expect(wizard.overflows()).toBe(false);
		}
	});

	it('goes from the variant that is taken to Review, and back to it; Enter on a greyed one does nothing', async () => {
		const {wizard, session} = await toAdvanced('go', size);
		await wizard.until(`❯ ${variant}`);
		wizard.type(`jj${keys.enter}`);
		await wizard.until('3 of ');
		expect(session.asked.plans).toEqual([]);
		wizard.type('kk');
		await wizard.until('1 of ');
		wizard.type(keys.enter);
		await wizard.until('nothing is changed yet');
		expect(session.asked.plans).toEqual([{runtime: 'go', hypervisor: 'qemu', variant}]);
		wizard.type(keys.escape);
		await wizard.until(`❯ ${variant}`);
		wizard.type(keys.escape);
		await wizard.until('Which hypervisor');
		wizard.type(keys.enter);
		await wizard.until('nothing is changed yet');
		expect(session.asked.plans.at(-1)).toEqual({runtime: 'go', hypervisor: 'qemu'});
	});

	it('has the rest of it on a page of its own', async () => {
		const {wizard} = await toAdvanced('go', size);
		wizard.type('d');
		let read = await wizard.until(/On +x86_64, aarch64/);
		for (let shown = read; /more below/.test(shown); read += `\n${shown}`) {
			wizard.type(' ');
			const before = shown;
			await wizard.until(lines => lines.join('\n').trimEnd() !== before);
			shown = wizard.text();
		}
		for (const wanted of [`configuration-${variant}.toml`, '[hypervisor.qemu]', `kata-setup explain go-${variant}`])
			expect(words(read)).toContain(wanted);
		wizard.type(keys.escape);
		await wizard.until(`❯ ${variant}`);
	});
});

it('names what nobody has described, to be read and not chosen', async () => {
	const path = '/opt/kata-setup/trees/4.1.0-rust-0123456789ab';
	const trees = [{path, version: '4.1.0', runtime: 'rust' as const, archives: []}];
	const undescribed = [{runtime: 'rust' as const, file: 'configuration-crosvm.toml'}];
	const known: Facts = {
		...installed,
		installation: {...installed.installation, trees},
		treeOffers: [{path, pairs: [], undescribed}],
	};
	const wizard = openWizard(fakeSession({facts: known}));
	await wizard.until('4.1.0');
	wizard.type(keys.enter);
	await wizard.until('Which hypervisor');
	// The last is one step up from the first.
	wizard.type('ak');
	await wizard.until('❯ crosvm');
	expect(storyIn(wizard, {columns: 80})).toContain(
		'configuration-crosvm.toml In the installed release, and not described yet',
	);
	expect(wizard.text()).not.toContain('take it');
});

describe('a variant that is the answer already', () => {
	it('given by a flag, is where the cursors start: on the runtime that has it, and on it', async () => {
		const session = fakeSession({preset: {hypervisor: 'qemu', variant}});
		const wizard = openWizard(session);
		await wizard.until('choose the runtime');
		wizard.type(keys.enter);
		await wizard.until('❯ go');
		wizard.type(keys.enter);
		await wizard.until(`❯ ${variant}`);
		wizard.type(keys.enter);
		await wizard.until('nothing is changed yet');
		expect(session.asked.plans).toEqual([{runtime: 'go', hypervisor: 'qemu', variant}]);
	});

	it('installed, is named on Home, and where a switch starts from', async () => {
		const choice = {...plan.choice, runtime: 'go' as const, hypervisor: 'qemu' as const, variant} as NonNullable<
			typeof plan.choice
		>;
		const installation = {...installed.installation, runtime: 'go' as const, variant, choice};
		const session = {
			...fakeSession({facts: {...installed, installation}}),
			pairs: (known: Facts) => allAvailability(known, null),
		};
		const wizard = openWizard(session);
		await wizard.until(/In force +4\.1\.0, go, QEMU\s+\(qemu-nvidia-cpu\)/);
		wizard.type(keys.enter);
		await wizard.until(`❯ ${variant}`);
	});
});
