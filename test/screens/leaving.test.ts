import {afterEach, describe, expect, it, vi} from 'vitest';
import {cancelled, stoppedIn} from '../../src/apply/run-ends.ts';
import {fakeSession} from './fake-session.ts';
import {plan} from './plan-fixtures.ts';
import {runEvents} from './run-fixtures.ts';
import {closeWizards, keys, openWizard} from './screen.ts';
import {toReview} from './to-review.ts';

// Every test waits for conditions; each wait has its own ceiling, and this one must not come first.
vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

/** In the middle of a run. `at`: when its next event would be. */
async function inRun() {
	const {session, wizard} = await toReview();
	wizard.type('i');
	await wizard.until('Starting…');
	const events = runEvents();
	session.run.push(...events.slice(0, 8));
	await wizard.until('Installing');
	return {session, wizard, at: events[8]?.at ?? ''};
}

/** What is written across lines, as it is read. */
const wordsOf = (shown: string): string => shown.replace(/\s+/g, ' ');

/** In the middle of a run that is never turned round. */
async function inForwardRun(verb: 'uninstall' | 'undo') {
	const session = fakeSession({attached: true});
	const wizard = openWizard(session);
	const events = runEvents({plan: {...plan, verb}});
	session.run.push(...events.slice(0, 8));
	await wizard.until(verb === 'undo' ? 'Undoing' : 'Uninstalling');
	return {session, wizard, at: events[8]?.at ?? ''};
}

describe('leaving a run that is never turned round', () => {
	const ways = {
		uninstall: {rest: 'kata-setup finish', other: 'kata-setup undo'},
		undo: {rest: 'kata-setup undo', other: 'kata-setup finish'},
	};

	it.each(['uninstall', 'undo'] as const)(
		'offers no undoing of an %s: Ctrl-C again stops after this step',
		async verb => {
			const {session, wizard, at} = await inForwardRun(verb);
			wizard.type(keys.ctrlC);
			const asked = await wizard.until('What shall become of it?');
			expect(asked).not.toContain('undo everything');
			expect(wordsOf(asked)).toContain('again stops after this step');
			wizard.type('jj');
			const chosen = await wizard.until('❯ Finish this step and stop');
			expect(chosen).toContain(ways[verb].rest);
			expect(chosen).not.toContain(ways[verb].other);
			wizard.type(keys.ctrlC);
			await wizard.until('Stopping after this step');
			expect(session.run).toMatchObject({stopped: 1, cancelled: 0});
			wizard.type(keys.ctrlC);
			expect(wordsOf(await wizard.until('What shall become of it?'))).toContain(
				'again leaves; it stops after this step',
			);
			session.run.push({number: 101, at, event: 'run-finished', outcome: 'stopped', error: stoppedIn(verb), left: []});
			const shown = await wizard.until('Stopped before its end; what was done stands');
			expect(shown).toContain(ways[verb].rest);
			expect(shown).not.toContain(ways[verb].other);
		},
	);

	it.each(['uninstall', 'undo'] as const)('of an %s that was not finished says only what is true of it', async verb => {
		const {session, wizard, at} = await inForwardRun(verb);
		session.run.push({number: 101, at, event: 'run-finished', outcome: 'incomplete', error: cancelled, left: []});
		const shown = await wizard.until(`The ${verb} was not finished`);
		expect(shown).toContain(`To do the rest: ${ways[verb].rest}`);
		expect(shown).not.toContain(ways[verb].other);
		expect(shown).not.toMatch(/undoing (it )?failed|finishes the undoing/);
	});
});

describe('a run whose undoing failed', () => {
	it('names both ways on', async () => {
		const {session, wizard, at} = await inRun();
		session.run.push(
			{number: 101, at, event: 'undo-started', reason: 'cancelled'},
			{number: 102, at, event: 'run-finished', outcome: 'incomplete', error: cancelled, left: []},
		);
		const shown = await wizard.until('Stopped, but not all that was done could be undone');
		expect(shown).toContain('To do the rest: kata-setup finish');
		expect(shown).toContain('To take it back: kata-setup undo');
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
		const {session, wizard, at} = await inRun();
		wizard.type(keys.ctrlC);
		await wizard.until('What shall become of it?');
		expect(session.run.cancelled).toBe(0);
		wizard.type(keys.ctrlC);
		await wizard.until('Stopping; what was done is undone next');
		expect(session.run.cancelled).toBe(1);
		session.run.push(
			{number: 101, at, event: 'undo-started', reason: 'cancelled'},
			{number: 102, at, event: 'run-finished', outcome: 'undone', error: cancelled, left: []},
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

	it('in a run: it can be stopped after the step that goes on', async () => {
		const {session, wizard, at} = await inRun();
		wizard.type(`${keys.ctrlC}jj`);
		await wizard.until('❯ Finish this step and stop');
		wizard.type(keys.enter);
		await wizard.until('Stopping after this step');
		expect(session.run).toMatchObject({stopped: 1, cancelled: 0});
		session.run.push({number: 101, at, event: 'run-finished', outcome: 'stopped', error: null, left: []});
		await wizard.until('Stopped before its end; what was done stands');
		wizard.type('q');
		expect(await wizard.result).toMatchObject({kind: 'failed', exit: 'incomplete'});
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
