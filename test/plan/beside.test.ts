/** Ours beside another Kata: installed, changed and removed without a touch of what is the other one's. */
import {describe, expect, it} from 'vitest';
import {makeChangePlan} from '../../src/cli/change.ts';
import type {Context} from '../../src/cli/context.ts';
import {judgeFor} from '../../src/cli/looking.ts';
import {parseInvocation} from '../../src/cli/parse.ts';
import type {Facts, KataOwner} from '../../src/facts/facts.ts';
import {defaultConfiguration, kataPrefix, shimOnPath} from '../../src/layout.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {sampleChoice, sampleContainerd, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';
import {refusal} from '../support/refusal.ts';

const rehearsal = false;
const beside = sampleChoice({beside: true});
const {config} = sampleContainerd();

/** A host with another Kata at /opt/kata that has the handler `kata`. */
const taken = (state: string, owner: KataOwner = 'unknown'): Facts =>
	sampleFacts({
		kata: [{path: kataPrefix, owner, version: '3.28.0', evidence: 'A trace.'}],
		paths: {[kataPrefix]: state},
		devices: sampleFacts().devices.map(device => ({...device, state: 'ok', moduleState: 'loaded'})),
		containerd: [
			sampleContainerd({
				config: {...config, runtimes: {...config.runtimes, kata: {runtime_type: 'io.containerd.kata.v2'}}},
			}),
		],
	});
const theirs = ['directory', 'link:/opt/kata-3.28.0'];

const contextOf = (...words: string[]): Context =>
	({flags: parseInvocation(words, {}).flags, rehearsalRoot: null}) as unknown as Context;

const changed = (host: PlayedHost, verb: 'switch' | 'rollback', hypervisor: 'qemu' | 'dragonball'): Promise<Plan> =>
	makeChangePlan(contextOf(verb, '--yes'), host.facts, verb, {runtime: 'rust', hypervisor});

const pathsOf = ({steps}: Plan): string[] => steps.flatMap(({kind, args}) => (kind === 'link' ? [args.path] : []));

describe('beside another Kata', () => {
	it.each(theirs)('(%s) the plan leaves its path and the default paths alone, and says whose is what', state => {
		const plan = planInstall(taken(state), beside, {rehearsal});
		for (const path of [kataPrefix, shimOnPath, ...Object.values(defaultConfiguration)])
			expect(pathsOf(plan), path).not.toContain(path);
		const notes = plan.notes.join('\n');
		expect(notes).toContain('Two Katas are on this host');
		expect(notes).toContain('`--runtime io.containerd.kata.v2`');
		expect(notes).toContain('the handler `kata-setup` of containerd');
		expect(plan.command).toContain(' --beside');
		expect(plan.steps.at(-1)).toMatchObject({kind: 'smoke-test'});
	});

	it.each(theirs)('(%s) it is switched, rolled back and removed, and what is the other one’s stays', async state => {
		const facts = taken(state);
		const host = new PlayedHost(facts);
		host.apply(planInstall(host.facts, beside, {rehearsal}));
		for (const [verb, hypervisor] of [
			['switch', 'dragonball'],
			['rollback', 'qemu'],
			['switch', 'dragonball'],
		] as const) {
			const plan = await changed(host, verb, hypervisor);
			expect(plan.steps).not.toEqual([]);
			expect(plan.choice).toMatchObject({beside: true, hypervisor});
			expect(pathsOf(plan)).not.toContain(kataPrefix);
			host.apply(plan);
			expect((await changed(host, 'switch', hypervisor)).steps, 'the same again').toEqual([]);
			expect(host.facts.paths[kataPrefix]).toBe(state);
			expect(host.facts.paths).not.toHaveProperty([shimOnPath]);
		}
		host.apply(planUninstall(host.facts, host.receipt, {rehearsal}));
		expect(host.receipt.standing).toEqual([]);
		expect(host.facts.paths).toEqual(facts.paths);
	});

	it('a rollback to a choice that had the path does not take it', async () => {
		const host = new PlayedHost(taken('link:/opt/kata-3.28.0'));
		host.apply(planInstall(host.facts, beside, {rehearsal}));
		const {facts} = host;
		const {beside: _, ...previous} = sampleChoice({hypervisor: 'dragonball', beside: true});
		const installation = {...(facts.installation as NonNullable<Facts['installation']>), previous};
		const plan = await makeChangePlan(contextOf('rollback', '--yes'), {...facts, installation}, 'rollback', null);
		expect(plan.choice).toMatchObject({hypervisor: 'dragonball', beside: true});
		expect(pathsOf(plan)).not.toContain(kataPrefix);
	});

	it('is no change of an installation that has the path itself', async () => {
		const host = new PlayedHost(sampleFacts());
		host.apply(planInstall(host.facts, sampleChoice(), {rehearsal}));
		await expect(makeChangePlan(contextOf('install', '--yes', '--beside'), host.facts, 'switch', null)).rejects.toThrow(
			'is not beside another Kata',
		);
	});

	it('leaves the path free where nothing is at it', () => {
		const plan = planInstall(sampleFacts(), beside, {rehearsal});
		expect(pathsOf(plan)).not.toContain(kataPrefix);
		expect(plan.notes.join('\n')).not.toContain('Two Katas');
	});

	it('is named by the refusal without the flag, next to the owner’s own way', () => {
		const report = refusal(() => planInstall(taken('directory', 'package'), sampleChoice(), {rehearsal}));
		expect(report).toMatchObject({exit: 'host', why: 'A trace.'});
		const remedy = [report.remedy].flat().join('\n');
		expect(remedy).toContain('kata-setup install --beside');
		expect(remedy).toContain('Remove the package');
	});

	it('is refused on a node of kata-deploy, with the reason and its own way', () => {
		const facts = taken('directory', 'kata-deploy');
		for (const choice of [beside, sampleChoice()]) {
			const {why, remedy} = refusal(() => planInstall(facts, choice, {rehearsal}));
			expect([remedy].flat().join('\n')).toContain('helm uninstall kata-deploy');
			expect([remedy].flat().join('\n')).not.toContain('--beside');
			if (choice.beside) expect(why).toContain('kata-deploy sets up this node');
		}
	});

	it('turns the blocker into a warning, and not that of kata-deploy', () => {
		const judged = (owner: KataOwner, ...words: string[]) =>
			judgeFor(contextOf('install', ...words), taken('directory', owner)).find(({id}) => id === 'existing-kata');
		expect(judged('unknown')).toMatchObject({severity: 'blocker'});
		const kept = judged('unknown', '--beside');
		expect(kept).toMatchObject({severity: 'warning', remedy: [], command: null});
		expect(kept?.detail.at(-1)).toContain('accepted by --beside');
		expect(judged('kata-deploy', '--beside')).toMatchObject({severity: 'blocker'});
	});
});
