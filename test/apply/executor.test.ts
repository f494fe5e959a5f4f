/** The executor on a throwaway root, with real steps: what it writes down, what it does, and its way back. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {UnstampedEvent} from '../../src/apply/events.ts';
import {executePlan, type RunResult} from '../../src/apply/executor.ts';
import {readJournal} from '../../src/apply/journal.ts';
import {foldJournal} from '../../src/apply/receipt.ts';
import type {Host} from '../../src/host/host.ts';
import {createRootedHost} from '../../src/host/rooted.ts';
import {finishPlan} from '../../src/plan/finish.ts';
import {makeStep} from '../../src/plan/make-step.ts';
import type {Plan, Precondition, Step, Verb} from '../../src/plan/plan.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';

let root: string;
let host: Host;
let events: UnstampedEvent[];

beforeEach(async () => {
	root = await fs.mkdtemp(join(tmpdir(), 'kata-setup-executor-'));
	await fs.mkdir(join(root, 'var/lib'), {recursive: true});
	await fs.mkdir(join(root, 'etc'));
	host = createRootedHost({
		root,
		kind: 'rehearsal',
		run: async (file, args) => ({
			command: [file, ...args].join(' '),
			code: 0,
			stdout: 'x86_64\n',
			stderr: '',
			timedOut: false,
			notStarted: null,
		}),
	});
	events = [];
});
afterEach(() => fs.rm(root, {recursive: true, force: true}));

const words = {why: 'a test', undo: 'undo it'};
const directory = (path: string): Step =>
	makeStep('make-directory', {path, mode: 0o755}, {of: path, title: `Make ${path}`, ...words});
const file = (path: string, content: string, pre: Precondition[] = []): Step =>
	makeStep('write-file', {path, content, mode: 0o644}, {of: path, title: `Write ${path}`, pre, ...words});
const link = (path: string, target: string): Step =>
	makeStep('link', {path, target}, {of: path, title: `Link ${path}`, ...words});

const planOf = (steps: Step[], verb: Verb = 'install'): Plan =>
	finishPlan(sampleFacts(), {verb, rehearsal: true, choice: sampleChoice(), steps, notes: [], command: 'x'});

const execute = (plan: Plan, options: {run?: string; signal?: AbortSignal} = {}): Promise<RunResult> =>
	executePlan(host, plan, {
		run: options.run ?? 'r1',
		by: 'ops',
		signal: options.signal ?? new AbortController().signal,
		emit: event => events.push(event),
	});

/** Path → content of everything but our own state. */
async function listing(): Promise<Record<string, string>> {
	const found: Record<string, string> = {};
	for (const entry of await fs.readdir(root, {recursive: true, withFileTypes: true})) {
		const path = join(entry.parentPath, entry.name).slice(root.length);
		if (path.startsWith('/var/lib/kata-setup')) continue;
		const physical = root + path;
		found[path] = entry.isSymbolicLink()
			? `-> ${await fs.readlink(physical)}`
			: entry.isFile()
				? await fs.readFile(physical, 'utf8')
				: 'folder';
	}
	return found;
}

const journalWords = async (): Promise<string[]> =>
	(await readJournal(host)).map(record => ('step' in record ? `${record.record} ${record.step}` : record.record));

/** A link cannot be put where a folder is: this step fails when it is prepared. */
const failing = (): Step => link('/etc/taken', 'anywhere');

describe('a run that succeeds', () => {
	it('announces each step before and confirms it after its effect', async () => {
		const result = await execute(planOf([directory('/etc/a/b'), file('/etc/a/b/f', 'x\n'), link('/etc/l', 'a')]));
		expect(result).toEqual({outcome: 'done', error: null, left: []});
		expect(await listing()).toMatchObject({'/etc/a/b/f': 'x\n', '/etc/l': '-> a'});
		expect(await journalWords()).toEqual([
			'begin',
			'intent make-directory:/etc/a/b',
			'done make-directory:/etc/a/b',
			'intent write-file:/etc/a/b/f',
			'done write-file:/etc/a/b/f',
			'intent link:/etc/l',
			'done link:/etc/l',
			'end',
		]);
		expect(events.at(0)).toMatchObject({event: 'run-started', verb: 'install'});
		expect(events.at(-1)).toMatchObject({event: 'run-finished', outcome: 'done'});
	});

	it('numbers the journal on from run to run', async () => {
		await execute(planOf([file('/etc/one', '1')]), {run: 'r1'});
		await execute(planOf([file('/etc/two', '2')]), {run: 'r2'});
		const records = await readJournal(host);
		expect(records.map(({sequence}) => sequence)).toEqual(records.map((_, index) => index + 1));
		expect(new Set(records.map(({run}) => run))).toEqual(new Set(['r1', 'r2']));
	});
});

describe('a step that fails', () => {
	beforeEach(async () => {
		await fs.mkdir(join(root, 'etc/taken'));
		await fs.writeFile(join(root, 'etc/kept'), 'the user’s own\n');
	});

	it('takes everything before it back, in reverse order, byte for byte', async () => {
		const before = await listing();
		const steps = [directory('/etc/new'), file('/etc/kept', 'ours\n'), link('/etc/l', 'kept'), failing()];
		const result = await execute(planOf(steps));
		expect(result.outcome).toBe('undone');
		expect(result.error?.message).toContain('/etc/taken is not a link');
		expect(result.error?.remedy.join()).toContain('mv /etc/taken');
		expect(await listing()).toEqual(before);
		expect(events.filter(({event}) => event === 'step-undone').map(event => (event as {step: string}).step)).toEqual([
			'link:/etc/l',
			'write-file:/etc/kept',
			'make-directory:/etc/new',
		]);
		expect(foldJournal(await readJournal(host)).standing).toEqual([]);
	});

	it('explains a file system that refuses, and calls it no bug', async () => {
		const {files} = host;
		const refuse = async (path: string): Promise<never> => {
			throw Object.assign(new Error('EROFS: read-only file system'), {
				code: 'EROFS',
				path: '/etc/one',
				dest: `${path}.new`,
			});
		};
		host = {...host, files: {...files, link: refuse}};
		const {outcome, error} = await execute(planOf([link('/usr/local/bin/x', '/y')]));
		expect(outcome).toBe('undone');
		expect(error).toMatchObject({
			exit: 'undone',
			message: '/usr/local/bin cannot be written to.',
			why: 'Its file system is mounted read-only.',
		});
	});

	it('leaves what somebody else changed meanwhile, and says so', async () => {
		const meddled: Step = file('/etc/kept', 'ours\n');
		const plan = planOf([meddled, directory('/etc/second'), failing()]);
		const original = host.files.makeDirectory;
		host.files.makeDirectory = async (path, mode) => {
			if (path === '/etc/second') await fs.writeFile(join(root, 'etc/kept'), 'edited by a person\n');
			return original(path, mode);
		};
		const result = await execute(plan);
		expect(result.left.join()).toContain('/etc/kept stays: it was changed since');
		expect(await fs.readFile(join(root, 'etc/kept'), 'utf8')).toBe('edited by a person\n');
	});

	it('goes on undoing when one inverse fails, and calls the run incomplete', async () => {
		const plan = planOf([file('/etc/first', '1'), file('/etc/second', '2'), failing()]);
		const remove = host.files.remove;
		host.files.remove = async path => {
			if (path === '/etc/second') throw Object.assign(new Error('EIO: i/o error'), {code: 'EIO'});
			return remove(path);
		};
		const result = await execute(plan);
		expect(result.outcome).toBe('incomplete');
		expect(events.some(({event}) => event === 'undo-failed')).toBe(true);
		expect(Object.keys(await listing())).not.toContain('/etc/first');
		expect(foldJournal(await readJournal(host)).standing.map(({step}) => step)).toEqual(['write-file:/etc/second']);
	});

	it('lets a folder stand that holds what could not be undone, so that the next run takes both', async () => {
		const plan = planOf([directory('/etc/ours'), file('/etc/ours/first', '1'), failing()]);
		const remove = host.files.remove;
		host.files.remove = async path => {
			if (path === '/etc/ours/first') throw Object.assign(new Error('EIO: i/o error'), {code: 'EIO'});
			return remove(path);
		};
		expect(await execute(plan)).toMatchObject({outcome: 'incomplete', left: []});
		const standing = foldJournal(await readJournal(host)).standing.map(({step}) => step);
		expect(standing).toEqual(['make-directory:/etc/ours', 'write-file:/etc/ours/first']);
	});
});

describe('a disk that is full', () => {
	/** Lets `count` appends to the journal through; the next ones fail, until `free` is called. */
	function fillAfter(count: number): () => void {
		const append = host.files.append;
		let left = count;
		host.files.append = async (path, content) => {
			left -= 1;
			if (left < 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), {code: 'ENOSPC'});
			return append(path, content);
		};
		return () => {
			host.files.append = append;
		};
	}
	// begin, and two records for each of two steps, and the end.
	const records = 6;

	it.each(Array.from({length: records}, (_, index) => index))(
		'and takes only %i records of the journal, leaves the host as it was and says why',
		async count => {
			const before = await listing();
			const free = fillAfter(count);
			const result = await execute(planOf([directory('/etc/new'), file('/etc/new/f', 'x')]));
			expect(await listing()).toEqual(before);
			expect(result.outcome).not.toBe('done');
			expect(result.error).toMatchObject({exit: 'undone', why: 'There is no space left on its file system.'});
			expect(result.error?.remedy.join()).toContain('Make room');
			free();
			const receipt = foldJournal(await readJournal(host));
			if (receipt.standing.length > 0)
				await execute(planUninstall(sampleFacts(), receipt, {rehearsal: true}), {run: 'r2'});
			expect(foldJournal(await readJournal(host)).standing).toEqual([]);
			expect(await listing()).toEqual(before);
		},
	);
});

describe('preconditions', () => {
	it('are all checked before the first effect', async () => {
		const pre: Precondition[] = [{kind: 'path', path: '/etc/later', state: 'link:elsewhere'}];
		const before = await listing();
		const result = await execute(planOf([file('/etc/early', 'x'), file('/etc/later', 'y', pre)]));
		expect(result).toMatchObject({outcome: 'undone', error: {exit: 'changed'}});
		expect(result.error?.evidence).toEqual(['/etc/later is absent, not link:elsewhere']);
		expect(await listing()).toEqual(before);
		expect(await readJournal(host)).toEqual([]);
	});
});

describe('a run that is cancelled', () => {
	it('stops before the next step and takes back what was done', async () => {
		const abort = new AbortController();
		const before = await listing();
		const original = host.files.makeDirectory;
		host.files.makeDirectory = async (path, mode) => {
			await original(path, mode);
			if (path === '/etc/second') abort.abort();
		};
		const steps = [directory('/etc/first'), directory('/etc/second'), directory('/etc/third')];
		const result = await execute(planOf(steps), {signal: abort.signal});
		expect(result).toMatchObject({outcome: 'undone', error: {exit: 'interrupted'}});
		expect(events.some(event => event.event === 'step-started' && event.step.includes('third'))).toBe(false);
		expect(await listing()).toEqual(before);
	});
});

describe('an uninstall', () => {
	it('gives back the tree that was there before, newest step first', async () => {
		await fs.writeFile(join(root, 'etc/kept'), 'the user’s own\n');
		const before = await listing();
		await execute(planOf([directory('/etc/new/deep'), file('/etc/new/deep/f', 'x'), file('/etc/kept', 'ours')]));
		const receipt = foldJournal(await readJournal(host));
		const plan = planUninstall(sampleFacts(), receipt, {rehearsal: true});
		const result = await execute(plan, {run: 'r2'});
		expect(result).toEqual({outcome: 'done', error: null, left: []});
		expect(await listing()).toEqual(before);
		expect(foldJournal(await readJournal(host)).standing).toEqual([]);
	});

	it('that fails half-way is not turned round, and can be run again', async () => {
		await execute(planOf([file('/etc/one', '1'), file('/etc/two', '2')]));
		const remove = host.files.remove;
		host.files.remove = async path => {
			if (path === '/etc/one') throw Object.assign(new Error('EROFS: read-only file system'), {code: 'EROFS'});
			return remove(path);
		};
		const plan = () =>
			readJournal(host).then(records => planUninstall(sampleFacts(), foldJournal(records), {rehearsal: true}));
		expect((await execute(await plan(), {run: 'r2'})).outcome).toBe('incomplete');
		expect(Object.keys(await listing())).not.toContain('/etc/two');
		expect(foldJournal(await readJournal(host)).unfinished?.run).toBe('r2');
		host.files.remove = remove;
		expect((await execute(await plan(), {run: 'r3'})).outcome).toBe('done');
		expect(Object.keys(await listing())).not.toContain('/etc/one');
	});
});
