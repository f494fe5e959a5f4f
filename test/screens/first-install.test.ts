import {afterEach, describe, expect, it, vi} from 'vitest';
import {fakeSession} from './fake-session.ts';
import {plan} from './plan-fixtures.ts';
import {runEvents} from './run-fixtures.ts';
import {closeWizards, keys, openWizard} from './screen.ts';
import {installed, toReview} from './to-review.ts';

// Every test waits for conditions; each wait has its own ceiling, and this one must not come first.
vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

describe('the first install', () => {
	it('goes from Host to the proof, and leaves the commands on the normal screen', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		session.run.push(...runEvents());
		const shown = await wizard.until('Installed, and proven');
		expect(shown).toContain('✔ boot id');
		expect(shown).toContain('Install ✔ ─ Smoke test ✔');
		expect(session.asked.applied).toEqual([plan]);
		wizard.type(keys.enter);
		const result = await wizard.result;
		expect(result).toMatchObject({kind: 'done', exit: 'ok'});
		expect(result.summary).toContain('  kata-setup uninstall');
		await wizard.until('Installed, and proven: a container ran in a VM.');
		expect(wizard.keyboard.raw).toBe(false);
	});

	it('takes the third hypervisor when the keys come in one burst', async () => {
		const session = fakeSession();
		const wizard = openWizard(session);
		await wizard.until('choose the runtime');
		wizard.type(`${keys.enter}${keys.enter}${keys.down}${keys.down}${keys.enter}`);
		await wizard.until('nothing is changed yet');
		expect(session.asked.plans).toEqual([{runtime: 'rust', hypervisor: 'dragonball'}]);
	});

	it('takes it with letters in one burst too, and digits choose nothing', async () => {
		const session = fakeSession();
		const wizard = openWizard(session);
		await wizard.until('choose the runtime');
		wizard.type(`\r\r3jjkj\r`);
		await wizard.until('nothing is changed yet');
		expect(session.asked.plans).toEqual([{runtime: 'rust', hypervisor: 'dragonball'}]);
	});

	it('goes back and forth in one burst: an Esc is not taken for the beginning of the next key', async () => {
		const session = fakeSession();
		const wizard = openWizard(session);
		await wizard.until('choose the runtime');
		wizard.type(`\r\r${keys.escape}${keys.down}\r${keys.escape}k\r\r`);
		await wizard.until('nothing is changed yet');
		expect(session.asked.plans).toEqual([{runtime: 'rust', hypervisor: 'qemu'}]);
	});

	it('shows why a greyed one cannot be chosen, and does not choose it', async () => {
		const session = fakeSession();
		const wizard = openWizard(session);
		await wizard.until('choose the runtime');
		wizard.type('\r\rjjj');
		await wizard.until(/On this host +cannot run: not in the rust\n/);
		wizard.type('\r');
		const page = await wizard.until('Why some cannot be chosen');
		expect(page).toContain('StratoVirt   the rust runtime has no driver for it');
		expect(session.asked.plans).toEqual([]);
	});

	it('keeps the answers when going back, and makes no second plan for the same answers', async () => {
		const session = fakeSession();
		const wizard = openWizard(session);
		await wizard.until('choose the runtime');
		wizard.type(`\rj\rj\r`);
		await wizard.until('nothing is changed yet');
		wizard.type(keys.escape);
		await wizard.until('❯ Cloud Hypervisor');
		wizard.type(keys.escape);
		await wizard.until('❯ go');
		wizard.type('\r\r');
		await wizard.until('nothing is changed yet');
		expect(session.asked.plans).toEqual([{runtime: 'go', hypervisor: 'cloud-hypervisor'}]);
	});

	it('asks again before bytes that nothing vouches for', async () => {
		const choice = plan.choice;
		if (!choice) throw new Error('the fixture has a choice');
		const archives = choice.release.archives.map(archive => ({
			...archive,
			sha256: null,
			digestSource: 'none' as const,
		}));
		const unverified = {...plan, choice: {...choice, release: {...choice.release, archives}}};
		const {session, wizard} = await toReview({plan: unverified});
		expect(wizard.text()).toContain('no: no digest was published');
		wizard.type('i');
		await wizard.until('These bytes cannot be verified');
		wizard.type('i\r');
		wizard.type(keys.escape);
		await wizard.until('nothing is changed yet');
		expect(session.asked.applied).toEqual([]);
		wizard.type('iu');
		await wizard.until('Starting…');
		expect(session.asked.applied).toHaveLength(1);
	});

	it('does not take pasted text for keys', async () => {
		const {session, wizard} = await toReview();
		wizard.type('\u001b[200~install it\u001b[201~');
		wizard.type('j');
		await wizard.until('❯  1 Load');
		expect(session.asked.applied).toEqual([]);
	});

	it('takes a key whose bytes come in two reads for one key', async () => {
		const wizard = openWizard(fakeSession());
		await wizard.until('choose the runtime');
		for (const part of ['\r', '\u001b', '[B', '\u001b[', 'A', '\u001bO', 'B']) wizard.type(part);
		await wizard.until('❯ go');
		wizard.type(keys.escape);
		await wizard.until('choose the runtime');
	});

	it('does not take pasted text for keys when its marker comes in two reads', async () => {
		const {session, wizard} = await toReview();
		for (const part of ['\u001b[20', '0~ini', 'q\r', '\u001b[20', '1~', 'j']) wizard.type(part);
		await wizard.until('❯  1 Load');
		expect(session.asked.applied).toEqual([]);
	});

	it('lends the terminal to sudo and draws itself again', async () => {
		let during: {raw: boolean; reading: boolean} | null = null;
		const keyboards: {raw: boolean; reading: boolean}[] = [];
		const {session, wizard} = await toReview({
			apply: terminal =>
				terminal.lend(async () => {
					const [keyboard] = keyboards;
					during = keyboard ? {raw: keyboard.raw, reading: keyboard.reading} : null;
				}),
		});
		keyboards.push(wizard.keyboard);
		wizard.type('i');
		await wizard.until('Starting…');
		session.run.push(...runEvents());
		await wizard.until('Installed, and proven');
		expect(during).toEqual({raw: false, reading: false});
		expect(wizard.keyboard).toMatchObject({raw: true, reading: true});
	});

	it('lends it while an uninstall is planned, too: only root may read the journal', async () => {
		let raw: boolean | null = null;
		const session = fakeSession({
			facts: installed,
			plan: async ({terminal}) => {
				await terminal.lend(async () => {
					raw = wizard.keyboard.raw;
				});
				return {...plan, verb: 'uninstall', choice: null};
			},
		});
		const wizard = openWizard(session);
		await wizard.until('Kata 4.1.0 is installed');
		wizard.type('jjjjjjj\r');
		await wizard.until('i uninstall now');
		expect(raw).toBe(false);
		expect(wizard.keyboard).toMatchObject({raw: true, reading: true});
	});

	it('says what went wrong when the run cannot be started, and looks again', async () => {
		const {session, wizard} = await toReview({
			apply: terminal => terminal.lend(() => Promise.reject(new Error('no'))),
		});
		wizard.type('i');
		await wizard.until('The run was not started; nothing was changed');
		expect(wizard.keyboard).toMatchObject({raw: true, reading: true});
		wizard.type('\r');
		await wizard.until('This host can run');
		expect(session.asked.gathered).toBe(2);
	});
});
