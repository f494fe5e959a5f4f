import {afterEach, describe, expect, it, vi} from 'vitest';
import {runEvents} from './run-fixtures.ts';
import {closeWizards, keys} from './screen.ts';
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
