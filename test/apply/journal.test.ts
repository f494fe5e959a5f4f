/** Reading the journal where the disk does not give it. */
import {expect, it} from 'vitest';
import {readJournal} from '../../src/apply/journal.ts';
import {journalFile} from '../../src/layout.ts';
import {throwaway} from '../support/throwaway.ts';

async function readingFailsWith(code: string): Promise<unknown> {
	const {host} = await throwaway();
	host.files.readText = async path => {
		throw Object.assign(new Error(`${code}: open '${path}'`), {code, path});
	};
	return readJournal(host).catch((error: unknown) => error);
}

it('is the host’s failure and no bug of ours, by the journal’s name', async () => {
	expect(await readingFailsWith('EIO')).toMatchObject({
		report: {exit: 'host', message: `${journalFile} cannot be read.`, why: expect.stringContaining('disk')},
	});
});

it('is told as it is to one who may not read it: whoever asks knows what that means', async () => {
	expect(await readingFailsWith('EACCES')).toMatchObject({code: 'EACCES'});
});
