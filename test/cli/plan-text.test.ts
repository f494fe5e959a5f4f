/** A plan as plain lines: what it costs, and what an edit changes. */
import {describe, expect, it} from 'vitest';
import {editLines, planLines} from '../../src/cli/plan-text.ts';
import type {Choice} from '../../src/plan/choice.ts';
import {planInstall} from '../../src/plan/install.ts';
import {planTest} from '../../src/plan/test.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';

const rehearsal = false;
const costOf = (choice: Choice): string | undefined =>
	planLines(planInstall(sampleFacts(), choice, {rehearsal}), null).find(line => line.startsWith('Download'));

const [archive] = sampleChoice().release.archives;
const withArchive = (changes: object): Choice => {
	const {release, ...others} = sampleChoice();
	return {...others, release: {...release, archives: archive ? [{...archive, ...changes}] : []}};
};

describe('what a plan costs', () => {
	it('is the sum over its steps', () => {
		expect(costOf(sampleChoice())).toMatch(/^Download 969 MB, disk about 2\.5\d? GB\. Everything runs as root\.$/);
	});

	it('is not told as nothing where the index did not tell it', () => {
		expect(costOf(withArchive({size: null}))).toBe('Download of a size that nobody told. Everything runs as root.');
	});

	it('of a local archive has no download', () => {
		expect(costOf(withArchive({url: null, file: '/srv/kata.tar.zst'}))).toMatch(/^Download nothing, disk about/);
	});

	it('is not told where nothing is fetched', () => {
		const host = new PlayedHost(sampleFacts());
		host.apply(planInstall(host.facts, sampleChoice(), {rehearsal}));
		const uninstall = planUninstall(host.facts, host.receipt, {rehearsal});
		for (const plan of [uninstall, planTest(host.facts, {rehearsal})]) {
			const lines = planLines(plan, null);
			expect(lines.join('\n')).not.toContain('Download');
			expect(lines).toContain('Everything runs as root.');
		}
	});
});

describe('the lines of an edit', () => {
	it('are those that change, and not what stands between them', () => {
		const before = 'imports = []\nroot = "/a"\nstate = "/b"\nversion = 2\n';
		const after = 'imports = ["x"]\nroot = "/a"\nstate = "/b"\nversion = 2\n# BEGIN\n# END\n';
		expect(editLines(before, after)).toEqual(['- imports = []', '+ imports = ["x"]', '  ...', '+ # BEGIN', '+ # END']);
	});

	it('of a new file are all of it', () => {
		expect(editLines(null, 'a\nb\n')).toEqual(['+ a', '+ b']);
	});
});
