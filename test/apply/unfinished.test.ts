/** Runs that were cut short or stopped: finished by their own plan, or undone alone, on a throwaway root with real steps. */
import {describe, expect, it} from 'vitest';
import type {UnstampedEvent} from '../../src/apply/events.ts';
import {executePlan, type RunResult} from '../../src/apply/executor.ts';
import {readJournal} from '../../src/apply/journal.ts';
import {readKeptPlan} from '../../src/apply/kept-plan.ts';
import {foldJournal} from '../../src/apply/receipt.ts';
import {readSummary, type Summary, writeSummary} from '../../src/apply/summary.ts';
import type {Host} from '../../src/host/host.ts';
import {journalFile, keptPlanFile, summaryFile} from '../../src/layout.ts';
import {finishPlan} from '../../src/plan/finish.ts';
import {progressOf} from '../../src/plan/finish-run.ts';
import {makeStep} from '../../src/plan/make-step.ts';
import type {Plan, Step} from '../../src/plan/plan.ts';
import {planUndo} from '../../src/plan/undo.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {type Throwaway, throwaway} from '../support/throwaway.ts';

const file = (path: string, content: string): Step =>
	makeStep(
		'write-file',
		{path, content, mode: 0o644},
		{of: path, title: `Write ${path}`, why: 'a test', undo: 'undo it', pre: [{kind: 'path', path, state: 'absent'}]},
	);

const steps = ['one', 'two', 'three'].map(name => file(`/etc/${name}`, name));
const plan = finishPlan(sampleFacts(), {
	verb: 'install',
	rehearsal: true,
	choice: sampleChoice(),
	steps,
	notes: [],
	command: 'x',
});

async function server(): Promise<Throwaway> {
	const made = await throwaway();
	await made.place('/etc/hostname', 'web-01\n');
	await made.place('/var/lib/other', 'x');
	return made;
}

interface Ran {
	result: RunResult;
	events: UnstampedEvent[];
}

async function execute(
	host: Host,
	made: Plan,
	run: string,
	options: {stop?: AbortSignal; finish?: boolean} = {},
): Promise<Ran> {
	const events: UnstampedEvent[] = [];
	const {stop, finish} = options;
	const result = await executePlan(host, made, {
		run,
		by: 'ops',
		signal: new AbortController().signal,
		emit: event => events.push(event),
		...(stop ? {stop} : {}),
		...(finish ? {reached: progressOf(made, run, await readJournal(host))} : {}),
	});
	return {result, events};
}

/** Stops as soon as a path was written. */
function stopAfter(host: Host, path: string): AbortSignal {
	const stop = new AbortController();
	const {write} = host.files;
	host.files.write = async (at, content, mode) => {
		await write(at, content, mode);
		if (at === path) stop.abort();
	};
	return stop.signal;
}

/** Runs the plan and dies, as far as the journal tells, right after a path was written: the record that it is done is lost. */
async function dieAfter(host: Host, made: Plan, run: string, path: string): Promise<void> {
	const {write, append} = host.files;
	let dead = false;
	const refuse = () => Promise.reject(Object.assign(new Error('dead'), {code: 'EIO'}));
	host.files.write = async (at, content, mode) => {
		if (dead) return refuse();
		await write(at, content, mode);
		dead = at === path;
	};
	const {remove} = host.files;
	host.files.remove = at => (dead ? refuse() : remove(at));
	host.files.append = (at, content) => (dead ? refuse() : append(at, content));
	await execute(host, made, run);
	Object.assign(host.files, {write, append, remove});
}

const tree = async ({listing}: Throwaway): Promise<Record<string, string>> =>
	Object.fromEntries(Object.entries(await listing()).filter(([path]) => !path.startsWith('/var/lib/kata-setup')));

describe('a run that is asked to stop', () => {
	it('ends after the step that goes on, undoes nothing, and stands as unfinished', async () => {
		const made = await server();
		const {result, events} = await execute(made.host, plan, 'r1', {stop: stopAfter(made.host, '/etc/two')});
		expect(result).toMatchObject({outcome: 'stopped', error: {exit: 'incomplete'}, left: []});
		expect(result.error?.remedy.join()).toContain('kata-setup finish');
		expect(events.flatMap(event => (event.event === 'step-done' ? [event.step] : []))).toEqual([
			'write-file:/etc/one',
			'write-file:/etc/two',
		]);
		const receipt = foldJournal(await readJournal(made.host));
		expect(receipt.unfinished?.run).toBe('r1');
		expect(Object.keys(await tree(made))).toContain('/etc/two');
		expect(Object.keys(await tree(made))).not.toContain('/etc/three');
	});

	it('before its first step has nothing to finish: it is as if it was cancelled', async () => {
		const made = await server();
		const before = await tree(made);
		const {result} = await execute(made.host, plan, 'r1', {stop: AbortSignal.abort()});
		expect(result).toMatchObject({outcome: 'undone', error: {exit: 'interrupted'}});
		expect(foldJournal(await readJournal(made.host)).unfinished).toBeNull();
		expect(await tree(made)).toEqual(before);
	});
});

describe('another host name, a clock that went back, another machine with a copy of the disk', () => {
	/** What lies in the root as another machine has it whose clock is a year behind; nothing of /run comes along. */
	async function elsewhere(from: Throwaway): Promise<Throwaway> {
		const made = await throwaway();
		for (const [path, content] of Object.entries(await from.listing()))
			if (content !== 'folder' && !path.startsWith('/run/')) await made.place(path, content);
		await made.place('/proc/sys/kernel/hostname', 'clone-7\n');
		await made.place('/etc/hostname', 'clone-7\n');
		made.host.now = () => Date.now() - 365 * 86_400_000;
		return made;
	}
	const withoutName = (files: Record<string, string>) =>
		Object.fromEntries(
			Object.entries(files).filter(([path, content]) => content !== 'folder' && !/hostname$/.test(path)),
		);

	it('keep a run that was cut short from being neither finished nor undone', async () => {
		const undisturbed = await server();
		await execute(undisturbed.host, plan, 'r1');
		const original = await server();
		const before = withoutName(await tree(original));
		await dieAfter(original.host, plan, 'r2', '/etc/two');

		const finished = await elsewhere(original);
		expect((await readSummary(finished.host)).installation?.unfinished).toMatchObject({run: 'r2', verb: 'install'});
		const kept = await readKeptPlan(finished.host, 'r2');
		expect((await execute(finished.host, kept, 'r2', {finish: true})).result.outcome).toBe('done');
		expect(withoutName(await tree(finished))).toEqual(withoutName(await tree(undisturbed)));

		const undone = await elsewhere(original);
		const back = planUndo(sampleFacts(), foldJournal(await readJournal(undone.host)), {rehearsal: true});
		// By its name it comes before the run that it undoes.
		expect((await execute(undone.host, back, 'r0')).result.outcome).toBe('done');
		expect(withoutName(await tree(undone))).toEqual(before);
		expect(foldJournal(await readJournal(undone.host)).standing).toEqual([]);
	});

	it('keep what stands from being taken away', async () => {
		const original = await server();
		const before = withoutName(await tree(original));
		await execute(original.host, plan, 'r2');
		const there = await elsewhere(original);
		const receipt = foldJournal(await readJournal(there.host));
		expect(
			(await execute(there.host, planUninstall(sampleFacts(), receipt, {rehearsal: true}), 'r0')).result,
		).toMatchObject({
			outcome: 'done',
			left: [],
		});
		expect(withoutName(await tree(there))).toEqual(before);
	});
});

describe('what everybody may know of a run', () => {
	/** As an ordinary user reads it, for whom the journal is closed. */
	const asOrdinaryUser = (host: Host): Promise<Summary> => {
		const readText: Host['files']['readText'] = path =>
			path === journalFile
				? Promise.reject(Object.assign(new Error('closed'), {code: 'EACCES'}))
				: host.files.readText(path);
		return readSummary({...host, files: {...host.files, readText}});
	};

	it('says from its first step on that it was begun, so that a kill is seen at once', async () => {
		const made = await server();
		await dieAfter(made.host, plan, 'r1', '/etc/one');
		const {installation, lastRun} = await asOrdinaryUser(made.host);
		expect(installation?.unfinished).toMatchObject({run: 'r1', verb: 'install', by: 'ops'});
		expect(lastRun).toBeNull();
		expect(installation?.unfinished).toEqual((await readSummary(made.host)).installation?.unfinished);
	});

	it('says so of an uninstall before its first step', async () => {
		const made = await server();
		await execute(made.host, plan, 'r1');
		await writeSummary(made.host, {run: 'r1', verb: 'install', at: 'T', outcome: 'done', error: null});
		const uninstall = planUninstall(sampleFacts(), foldJournal(await readJournal(made.host)), {rehearsal: true});
		await dieAfter(made.host, uninstall, 'r2', summaryFile);
		const {installation, lastRun} = await asOrdinaryUser(made.host);
		expect(installation?.unfinished).toMatchObject({run: 'r2', verb: 'uninstall'});
		expect(lastRun).toMatchObject({run: 'r1'});
	});

	it('lets no run fail that could not say so', async () => {
		const made = await server();
		const {write} = made.host.files;
		made.host.files.write = (path, ...rest) =>
			path === summaryFile ? Promise.reject(Object.assign(new Error('no'), {code: 'ENOSPC'})) : write(path, ...rest);
		expect((await execute(made.host, plan, 'r1')).result.outcome).toBe('done');
	});
});

describe('an unfinished run', () => {
	it('keeps its plan, for root alone', async () => {
		const made = await server();
		await dieAfter(made.host, plan, 'r1', '/etc/two');
		expect(await readKeptPlan(made.host, 'r1')).toEqual(plan);
		expect((await made.host.files.stat(keptPlanFile))?.mode).toBe(0o600);
		await expect(readKeptPlan(made.host, 'r2')).rejects.toMatchObject({report: {exit: 'incomplete'}});
	});

	it('is finished to what an undisturbed one gives, and is undone to what was before', async () => {
		const [cut, whole] = [await server(), await server()];
		const before = await tree(cut);
		await dieAfter(cut.host, plan, 'r1', '/etc/two');
		const {result, events} = await execute(cut.host, plan, 'r1', {finish: true});
		expect(result).toEqual({outcome: 'done', error: null, left: []});
		expect(events.filter(({event}) => event === 'step-done')).toHaveLength(3);
		await execute(whole.host, plan, 'r1');
		expect(await tree(cut)).toEqual(await tree(whole));
		const records = await readJournal(cut.host);
		expect(records.filter(({record}) => record === 'resumed')).toHaveLength(1);
		// The first step was skipped; the second was begun, undone and done again.
		const intents = records.flatMap(record => (record.record === 'intent' ? [record.step] : []));
		expect(intents).toEqual([
			'write-file:/etc/one',
			'write-file:/etc/two',
			'write-file:/etc/two',
			'write-file:/etc/three',
		]);
		const receipt = foldJournal(records);
		expect(receipt.unfinished).toBeNull();
		await execute(cut.host, planUninstall(sampleFacts(), receipt, {rehearsal: true}), 'r2');
		expect(await tree(cut)).toEqual(before);
	});

	it('does a step again that was done and does not hold any more', async () => {
		const made = await server();
		await dieAfter(made.host, plan, 'r1', '/etc/two');
		await made.host.files.remove('/etc/one');
		expect((await execute(made.host, plan, 'r1', {finish: true})).result.outcome).toBe('done');
		expect((await tree(made))['/etc/one']).toBe('one');
	});

	it('that cannot be finished is undone whole, with what the first process did', async () => {
		const made = await server();
		const before = await tree(made);
		await dieAfter(made.host, plan, 'r1', '/etc/two');
		const {write} = made.host.files;
		made.host.files.write = (path, content, mode) =>
			path === '/etc/three'
				? Promise.reject(Object.assign(new Error('ENOSPC'), {code: 'ENOSPC', path}))
				: write(path, content, mode);
		expect((await execute(made.host, plan, 'r1', {finish: true})).result.outcome).toBe('undone');
		expect(await tree(made)).toEqual(before);
		expect(foldJournal(await readJournal(made.host)).standing).toEqual([]);
	});

	it('is not gone on with where somebody took a place meanwhile; nothing of it is touched', async () => {
		const made = await server();
		await dieAfter(made.host, plan, 'r1', '/etc/two');
		await made.place('/etc/three', 'somebody else’s');
		const before = await tree(made);
		const {result} = await execute(made.host, plan, 'r1', {finish: true});
		expect(result).toMatchObject({outcome: 'stopped', error: {exit: 'changed'}});
		expect(await tree(made)).toEqual(before);
		expect(foldJournal(await readJournal(made.host)).unfinished?.run).toBe('r1');
	});

	it('is undone alone: what an earlier run made stays', async () => {
		const made = await server();
		const earlier = finishPlan(sampleFacts(), {...plan, steps: [file('/etc/zero', '0')]});
		await execute(made.host, earlier, 'r0');
		const before = await tree(made);
		await dieAfter(made.host, plan, 'r1', '/etc/two');
		const undo = planUndo(sampleFacts(), foldJournal(await readJournal(made.host)), {rehearsal: true});
		expect(undo).toMatchObject({verb: 'undo', command: 'kata-setup undo --yes --rehearse'});
		expect(undo.notes.join()).toContain('install that ops began');
		expect((await execute(made.host, undo, 'r2')).result.outcome).toBe('done');
		expect(await tree(made)).toEqual(before);
		expect(foldJournal(await readJournal(made.host)).unfinished).toBeNull();
	});
});

describe('an unfinished uninstall', () => {
	it('is finished, and cannot be undone', async () => {
		const made = await server();
		const before = await tree(made);
		await execute(made.host, plan, 'r1');
		const uninstall = planUninstall(sampleFacts(), foldJournal(await readJournal(made.host)), {rehearsal: true});
		const {remove} = made.host.files;
		const stop = new AbortController();
		made.host.files.remove = async path => {
			await remove(path);
			if (path === '/etc/three') stop.abort();
		};
		const {result} = await execute(made.host, uninstall, 'r2', {stop: stop.signal});
		expect(result).toMatchObject({outcome: 'stopped', error: {remedy: ['To do the rest: kata-setup finish']}});
		const receipt = foldJournal(await readJournal(made.host));
		expect(receipt.unfinished?.run).toBe('r2');
		expect(() => planUndo(sampleFacts(), receipt, {rehearsal: true})).toThrow('is an uninstall');
		const kept = await readKeptPlan(made.host, 'r2');
		expect((await execute(made.host, kept, 'r2', {finish: true})).result.outcome).toBe('done');
		expect(await tree(made)).toEqual(before);
		expect(foldJournal(await readJournal(made.host)).standing).toEqual([]);
	});
});
