/** Journals as every version wrote them, kept for ever: the newest code folds them, shows them and takes away what they tell of. */
import * as fs from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {executePlan} from '../../src/apply/executor.ts';
import {parseJournal, readJournal} from '../../src/apply/journal.ts';
import {foldJournal, installationOf} from '../../src/apply/receipt.ts';
import {readSummary, type Summary} from '../../src/apply/summary.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {driftProbe} from '../../src/facts/kata/drift.ts';
import {makeFolders} from '../../src/host/folders.ts';
import {journalFile, keptPlanFile, summaryFile} from '../../src/layout.ts';
import type {Step} from '../../src/plan/plan.ts';
import {planRepair} from '../../src/plan/repair.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {sampleFacts} from '../support/facts.ts';
import {throwaway} from '../support/throwaway.ts';

const folder = join(import.meta.dirname, '../fixtures/journals');
const kept = async (version: string, name: string): Promise<string> => fs.readFile(join(folder, version, name), 'utf8');

describe('the journal of 0.1.0, before configurations were pinned to their tree', () => {
	it('folds to the installation that it told of', async () => {
		const {records} = parseJournal(await kept('0.1.0', 'journal.ndjson'));
		const receipt = foldJournal(records);
		const told = JSON.parse(await kept('0.1.0', 'installation.json')) as Summary;
		expect(receipt.unfinished).toBeNull();
		expect(receipt.sequence).toBe(told.sequence);
		const {version, runtime, hypervisor, handler} = told.installation ?? {};
		expect(installationOf(receipt)).toMatchObject({version, runtime, hypervisor, handler});
		expect(installationOf(receipt)?.tree).toContain('4.1.999-rust-a48a8974dbaa');
	});

	it('is repaired: a link and a file of it that are gone come back, and what it cannot tell is named', async () => {
		const {host, place} = await throwaway();
		const text = await kept('0.1.0', 'journal.ndjson');
		await place(journalFile, text);
		const receipt = foldJournal(await readJournal(host));
		const installation = installationOf(receipt);
		const look = async (): Promise<Facts> => ({
			...sampleFacts({containerd: [], installation}),
			drift: await driftProbe(installation, [], 'deep').read(host),
		});
		// What the journal tells of the contents, as an install left it; the archive is gone from where it was.
		for (const {kind, args} of receipt.standing) {
			const {path, target, content, mode, tree} = args as Record<string, string> & {mode: number};
			if (kind === 'make-directory') await makeFolders(host, path ?? '');
			if (kind === 'unpack-tree') await makeFolders(host, tree ?? '');
			if (kind === 'link' || kind === 'write-file') await makeFolders(host, dirname(path ?? ''));
			if (kind === 'link') await host.files.link(path ?? '', target ?? '');
			if (kind === 'write-file') await host.files.write(path ?? '', content ?? '', {mode});
		}
		const whole = (await look()).drift?.items.map(({path}) => path) ?? [];
		const link = '/etc/kata-containers/kata-setup/active';
		const file = receipt.standing.find(({kind}) => kind === 'write-file')?.args as {path: string; content: string};
		expect(whole).not.toContain(link);
		await host.files.remove(link);
		await host.files.remove(file.path);
		const facts = await look();
		expect(facts.drift?.items.map(({path}) => path).sort()).toEqual([...whole, link, file.path].sort());
		// A tree of before 0.2 has no record, so that nothing is said of what is in it.
		expect(facts.drift?.unjudged.map(({why}) => why).join()).toContain('before 0.2');
		const items = facts.drift?.items.filter(({path}) => path === link || path === file.path) ?? [];
		const drift = facts.drift && {...facts.drift, items};
		const materials = {archives: [], manifests: {}, program: {version: '0.1.0', folder: '/npx'}, snapshots: 0};
		const options = {rehearsal: true, restartEngine: true, smokeTest: true};
		const plan = planRepair({...facts, drift}, receipt, materials, options);
		expect(plan.steps.map(({kind}) => kind).sort()).toEqual(['link', 'write-file']);
		const steps = plan.steps.map(step => ({...step, pre: []}) as Step);
		const ran = await executePlan(
			host,
			{...plan, steps},
			{
				run: 'later',
				by: 'ops',
				signal: new AbortController().signal,
				emit: () => undefined,
			},
		);
		expect(ran).toMatchObject({outcome: 'done', error: null});
		expect((await look()).drift?.items.map(({path}) => path).sort()).toEqual([...whole].sort());
		expect(await host.files.readText(file.path)).toBe(file.content);
		expect(foldJournal(await readJournal(host)).standing).toHaveLength(receipt.standing.length);
	});

	it('is undone: every link, file and folder that it made is gone, and nothing else', async () => {
		const {host, place, listing} = await throwaway();
		const text = await kept('0.1.0', 'journal.ndjson');
		const {records} = parseJournal(text);
		await place('/etc/hostname', 'web-01\n');
		await place('/usr/local/bin/other', 'x');
		await place(journalFile, text);
		// What the steps made, as far as the journal itself tells what that is.
		for (const record of records) {
			if (record.record !== 'intent') continue;
			const {path, target, content} = record.args as {path?: string; target?: string; content?: string};
			if (path === undefined) continue;
			if (record.kind === 'make-directory') await fs.mkdir(host.files.physical(path), {recursive: true});
			if (record.kind === 'write-file') await place(path, content ?? '');
			if (record.kind !== 'link' || target === undefined) continue;
			const at = join(host.files.physical('/'), path);
			await fs.mkdir(join(at, '..'), {recursive: true});
			await fs.symlink(target, at);
		}
		const receipt = foldJournal(await readJournal(host));
		const whole = planUninstall(sampleFacts(), receipt, {rehearsal: true});
		const ran = await executePlan(host, whole, {
			run: 'later',
			by: 'ops',
			signal: new AbortController().signal,
			emit: () => undefined,
		});
		expect(ran).toMatchObject({outcome: 'done', error: null});
		expect(foldJournal(await readJournal(host)).standing).toEqual([]);
		const left = Object.entries(await listing()).filter(([, what]) => what !== 'folder');
		expect(left.map(([path]) => path).sort()).toEqual(
			['/etc/hostname', '/usr/local/bin/other', journalFile, keptPlanFile, summaryFile].sort(),
		);
	});
});

describe('a journal of a newer kata-setup', () => {
	const common = {schema: 1, sequence: 37, at: '2027-01-01T00:00:00.000Z', run: 'r'};
	it.each([
		['with another schema', {...common, schema: 2, what: 'nobody knows yet'}],
		['with a record that is not known', {...common, record: 'paused'}],
		['with a step that is not known', {...common, record: 'intent', step: 's', kind: 'weave', title: 't'}],
	])('%s is refused without harm: not a byte is written, and the remedy names the newer one', async (_, last) => {
		const {host, place, listing} = await throwaway();
		const text = `${await kept('0.1.0', 'journal.ndjson')}${JSON.stringify(last)}\n`;
		await place(journalFile, text);
		const receipt = foldJournal(parseJournal(await kept('0.1.0', 'journal.ndjson')).records);
		const before = await listing();
		await expect(readSummary(host)).rejects.toMatchObject({report: {exit: 'incomplete'}});
		const ran = await executePlan(host, planUninstall(sampleFacts(), receipt, {rehearsal: true}), {
			run: 'later',
			by: 'ops',
			signal: new AbortController().signal,
			emit: () => undefined,
		});
		expect(ran.outcome).toBe('undone');
		expect(ran.error?.remedy.join()).toContain('kata-setup@latest');
		expect(await listing()).toEqual(before);
	});

	it('is not shown by its summary either, and a torn summary is nothing worse than none', async () => {
		const {host, place} = await throwaway();
		await place(journalFile, await kept('0.1.0', 'journal.ndjson'));
		await place(summaryFile, '{"schema":2,"lastRun":null}');
		await expect(readSummary(host)).rejects.toMatchObject({report: {exit: 'incomplete'}});
		await place(summaryFile, '{"schema":1,"lastR');
		const whole = {installation: {version: '4.1.999'}, lastRun: {verb: 'install', outcome: 'done'}};
		expect(await readSummary(host)).toMatchObject(whole);
	});
});
