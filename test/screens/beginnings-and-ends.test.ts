import {afterEach, describe, expect, it, vi} from 'vitest';
import {unproven} from '../../src/apply/run-ends.ts';
import {SandboxesRun} from '../../src/plan/parts/sandboxes.ts';
import {fakeSession} from './fake-session.ts';
import {blockers, facts} from './fixtures.ts';
import {plan} from './plan-fixtures.ts';
import {failedVerdict, failure, runEvents} from './run-fixtures.ts';
import {closeWizards, keys, openWizard} from './screen.ts';
import {installed, toReview} from './to-review.ts';

// Every test waits for conditions; each wait has its own ceiling, and this one must not come first.
vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

describe('other beginnings and ends', () => {
	it('says what is in the way and rehearses with one key, marked on every screen', async () => {
		const session = fakeSession({findings: blockers});
		const wizard = openWizard(session);
		const shown = await wizard.until('cannot run Kata Containers');
		expect(shown).toContain('✖ KVM          /dev/kvm does not exist');
		wizard.type('r');
		// The mark is there before the host has been looked at again.
		await wizard.until(/REHEARSAL[\s\S]*Go on: choose the runtime/);
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

	it('offers to undo a run that was not finished', async () => {
		const unfinished = {...installed.installation, unfinishedRun: '20261120-090500'};
		const session = fakeSession({facts: {...installed, installation: unfinished}});
		const wizard = openWizard(session);
		await wizard.until(/The run 20261120-090500 was begun and not finished[\s\S]*❯ Finish what was begun/);
		wizard.type('j\r');
		await wizard.until('i undo now');
		expect(session.asked.plans).toEqual(['undo']);
	});

	it('finishes a run that was not finished by its own plan, after a look at how far it came', async () => {
		const unfinished = {run: 'r7', verb: 'install', begun: '2026-11-20T09:05:00.000Z', by: 'ops'} as const;
		const [first, second] = plan.steps;
		if (!first || !second) throw new Error('the plan is too short');
		const error = {exit: 'release', message: 'The line was cut.', why: null, remedy: [], evidence: []} as const;
		const session = fakeSession({
			facts: {...installed, installation: {...installed.installation, unfinishedRun: 'r7', unfinished}},
			rest: {
				...unfinished,
				plan,
				done: [first.id],
				failure: {step: second.id, error: {...error, remedy: [], evidence: []}},
			},
		});
		const wizard = openWizard(session);
		await wizard.until(/The install of 2026-11-20 09:05 UTC was not finished[\s\S]*❯ Finish what was begun/);
		wizard.type('jj\r');
		const look = await wizard.until('What went wrong');
		expect(look).toContain('The install that ops began on 2026-11-20 09:05 UTC was not finished.');
		expect(look).toContain('The line was cut.');
		expect(look).toContain(`✔ ${first.title}`);
		expect(look).toContain(`1 of ${plan.steps.length} done`);
		wizard.type(keys.escape);
		await wizard.until('❯ Look at what was begun');
		wizard.type('kk\r');
		const review = await wizard.until('i finish now');
		expect(review).toContain(`What is left: ${plan.steps.length - 1} of ${plan.steps.length} steps`);
		expect(review).toContain('kata-setup finish --yes');
		expect(review).not.toContain('nothing is changed yet');
		expect(review).not.toContain('options');
		wizard.type('i');
		await wizard.until('Waiting for the first word');
		expect(session.asked).toMatchObject({plans: [], applied: [plan], finished: ['r7']});
	});

	it('comes back Home from the rest of an install, and then undoes it', async () => {
		const unfinished = {run: 'r7', verb: 'install', begun: '2026-11-20T09:05:00.000Z', by: 'ops'} as const;
		const session = fakeSession({
			facts: {...installed, installation: {...installed.installation, unfinishedRun: 'r7', unfinished}},
			rest: {...unfinished, plan, done: [], failure: null},
		});
		const wizard = openWizard(session);
		await wizard.until('❯ Finish what was begun');
		wizard.type('\r');
		await wizard.until('i finish now');
		wizard.type(keys.escape);
		await wizard.until('❯ Finish what was begun');
		wizard.type('j\r');
		await wizard.until('i undo now');
		expect(session.asked.plans).toEqual(['undo']);
	});

	it('offers nothing but to go on with an uninstall that was cut short', async () => {
		const unfinished = {run: 'r7', verb: 'uninstall', begun: '2026-11-20T09:05:00.000Z', by: 'ops'} as const;
		const session = fakeSession({
			facts: {...installed, installation: {...installed.installation, unfinishedRun: 'r7', unfinished}},
		});
		const wizard = openWizard(session);
		const shown = await wizard.until('❯ Finish the uninstall');
		expect(shown).not.toContain('Switch');
		wizard.type('\r');
		await wizard.until('i uninstall now');
		expect(session.asked.plans).toEqual(['uninstall']);
	});

	it('names the sandboxes that an uninstall waits for, and looks again with Enter', async () => {
		let looks = 0;
		const sandbox = {
			id: '0a1b',
			pid: 412,
			program: 'dragonball',
			tree: '/opt/kata-setup/trees/t',
			vm: true,
			isTest: false,
		};
		const session = fakeSession({
			facts: installed,
			plan: async () => {
				looks += 1;
				if (looks === 1) throw new SandboxesRun([sandbox], [sandbox.tree]);
				return {...plan, verb: 'uninstall'};
			},
		});
		const wizard = openWizard(session);
		await wizard.until('Kata 4.1.0 is installed');
		wizard.type('jjjjjjj\r');
		const shown = await wizard.until('Sandboxes still run; nothing was changed');
		expect(shown).toContain('0a1b: dragonball of t, process 412');
		expect(shown).toContain('look again');
		wizard.type('\r');
		await wizard.until('i uninstall now');
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
		expect(shown).toContain('To undo it  kata-setup uninstall');
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
		// As on the command line.
		expect(await wizard.result).toMatchObject({kind: 'failed', exit: 'incomplete'});
	});

	it('does not call a repair whole that leaves something', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		const error = {...failure, exit: 'host' as const, message: 'Not everything that drifted could be made right.'};
		const events = runEvents().map(event => (event.event === 'run-finished' ? {...event, error} : event));
		session.run.push(...events);
		const shown = await wizard.until('Made right in part');
		expect(shown).toContain('Not everything that drifted could be made right.');
		expect(shown).not.toContain('Smoke test ✔');
		wizard.type('q');
		expect(await wizard.result).toMatchObject({kind: 'failed', exit: 'host'});
	});

	it('puts the cause first when the proof fails', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		session.run.push(...runEvents({verdict: failedVerdict, outcome: 'unproven'}));
		const shown = await wizard.until('did not prove a VM');
		expect(shown.indexOf('QEMU ended at once')).toBeLessThan(shown.indexOf('What to do'));
		wizard.type('q');
		const {kind, exit, summary} = await wizard.result;
		expect({kind, exit}).toEqual({kind: 'failed', exit: 'unproven'});
		// Each sentence once: the run's error is made of the verdict.
		expect(summary).toEqual([
			'Installed, but the smoke test did not prove a VM.',
			failedVerdict.sentence,
			failedVerdict.cause,
			...failedVerdict.remedy.map(line => `  ${line}`),
		]);
	});

	it('tells once why a switch that could not be proven was taken back', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		const error = unproven(failedVerdict);
		const events = runEvents({plan: {...plan, verb: 'switch'}, verdict: failedVerdict, outcome: 'undone'});
		const step = plan.steps.find(({kind}) => kind === 'smoke-test')?.id ?? '';
		const [at] = events.filter(event => event.event === 'step-done' && event.step === step);
		if (!at) throw new Error('the smoke test is a step');
		session.run.push(
			...events.filter(({number}) => number < at.number),
			{...at, event: 'step-failed', step, error},
			{...at, number: at.number + 1, event: 'undo-started', reason: 'failed'},
			{...at, number: at.number + 2, event: 'run-finished', outcome: 'undone', error, left: []},
		);
		await wizard.until('A step failed; everything done was undone');
		wizard.type('q');
		const {exit, summary} = await wizard.result;
		expect(exit).toBe('unproven');
		expect(summary.slice(1, 3)).toEqual([failedVerdict.sentence, failedVerdict.cause]);
		expect(new Set(summary).size, summary.join('\n')).toBe(summary.length);
	});

	it('does not call a step failed where the run was refused before its first', async () => {
		const {session, wizard} = await toReview();
		wizard.type('i');
		await wizard.until('Starting…');
		const [started] = runEvents();
		if (!started) throw new Error('a run starts');
		const error = {...failure, exit: 'changed' as const, message: '/opt/kata is not as it was planned on.'};
		session.run.push(started, {...started, number: 2, event: 'run-finished', outcome: 'undone', error, left: []});
		const shown = await wizard.until('Refused before the first step; nothing was done');
		expect(shown).toContain(error.message);
		expect(shown).not.toContain('undone');
		wizard.type('q');
		const {exit, summary} = await wizard.result;
		expect(exit).toBe('changed');
		expect(summary[0]).toBe('Refused before the first step; nothing was done.');
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
