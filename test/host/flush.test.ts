/** What the ends of `sync` mean: a disk that loses what was written must not be taken for an old program. */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {KataSetupError} from '../../src/errors.ts';
import {explainedByPath} from '../../src/host/disk-errors.ts';
import {flushFileSystem} from '../../src/host/flush.ts';
import type {CommandResult, RunCommand} from '../../src/host/host.ts';

const path = '/opt/kata-setup/x/part';
const ended = {code: 0, stdout: '', stderr: '', timedOut: false, notStarted: null};

/** Flushes where `sync -f` and plain `sync` end like this; gives what was started and how it ended. */
async function flushed(precise: Partial<CommandResult>, whole: Partial<CommandResult> = {}) {
	const started: string[] = [];
	const run: RunCommand = async (file, args) => {
		const command = [file, ...args].join(' ');
		started.push(command);
		return {command, ...ended, ...(args.length > 0 ? precise : whole)};
	};
	const error = await flushFileSystem(path, run).then(
		() => null,
		(thrown: unknown) => explainedByPath(thrown),
	);
	return {started, report: error instanceof KataSetupError ? error.report : error};
}

describe('flushing a file system', () => {
	it('flushes that one alone where it can', async () => {
		expect(await flushed({})).toEqual({started: [`sync -f ${path}`], report: null});
	});

	it.each([
		["coreutils' before 8.24", {code: 1, stderr: "sync: invalid option -- 'f'\nTry 'sync --help' for more.\n"}],
		["busybox's", {code: 1, stderr: 'sync: unrecognized option: f\nBusyBox v1.36.1\n'}],
		['one that could not be started', {code: null, notStarted: 'EAGAIN'}],
	])('flushes all of them where sync is %s', async (_what, precise) => {
		expect(await flushed(precise)).toEqual({started: [`sync -f ${path}`, 'sync'], report: null});
	});

	it.each([
		['Input/output error', 'The disk reports an error'],
		['No space left on device', 'no space left'],
		['Disk quota exceeded', 'quota'],
		['Invalid argument', 'The disk reports an error'],
	])('is an error with its cause where the disk says: %s', async (words, why) => {
		const {started, report} = await flushed({code: 1, stderr: `sync: error syncing '${path}': ${words}\n`});
		expect(started).toEqual([`sync -f ${path}`]);
		expect(report).toMatchObject({
			message: '/opt/kata-setup/x cannot be written to.',
			why: expect.stringContaining(why),
			evidence: [expect.stringContaining(words)],
		});
	});

	it('is an error where it takes longer than it may', async () => {
		const {started, report} = await flushed({code: null, timedOut: true});
		expect(started).toHaveLength(1);
		expect(report).toMatchObject({why: '`sync` did not end in 10 minutes.'});
	});

	it('is an error where a signal ends it, and where nothing can flush', async () => {
		expect((await flushed({code: null})).report).toMatchObject({exit: 'undone'});
		const missing = {code: null, notStarted: 'ENOENT'};
		expect((await flushed(missing, missing)).report).toMatchObject({
			exit: 'undone',
			why: expect.stringContaining('sync'),
		});
	});

	it('does so with the real program, and fails with it', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'kata-setup-flush-'));
		onTestFinished(() => rm(folder, {recursive: true}));
		await writeFile(join(folder, 'x'), 'x');
		await flushFileSystem(join(folder, 'x'));
		await expect(flushFileSystem(join(folder, 'gone'))).rejects.toMatchObject({path: join(folder, 'gone')});
	});
});
