import {describe, expect, it} from 'vitest';
import type {Context} from '../../src/cli/context.ts';
import {refuseUnverified} from '../../src/cli/refusals.ts';
import {planChange} from '../../src/plan/change.ts';
import type {Choice} from '../../src/plan/choice.ts';
import {planInstall} from '../../src/plan/install.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';

const contextWith = (flags: object): Context => ({flags: {yes: true, ...flags}}) as Context;
const {release} = sampleChoice();
const withDigestOf = (digestSource: 'none' | 'release-index', version: string): Choice => ({
	...sampleChoice(),
	release: {
		...release,
		version,
		archives: release.archives.map(archive => ({...archive, sha256: null, digestSource})),
	},
});
const verified = sampleChoice();
const unverified = withDigestOf('none', '4.2.0');

describe('refuseUnverified', () => {
	it('refuses an archive without a digest for an install and for an upgrade, unless that was allowed', () => {
		const host = new PlayedHost(sampleFacts());
		const install = planInstall(host.facts, unverified, {rehearsal: false});
		host.apply(planInstall(host.facts, verified, {rehearsal: false}));
		const upgrade = planChange(host.facts, unverified, {verb: 'upgrade', rehearsal: false});
		for (const plan of [install, upgrade]) {
			expect(() => refuseUnverified(contextWith({}), plan), plan.verb).toThrow('cannot be verified');
			expect(() => refuseUnverified(contextWith({'allow-unverified': true}), plan), plan.verb).not.toThrow();
		}
	});

	it('lets a rollback go to what was unpacked without one, as nothing is fetched', () => {
		const host = new PlayedHost(sampleFacts());
		host.apply(planInstall(host.facts, unverified, {rehearsal: false}));
		host.apply(planChange(host.facts, verified, {verb: 'upgrade', rehearsal: false}));
		const back = planChange(host.facts, unverified, {verb: 'rollback', rehearsal: false});
		expect(back.steps).not.toEqual([]);
		expect(() => refuseUnverified(contextWith({}), back)).not.toThrow();
	});
});
