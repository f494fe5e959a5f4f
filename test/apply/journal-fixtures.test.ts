/** Journals as every version wrote them, kept for ever: the newest code folds them, shows them and takes away what they tell of. */
import * as fs from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {executePlan} from '../../src/apply/executor.ts';
import {parseJournal, readJournal} from '../../src/apply/journal.ts';
import {foldJournal, installationOf} from '../../src/apply/receipt.ts';
import {readSummary, type Summary} from '../../src/apply/summary.ts';
import {journalFile, keptPlanFile} from '../../src/layout.ts';
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
			['/etc/hostname', '/usr/local/bin/other', journalFile, keptPlanFile].sort(),
		);
	});
});

describe('a journal of a newer kata-setup', () => {
	it('is refused without harm: not a byte is written, and the remedy names the newer one', async () => {
		const {host, place, listing} = await throwaway();
		const text = `${await kept('0.1.0', 'journal.ndjson')}{"schema":2,"sequence":37,"what":"nobody knows yet"}\n`;
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
});
