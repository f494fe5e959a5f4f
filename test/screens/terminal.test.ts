import {afterEach, describe, expect, it, vi} from 'vitest';
import {formatBytes} from '../../src/format.ts';
import {runEvents} from './run-fixtures.ts';
import {closeWizards} from './screen.ts';
import {toReview} from './to-review.ts';

// Every test waits for conditions; each wait has its own ceiling, and this one must not come first.
vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

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
		// The key is called as in the footer.
		await wizard.until(/Too small: needs 40 x 12\.\s+ctrl-c\s+leaves\./);
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
