/** What another run has to do with a refusal. */
import {readFile} from 'node:fs/promises';
import {describe, expect, it} from 'vitest';
import {undisturbed} from '../../src/cli/undisturbed.ts';
import {KataSetupError} from '../../src/errors.ts';
import {bootId} from '../../src/host/lock.ts';
import {journalFile, lockFile} from '../../src/layout.ts';
import {throwaway} from '../support/throwaway.ts';

const taken = (): KataSetupError => new KataSetupError('host', 'It is taken.');
/** A journal by which something of ours stands, so many records long. */
const journal = (length: number): string =>
	[
		{record: 'begin', verb: 'install', kataSetup: '0', planHash: '', choice: null, by: 'ops', bootId: ''},
		{record: 'intent', step: 's', kind: 'link', title: 't', args: {}, inverse: {}},
		...Array.from({length}, () => ({record: 'done', step: 's'})),
	]
		.map((more, index) => ({schema: 1, sequence: index + 1, at: '2026-11-27T00:00:00.000Z', run: 'r1', ...more}))
		.map(record => `${JSON.stringify(record)}\n`)
		.join('');

describe('a command that is refused', () => {
	it('while another run is at work is told that', async () => {
		const {host, place} = await throwaway();
		const stat = await readFile('/proc/self/stat', 'utf8');
		const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
		const others = {pid: process.pid, startTime, bootId: await bootId(), since: '2026-11-27T00:00:00.000Z'};
		await place(lockFile, JSON.stringify({...others, run: 'r1', verb: 'install', by: 'root'}));
		await expect(undisturbed(host, () => Promise.reject(taken()))).rejects.toMatchObject({report: {exit: 'locked'}});
		// What is wrong with the words is wrong whoever is at work.
		const usage = new KataSetupError('usage', 'No such flag.');
		await expect(undisturbed(host, () => Promise.reject(usage))).rejects.toBe(usage);
	});

	it('is done once more where another run ended meanwhile, and not without end', async () => {
		const {host, place} = await throwaway();
		let sequence = 0;
		const moving = async (): Promise<string> => {
			sequence += 1;
			await place(journalFile, journal(sequence));
			if (sequence < 3) throw taken();
			return 'done';
		};
		expect(await undisturbed(host, moving)).toBe('done');
		let count = 0;
		const always = async (): Promise<never> => {
			count += 1;
			await place(journalFile, journal(100 + count));
			throw taken();
		};
		await expect(undisturbed(host, always)).rejects.toMatchObject({report: {exit: 'host'}});
		expect(count).toBe(3);
	});

	it('where nobody else is gets its refusal at once', async () => {
		const {host} = await throwaway();
		let count = 0;
		const work = async (): Promise<never> => {
			count += 1;
			throw taken();
		};
		await expect(undisturbed(host, work)).rejects.toMatchObject({report: {message: 'It is taken.'}});
		expect(count).toBe(1);
	});
});
