/** What becomes of people's own drop-ins when the pair changes, plan after plan. */
import {describe, expect, it} from 'vitest';
import {pairName} from '../../src/catalogue/catalogue.ts';
import {planLines} from '../../src/cli/plan-text.ts';
import type {DropInFacts, Facts} from '../../src/facts/facts.ts';
import {dropInFolder} from '../../src/kataconfig/carry-over.ts';
import {activePairLink} from '../../src/layout.ts';
import {planChange} from '../../src/plan/change.ts';
import type {Choice} from '../../src/plan/choice.ts';
import {hashHolds} from '../../src/plan/finish.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan, StepOf} from '../../src/plan/plan.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import type {StepContext} from '../../src/steps/step-kind.ts';
import {writeFileStep} from '../../src/steps/write-file.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';
import {probedHost} from '../support/probed-host.ts';

const rehearsal = false;
const qemu = sampleChoice({runtime: 'rust', hypervisor: 'qemu'});
const dragonball = sampleChoice({runtime: 'rust', hypervisor: 'dragonball'});
const mine: DropInFacts = {
	path: `${dropInFolder(qemu)}/50-mine.toml`,
	pair: 'rust-qemu',
	mode: 0o600,
	text: '[hypervisor.qemu]\ndefault_vcpus = 2\n',
};
const context: StepContext = {
	signal: new AbortController().signal,
	progress: () => undefined,
	log: () => undefined,
	verdict: () => undefined,
};
const carried = `${dropInFolder(dragonball)}/50-mine.toml`;

const installedHost = (facts: Partial<Facts> = {}): PlayedHost => {
	const host = new PlayedHost(sampleFacts({dropIns: [mine], ...facts}));
	host.apply(planInstall(host.facts, qemu, {rehearsal}));
	return host;
};
const change = (host: PlayedHost, choice: Choice, facts: Partial<Facts> = {}): Plan =>
	planChange({...host.facts, ...facts}, choice, {verb: 'switch', rehearsal});
const written = ({steps}: Plan): StepOf<'write-file'>[] =>
	steps.filter(step => step.kind === 'write-file').filter(({args}) => args.path.endsWith('/50-mine.toml'));

describe('a change of the pair', () => {
	it('writes the drop-in for the new pair before that is the active one, with the permissions it had', () => {
		const plan = change(installedHost(), dragonball);
		const [step] = written(plan);
		expect(step?.args).toMatchObject({path: carried, mode: 0o600});
		expect(step?.args.content).toContain('[hypervisor.dragonball]\ndefault_vcpus = 2\n');
		expect(step?.pre).toEqual([{kind: 'path', path: carried, state: 'absent'}]);
		const active = plan.steps.findIndex(({kind, args}) => kind === 'link' && args.path === activePairLink);
		expect(plan.steps.indexOf(step as Plan['steps'][number])).toBeLessThan(active);
		expect(plan.notes.join('\n')).toContain(`${mine.path} is carried over to rust-dragonball`);
	});

	it('tells of each setting what becomes of it, in the plan and in its text', () => {
		const text = '[hypervisor.qemu]\ndefault_vcpus = 2\nmachine_type = "q35"\n[runtime]\nenable_debug = true\n';
		const plan = change(installedHost({dropIns: [{...mine, text}]}), dragonball);
		const file = mine.path;
		const [vcpus, machine, debug] = plan.settings ?? [];
		expect(plan.settings).toHaveLength(3);
		expect(vcpus).toMatchObject({
			file,
			fate: 'changed',
			from: {table: 'hypervisor.qemu', option: 'default_vcpus', value: '2'},
			to: {table: 'hypervisor.dragonball', option: 'default_vcpus', value: '2'},
		});
		expect(machine).toMatchObject({fate: 'dropped', to: null, from: {value: '"q35"'}});
		expect(debug).toMatchObject({fate: 'same', why: null});
		expect(hashHolds(plan)).toBe(true);
		const lines = planLines(plan, null);
		expect(lines).toContain('Your own settings: 1 the same, 1 in other words, 1 dropped:');
		expect(lines).toContain('      -> dropped. It belongs to the hypervisor that is left; the packaged value');
		expect(lines.some(line => line.startsWith('      -> the same in [hypervisor.dragonball]. '))).toBe(true);
		for (const line of lines.slice(
			lines.findIndex(one => one.startsWith('Your own')),
			lines.indexOf('Good to know:'),
		))
			if (!line.includes('/')) expect(line.length).toBeLessThanOrEqual(80);
	});

	it('has no table where nothing is carried over, be it that the file was taken away there', () => {
		const host = installedHost({dropIns: []});
		expect(change(host, dragonball)).not.toHaveProperty('settings');
		const there = {...mine, path: carried, pair: 'rust-dragonball', text: '# mine\n'};
		expect(change(host, dragonball, {dropIns: [mine, there]})).not.toHaveProperty('settings');
		const gone = installedHost();
		gone.apply(change(gone, dragonball));
		gone.apply(change(gone, qemu));
		expect(change(gone, dragonball, {dropIns: [mine]})).not.toHaveProperty('settings');
	});

	it('writes nothing where the pair stays', () => {
		const broken = {...mine, path: `${dropInFolder(qemu)}/60-broken.toml`, text: '[runtime'};
		const plan = change(installedHost({dropIns: [mine, broken]}), {...qemu, guestMemoryMiB: 4096});
		expect(plan.steps).not.toEqual([]);
		expect(written(plan)).toEqual([]);
		expect(plan.notes.join('\n')).not.toMatch(/50-mine|60-broken/);
	});

	it('to another release names what that does not read as it stands, and leaves the file alone', () => {
		const clh = sampleChoice({runtime: 'rust', hypervisor: 'cloud-hypervisor'});
		const at = (version: string): Choice => ({...clh, release: {...clh.release, version}});
		const path = `${dropInFolder(clh)}/50-mine.toml`;
		const text = '[hypervisor.cloud-hypervisor]\ndefault_vcpus = 2\nno_such = 1\n[runtime]\nenable_debug = true\n';
		const dropIns = [{...mine, path, pair: pairName(clh), text}];
		const host = new PlayedHost(sampleFacts({dropIns}));
		host.apply(planInstall(host.facts, at('3.29.0'), {rehearsal}));
		const {steps, notes} = planChange(host.facts, at('4.1.0'), {verb: 'upgrade', rehearsal});
		const [note = ''] = notes.filter(one => one.startsWith(path));
		expect(note).toContain('[hypervisor.cloud-hypervisor] default_vcpus is [hypervisor.clh] default_vcpus there.');
		expect(note).toMatch(/\[hypervisor\.cloud-hypervisor\] no_such is not read there/);
		expect(note).not.toContain('enable_debug');
		expect(written({steps} as Plan)).toEqual([]);
		expect(planChange(host.facts, at('3.29.0'), {verb: 'switch', rehearsal}).notes.join()).not.toContain(path);
	});

	it('there and back and there again writes it once', () => {
		const host = installedHost();
		host.apply(change(host, dragonball));
		const back = change(host, qemu);
		expect(written(back)).toEqual([]);
		expect(back.notes.join('\n')).not.toContain('50-mine.toml');
		host.apply(back);
		const again = change(host, dragonball);
		expect(written(again)).toEqual([]);
		expect(again.notes.join('\n')).not.toContain('50-mine.toml');
		host.apply(again);
		expect(change(host, dragonball).steps).toEqual([]);
	});

	it('says on the way back that what was edited in between is not carried over', () => {
		const host = installedHost();
		host.apply(change(host, dragonball));
		const edited = {...mine, path: carried, pair: 'rust-dragonball', text: '[runtime]\nenable_debug = true\n'};
		const back = change(host, qemu, {dropIns: [mine, edited]});
		expect(written(back)).toEqual([]);
		expect(back.notes).toContainEqual(expect.stringContaining(`${carried} is not carried over to it`));
	});

	it('does not write again what was taken away since, and says so', () => {
		const host = installedHost();
		host.apply(change(host, dragonball));
		host.apply(change(host, qemu));
		const again = change(host, dragonball, {dropIns: [mine]});
		expect(written(again)).toEqual([]);
		expect(again.notes).toContainEqual(expect.stringContaining(`${carried} was taken away`));
	});

	it('says where the drop-ins were not read', () => {
		const unread = [{probe: 'drop-ins', why: 'It did not end within 10 s.'}];
		const plan = change(installedHost({dropIns: [], unread}), dragonball);
		expect(plan.notes).toContainEqual(expect.stringContaining('they were not read. It did not end'));
	});

	it('is taken back by an uninstall, which leaves the person’s own', () => {
		const host = installedHost();
		host.apply(change(host, dragonball));
		expect(host.facts.dropIns?.map(({path}) => path)).toEqual([mine.path, carried]);
		host.apply(planUninstall(host.facts, host.receipt, {rehearsal}));
		expect(host.facts.dropIns).toEqual([mine]);
		expect(host.facts.paths).not.toHaveProperty([carried]);
	});

	it.each([true, false])('is undone by taking the file away, unless it was edited since (%s)', async edited => {
		const [step] = written(change(installedHost(), dragonball));
		if (!step) throw new Error('nothing was carried over');
		const host = await probedHost({files: {[`${dropInFolder(dragonball)}/`]: ''}});
		const inverse = await writeFileStep.prepare(host, step.args);
		await writeFileStep.perform(host, step.args, context);
		if (edited) await host.files.write(carried, '[runtime]\n', {mode: 0o600});
		const left = await writeFileStep.undo(host, step.args, inverse, context);
		expect(left).toEqual(edited ? [expect.stringContaining(`${carried} stays`)] : []);
		expect((await host.files.stat(carried)) !== null).toBe(edited);
	});
});
