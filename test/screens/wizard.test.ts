import {afterEach, describe, expect, it, vi} from 'vitest';
import {formatBytes} from '../../src/format.ts';
import {type FakeOptions, fakeSession} from './fake-session.ts';
import {blockers, facts, failedVerdict, plan, runEvents} from './fixtures.ts';
import {closeWizards, keys, openWizard} from './screen.ts';

// Every test waits for conditions; each wait has its own ceiling, and this one must not come first.
vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

const installed = {
	...facts,
	installation: {
		version: '4.1.0',
		runtime: 'rust' as const,
		hypervisor: 'qemu',
		tree: 'kata-setup/trees/4.1.0-rust-0123456789ab',
		handler: 'kata',
		unfinishedRun: null,
		sequence: 40,
	},
};

/** From the first screen to Review with the answers under the cursor. */
async function toReview(options: FakeOptions = {}, size = {}) {
	const session = fakeSession(options);
	const wizard = openWizard(session, size);
	await wizard.until('choose the runtime');
	wizard.type(keys.enter);
	await wizard.until('Which runtime');
	wizard.type(keys.enter);
	await wizard.until('Which hypervisor');
	wizard.type(keys.enter);
	await wizard.until('nothing is changed yet');
	return {session, wizard};
}

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
		expect(result.summary).toContain('  sudo kata-setup uninstall');
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
		wizard.type('jj\r');
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

describe('leaving', () => {
	it('with q before a run: nothing was changed', async () => {
		const {wizard} = await toReview();
		wizard.type('q');
		expect(await wizard.result).toEqual({kind: 'quit', exit: 'ok', summary: ['Nothing was changed on this host.']});
	});

	it('with Ctrl-C before a run: exit 130', async () => {
		const {wizard} = await toReview();
		wizard.type(keys.ctrlC);
		expect(await wizard.result).toMatchObject({kind: 'quit', exit: 'interrupted'});
		expect(wizard.keyboard.raw).toBe(false);
	});

	it('in a run: the first Ctrl-C asks, the second stops and undoes', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		const events = runEvents();
		session.run.push(...events.slice(0, 8));
		await wizard.until('Installing');
		wizard.type(keys.ctrlC);
		await wizard.until('What shall become of it?');
		expect(session.run.cancelled).toBe(0);
		wizard.type(keys.ctrlC);
		await wizard.until('Stopping; what was done is undone next');
		expect(session.run.cancelled).toBe(1);
		const at = events[8]?.at ?? '';
		session.run.push(
			{number: 101, at, event: 'undo-started', reason: 'cancelled'},
			{number: 102, at, event: 'run-finished', outcome: 'undone', error: null, left: []},
		);
		await wizard.until('Stopped; everything done was undone');
		wizard.type('q');
		expect(await wizard.result).toMatchObject({kind: 'failed', exit: 'interrupted'});
	});

	it('asks with what can still be done when the run is undone meanwhile', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		const events = runEvents({failAt: 'containerd-config'});
		const undoing = events.findIndex(({event}) => event === 'undo-started');
		session.run.push(...events.slice(0, undoing));
		await wizard.until('Installing');
		wizard.type(`${keys.ctrlC}k`);
		await wizard.until('❯ Stop and undo everything');
		session.run.push(...events.slice(undoing, undoing + 2));
		await wizard.until(/❯ Go on watching(?![\s\S]*Stop and undo)/);
		wizard.type(keys.enter);
		await wizard.until('A step failed: undoing what was done');
		expect(session.run.cancelled).toBe(0);
	});

	it('in a run: it can be left in the background', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		session.run.push(...runEvents().slice(0, 8));
		await wizard.until('Installing');
		wizard.type('qj\r');
		expect(await wizard.result).toMatchObject({kind: 'detached', exit: 'interrupted'});
		expect(session.run).toMatchObject({detached: 1, cancelled: 0});
	});

	it.each(['SIGHUP', 'SIGTERM', 'SIGINT'])('on %s in a run: the run goes on without the screen', async signal => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		wizard.signals.emit(signal);
		expect(await wizard.result).toMatchObject({kind: 'detached', exit: 'interrupted'});
		expect(session.run).toMatchObject({detached: 1, cancelled: 0});
		expect(wizard.keyboard.raw).toBe(false);
		expect(wizard.signals.eventNames()).toEqual([]);
	});

	it('when the terminal is gone: it ends instead of waiting for it', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		wizard.hangUp();
		expect(await wizard.result).toMatchObject({exit: 'interrupted'});
		expect(session.run.detached).toBe(1);
	});
});

describe('other beginnings and ends', () => {
	it('says what is in the way and rehearses with one key, marked on every screen', async () => {
		const session = fakeSession({findings: blockers});
		const wizard = openWizard(session);
		const shown = await wizard.until('cannot run Kata Containers');
		expect(shown).toContain('✖ KVM          /dev/kvm does not exist');
		wizard.type('r');
		await wizard.until('REHEARSAL');
		for (const question of ['Which runtime', 'Which hypervisor', 'nothing is changed yet']) {
			wizard.type('\r');
			expect(await wizard.until(question)).toMatch(/^ kata-setup {3}REHEARSAL/);
		}
		wizard.type(keys.ctrlC);
		expect((await wizard.result).summary).toEqual([
			'This was a rehearsal in /tmp/kata-setup-rehearsal-x1, which you can delete. Nothing else on this host was changed.',
		]);
	});

	it('quits with the exit of a host that cannot', async () => {
		const wizard = openWizard(fakeSession({findings: blockers}));
		await wizard.until('cannot run Kata Containers');
		wizard.type('q');
		expect(await wizard.result).toMatchObject({kind: 'quit', exit: 'host'});
	});

	it('starts at Home where something is installed, and uninstalls from there', async () => {
		const session = fakeSession({facts: installed});
		const wizard = openWizard(session);
		await wizard.until(/Kata 4.1.0 is installed[\s\S]*Tree +\/opt\/kata-setup\/trees\//);
		wizard.type('jj\r');
		await wizard.until('i uninstall now');
		expect(session.asked.plans).toEqual(['uninstall']);
	});

	it('offers to undo a run that was not finished', async () => {
		const unfinished = {...installed.installation, unfinishedRun: '20261120-090500'};
		const session = fakeSession({facts: {...installed, installation: unfinished}});
		const wizard = openWizard(session);
		await wizard.until(/The run 20261120-090500 was begun and not finished[\s\S]*❯ Undo what was begun/);
		wizard.type('\r');
		await wizard.until('i uninstall now');
		expect(session.asked.plans).toEqual(['uninstall']);
	});

	it('starts from what is recommended, unless something else was asked for', async () => {
		const shm = {totalBytes: 1e9, freeBytes: 1e9};
		const small = {...facts, memory: {...facts.memory, shm}};
		for (const [preset, wanted] of [
			[{}, /❯ Cloud Hypervisor {2}recommended/],
			[{hypervisor: 'qemu'}, /❯ QEMU/],
		] as const) {
			const wizard = openWizard({...fakeSession({facts: small}), preset});
			await wizard.until('choose the runtime');
			wizard.type('\r\r');
			await wizard.until(wanted);
			wizard.type('q');
			await wizard.result;
		}
	});

	it('shows a run that goes on already', async () => {
		const session = fakeSession({attached: true});
		session.run.push(...runEvents().slice(0, 12));
		const wizard = openWizard(session);
		await wizard.until('step 4 of 16');
		expect(session.asked.gathered).toBe(0);
		session.run.push(...runEvents());
		const shown = await wizard.until('Installed, and proven');
		expect(shown).toContain('To undo it  sudo kata-setup uninstall');
		// Which pair it is about was answered elsewhere: nothing is claimed of it.
		expect(shown).not.toContain('rust · QEMU');
	});

	it('says so when the worker is lost', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		session.run.push(...runEvents().slice(0, 8)).close();
		await wizard.until('how the run ended is not known');
		wizard.type('q');
		expect(await wizard.result).toMatchObject({kind: 'failed'});
	});

	it('puts the cause first when the proof fails', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		session.run.push(...runEvents({verdict: failedVerdict, outcome: 'unproven'}));
		const shown = await wizard.until('did not prove a VM');
		expect(shown.indexOf('QEMU ended at once')).toBeLessThan(shown.indexOf('What to do'));
		wizard.type('q');
		expect(await wizard.result).toMatchObject({kind: 'failed', exit: 'unproven'});
	});

	it('says that all was undone when a step fails', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		session.run.push(...runEvents({failAt: 'containerd-config'}));
		const shown = await wizard.until('A step failed; everything done was undone');
		expect(shown).toContain('Step 14 of 16: Register the handler');
		// What was undone is not shown as done.
		expect(shown).toContain('Review ✔ ─ Install ✖ ─ Smoke test');
		wizard.type('q');
		expect(await wizard.result).toMatchObject({kind: 'failed', exit: 'undone'});
	});
});

describe('the terminal', () => {
	it('can change its size while a run goes on', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		session.run.push(...runEvents().slice(0, 14));
		await wizard.until(/━.* left/);
		for (const [columns, rows] of [
			[60, 20],
			[40, 12],
			[120, 40],
			[80, 24],
		] as const) {
			wizard.resize(columns, rows);
			// The emulator shows the old drawing until the new one has come.
			await wizard.until(
				lines => /^ kata-setup/.test(lines[0] ?? '') && /^ l log .*ctrl-c leave or stop$/.test(lines[rows - 1] ?? ''),
			);
			expect(wizard.text()).toMatch(/Installing[\s\S]*Download and verify/);
			expect(wizard.overflows()).toBe(false);
		}
		wizard.resize(30, 8);
		await wizard.until('Too small: needs 40 x 12.');
	});

	it('gets few bytes for a progress event', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		const events = runEvents({progress: 60});
		const first = events.findIndex(({event}) => event === 'step-progress');
		session.run.push(...events.slice(0, first + 1));
		await wizard.until(/MB of 412 MB/);
		const before = wizard.bytes();
		const progress = events.slice(first + 1, first + 31);
		for (const event of progress) {
			session.run.push(event);
			await wizard.until(event.event === 'step-progress' ? `${formatBytes(event.done)} of` : /never/);
		}
		// The seconds that the step has been running for are drawn meanwhile, too. At most four drawings a second
		// (effects.ts): 500 bytes each would be 2 kB/s.
		expect((wizard.bytes() - before) / progress.length).toBeLessThan(300);
	});

	it('draws a burst of events once, not once for each', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		const before = wizard.bytes();
		session.run.push(...runEvents({progress: 2000}));
		await wizard.until('Installed, and proven');
		expect(wizard.bytes() - before).toBeLessThan(8000);
	});
});
