/** A person's own settings at a change of the pair: told in Review, and shown one by one in a table of its own. */
import {afterEach, expect, it, vi} from 'vitest';
import {fakeSession} from './fake-session.ts';
import {carriedSettings, plan} from './plan-fixtures.ts';
import {closeWizards, keys, openWizard, sizes} from './screen.ts';
import {installed, toReview} from './to-review.ts';

vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

const right = '\u001B[C';

it.each(sizes)('stand in Review in a line and behind a key in a table, at $columns x $rows', async size => {
	const {wizard} = await toReview({plan: {...plan, settings: carriedSettings}}, size);
	const review = await wizard.until('t your settings');
	expect(review.replaceAll(/\s+/g, ' ')).toContain('1 the same, 1 in other words, 1 dropped');
	wizard.type('t');
	await wizard.until('Your own settings');
	const seen = new Set<string>();
	// Nothing has to be on one screen: what is beyond its edges is reached by the keys that it names.
	for (const move of ['', right, right, keys.down, keys.down]) {
		if (move !== '') wizard.type(move);
		for (const word of (await wizard.until('Your own settings')).split(/\s+/)) seen.add(word);
	}
	await wizard.until('Why');
	for (const {from} of carriedSettings) expect([...seen]).toContain(from.option);
	wizard.type(keys.escape);
	await wizard.until('nothing is changed yet');
});

it.each(sizes)('tells on Runtime what is here already, and what has to be fetched, at $columns x $rows', async size => {
	const trees = [{path: installed.installation.tree, version: '4.1.0', runtime: 'rust' as const, archives: []}];
	const installation = {...installed.installation, trees};
	const wizard = openWizard(fakeSession({facts: {...installed, installation}}), size);
	await wizard.until('Kata 4.1.0 is installed');
	wizard.type(`${keys.down}${keys.enter}`);
	await wizard.until(/Download +nothing: Kata 4\.1\.0 is here\s+already/);
	wizard.type(keys.down);
	await wizard.until(/Download +1\.\d GB/);
	wizard.type(keys.enter);
	await wizard.until(/only in the go[\s\S]*archive, \+1\.\d GB/);
});

it('have no key where there are none', async () => {
	const {wizard} = await toReview();
	expect(await wizard.until('nothing is changed yet')).not.toContain('your settings');
});
