/** What a killed worker leaves of its own, and that a host where nobody was killed is not written to. */
import {readFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {describe, expect, it} from 'vitest';
import {publishRun, writeSummary} from '../../src/apply/summary.ts';
import {tidy} from '../../src/apply/tidy.ts';
import {bootId} from '../../src/host/lock.ts';
import {journalFile, keptPlanFile, lockFile, socketFile, summaryFile} from '../../src/layout.ts';
import {finishPlan} from '../../src/plan/finish.ts';
import {sampleFacts} from '../support/facts.ts';
import {reportOf, type Throwaway, throwaway} from '../support/throwaway.ts';

const dead = {pid: 1, startTime: '0', bootId: 'another', since: '', run: 'r1', verb: 'install', by: 'ops'};
const record = (sequence: number, more: object): string =>
	`${JSON.stringify({schema: 1, sequence, at: '2026-11-26T00:00:00.000Z', run: 'r1', ...more})}\n`;
const begin = record(1, {
	record: 'begin',
	verb: 'install',
	kataSetup: '0',
	planHash: '',
	choice: null,
	by: 'ops',
	bootId: '',
});
const intent = record(2, {record: 'intent', step: 's', kind: 'link', title: 't', args: {}, inverse: {}});
const done = record(3, {record: 'done', step: 's'}) + record(4, {record: 'end', outcome: 'done'});
const undone =
	record(3, {record: 'undone', ofRun: 'r1', step: 's', left: []}) + record(4, {record: 'end', outcome: 'undone'});

/** A root with `/var/lib` and `/run`, which every host has. */
async function root(files: Record<string, string>): Promise<Throwaway> {
	const made = await throwaway();
	for (const [path, content] of Object.entries({'/var/lib/kept': '', '/run/kept': '', ...files}))
		await made.place(path, content);
	return made;
}
const ours = async ({listing}: Throwaway): Promise<string[]> =>
	Object.keys(await listing())
		.filter(path => path.includes('kata-setup'))
		.sort();
const by = 'ops';

describe('after a worker was killed', () => {
	it('takes lock and socket away, and the journal where nothing stands', async () => {
		const made = await root({
			[lockFile]: JSON.stringify(dead),
			[socketFile]: '',
			[journalFile]: begin + intent + undone,
		});
		await tidy(made.host, {by, forget: false});
		expect(await ours(made)).toEqual([]);
	});

	it('writes the summary that a finished run had no time for, and takes away what it had of it', async () => {
		const made = await root({
			[lockFile]: JSON.stringify(dead),
			[journalFile]: begin + intent + done,
			[keptPlanFile]: '{}',
			[`${dirname(summaryFile)}/.installation.json.kata-setup-4194305-2`]: '',
		});
		await tidy(made.host, {by, forget: true});
		expect(await ours(made)).toEqual(['/var/lib/kata-setup', summaryFile, journalFile].sort());
		const summary = JSON.parse((await made.host.files.readText(summaryFile)) ?? '');
		expect(summary).toMatchObject({sequence: 4, lastRun: {run: 'r1', verb: 'install', outcome: 'done'}});
	});

	const failure = {exit: 'undone', message: 'It broke.', why: null, remedy: [], evidence: []};
	it.each([
		['of one that came to nothing, its failure', 'undone', failure],
		['of one that was gone on with to its end, what it left as it was', 'done', {exit: 'host', why: 'It stays.'}],
		['of one without a VM, its smoke test’s words', 'unproven', {exit: 'unproven', message: 'No VM.'}],
	])('knows from journal and plan, %s', async (_, outcome, error) => {
		const records = [
			{...JSON.parse(begin), verb: 'repair'},
			{record: 'failed', step: 't', error: failure},
			{record: 'proof', outcome: 'no-vm', sentence: 'No VM.'},
			{record: 'end', outcome},
		].map((more, index) => record(5 + index, {...more, sequence: 5 + index, run: 'r2'}));
		const plan = finishPlan(sampleFacts(), {
			verb: 'repair',
			rehearsal: false,
			choice: null,
			steps: [],
			notes: [],
			unmended: ['It stays'],
			command: 'kata-setup repair',
		});
		const made = await root({
			[lockFile]: JSON.stringify(dead),
			[journalFile]: begin + intent + done + records.join(''),
			[keptPlanFile]: JSON.stringify({schema: 1, run: 'r2', plan}),
		});
		await tidy(made.host, {by, forget: false});
		const summary = JSON.parse((await made.host.files.readText(summaryFile)) ?? '');
		expect(summary.lastRun).toMatchObject({run: 'r2', verb: 'repair', outcome, error});
		expect(await made.host.files.readText(keptPlanFile)).toBe(null);
	});

	it('takes away what one had ready to become the lock, and not that of one that lives', async () => {
		const ready = (pid: number): string => `${lockFile}.${pid}.0123abcd`;
		const beyondAllPids = 2 ** 22 + 1; // PID_MAX_LIMIT of the kernel
		const made = await root({[ready(beyondAllPids)]: '', [ready(process.pid)]: ''});
		await tidy(made.host, {by, forget: false});
		expect(await ours(made)).toEqual([dirname(lockFile), ready(process.pid)]);
		const alone = await root({[ready(beyondAllPids)]: ''});
		await tidy(alone.host, {by, forget: false});
		expect(await ours(alone)).toEqual([]);
	});

	it('leaves a worker alone that lives', async () => {
		const stat = await readFile('/proc/self/stat', 'utf8');
		const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
		const living = {...dead, pid: process.pid, startTime, bootId: await bootId()};
		const made = await root({[lockFile]: JSON.stringify(living), [journalFile]: begin + intent + undone});
		const before = await made.listing();
		await tidy(made.host, {by, forget: true});
		expect(await made.listing()).toEqual(before);
	});
});

describe('where nobody was killed', () => {
	it('writes nothing to a host with an installation, nor to one without', async () => {
		for (const files of [{}, {[journalFile]: begin + intent + done}] as Record<string, string>[]) {
			const made = await root(files);
			if (journalFile in files) await writeSummary(made.host, null);
			const before = await made.listing();
			await tidy(made.host, {by, forget: true});
			expect(await made.listing()).toEqual(before);
		}
	});

	it('writes what everybody may read anew where it tells otherwise than the journal, as after a power cut', async () => {
		const made = await root({[journalFile]: begin + intent});
		await publishRun(made.host);
		const stale = (await made.host.files.readText(summaryFile)) ?? '';
		expect(JSON.parse(stale)).toMatchObject({installation: {unfinishedRun: 'r1'}});
		await made.host.files.append(journalFile, done);
		await tidy(made.host, {by, forget: false});
		const summary = JSON.parse((await made.host.files.readText(summaryFile)) ?? '');
		expect(summary).toMatchObject({installation: null, sequence: 4, lastRun: {run: 'r1', outcome: 'done'}});
		// A torn one counts as none.
		await made.place(summaryFile, stale.slice(0, 20));
		await tidy(made.host, {by, forget: false});
		expect(JSON.parse((await made.host.files.readText(summaryFile)) ?? '')).toEqual(summary);
		expect(await made.host.files.stat(dirname(lockFile))).toBeNull();
	});

	it('takes it away where the run that it tells of came to nothing', async () => {
		const made = await root({[journalFile]: begin + intent});
		await publishRun(made.host);
		await made.host.files.append(journalFile, undone);
		await tidy(made.host, {by, forget: false});
		expect(await ours(made)).toEqual([]);
	});

	it('says so where the disk does not take it', async () => {
		const made = await root({[journalFile]: begin + intent + done});
		const full = Object.assign(new Error('ENOSPC: no space'), {code: 'ENOSPC'});
		const {files} = made.host;
		const host = {...made.host, files: {...files, write: () => Promise.reject(full)}};
		expect(await reportOf(tidy(host, {by, forget: false}))).toMatchObject({
			exit: 'host',
			why: 'There is no space left on its file system.',
		});
		expect(await made.host.files.stat(lockFile)).toBeNull();
	});

	it('takes away the plan of a run that is over, which may name passwords: the power was cut after its end', async () => {
		const made = await root({[lockFile]: JSON.stringify(dead), [journalFile]: begin + intent + done});
		await tidy(made.host, {by, forget: false});
		const settled = await made.listing();
		await made.place(keptPlanFile, '{}');
		await tidy(made.host, {by, forget: false});
		expect(await made.listing()).toEqual(settled);
	});

	it('keeps what the last run has to tell, until an uninstall', async () => {
		const made = await root({[journalFile]: begin + intent + undone, [summaryFile]: '{}'});
		await tidy(made.host, {by, forget: false});
		expect(await ours(made)).toContain(summaryFile);
		await tidy(made.host, {by, forget: true});
		expect(await ours(made)).toEqual([]);
	});
});
