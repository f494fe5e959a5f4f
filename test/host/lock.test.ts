import {spawn} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {KataSetupError} from '../../src/errors.ts';
import {makeFolders} from '../../src/host/folders.ts';
import type {Host} from '../../src/host/host.ts';
import {type LockHolder, lockHolder, takeLock} from '../../src/host/lock.ts';
import {createRootedHost} from '../../src/host/rooted.ts';
import {lockFile} from '../../src/layout.ts';

let root: string;
let host: Host;
const words = {run: 'r', verb: 'install', by: 'ops'};

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'kata-setup-lock-'));
	host = createRootedHost({root, kind: 'rehearsal', run: () => Promise.reject(new Error('no commands')), now: () => 0});
});
afterEach(() => rm(root, {recursive: true}));

const leave = async (changes: Partial<LockHolder>): Promise<void> => {
	const release = await takeLock(host, words);
	const path = host.files.physical(lockFile);
	const holder = JSON.parse(await readFile(path, 'utf8')) as LockHolder;
	await release();
	await makeFolders(host, '/run/kata-setup');
	await writeFile(path, JSON.stringify({...holder, ...changes}));
};

describe('takeLock', () => {
	it('lets one in, names it to the next, and lets that one in afterwards', async () => {
		const release = await takeLock(host, words);
		const second = takeLock(host, words);
		await expect(second).rejects.toBeInstanceOf(KataSetupError);
		await second.catch((error: KataSetupError) => {
			expect(error.report.exit).toBe('locked');
			expect(error.report.why).toContain(`of ops (process ${process.pid}) since 1970-01-01 00:00:00 UTC`);
		});
		expect(await lockHolder(host)).toMatchObject({verb: 'install', pid: process.pid});
		await release();
		expect(await lockHolder(host)).toBeNull();
		await (await takeLock(host, words))();
	});

	it.each([
		['whose process is gone', {pid: 2 ** 30}],
		['whose process id was given to another process', {startTime: '1'}],
		['from before a reboot', {bootId: '00000000-0000-4000-8000-000000000000'}],
	])('takes over a lock %s', async (_what, changes) => {
		await leave(changes);
		expect(await lockHolder(host)).toBeNull();
		await (await takeLock(host, words))();
	});

	it('takes over a lock whose holder has ended but was not asked about by its parent', async () => {
		// The shell becomes a program that never asks about the child, and only then the child ends.
		const child = '(until grep -q sleep /proc/$$/comm; do :; done) & echo $!; exec sleep 60';
		const parent = spawn('sh', ['-c', child], {stdio: ['ignore', 'pipe', 'ignore']});
		try {
			const pid = Number(await new Promise<Buffer>(resolve => parent.stdout.once('data', resolve)));
			const fields = async (): Promise<string[]> =>
				(await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
			while ((await fields())[0] !== 'Z') await new Promise(setImmediate);
			await leave({pid, startTime: (await fields())[19] ?? ''});
			expect(await lockHolder(host)).toBeNull();
		} finally {
			parent.kill('SIGKILL');
		}
	});

	it('lets exactly one of many in when they meet at a dead lock', async () => {
		await leave({pid: 2 ** 30});
		const results = await Promise.allSettled(Array.from({length: 8}, () => takeLock(host, words)));
		expect(results.filter(({status}) => status === 'fulfilled')).toHaveLength(1);
		expect(await readdir(dirname(host.files.physical(lockFile)))).toEqual(['lock']);
	});

	it('takes over from one that died while it took over', async () => {
		await leave({pid: 2 ** 30});
		const path = host.files.physical(lockFile);
		const {pid, startTime, bootId} = JSON.parse(await readFile(path, 'utf8')) as LockHolder;
		await writeFile(`${path}.after.${pid}-${startTime}-${bootId}`, JSON.stringify({pid: 2 ** 29, startTime, bootId}));
		const release = await takeLock(host, words);
		expect(await lockHolder(host)).toMatchObject({pid: process.pid});
		expect(await readdir(dirname(path))).toEqual(['lock']);
		await release();
	});

	it('leaves it to one that is taking over', async () => {
		await leave({pid: 2 ** 30});
		const path = host.files.physical(lockFile);
		const dead = JSON.parse(await readFile(path, 'utf8')) as LockHolder;
		const marker = `${path}.after.${dead.pid}-${dead.startTime}-${dead.bootId}`;
		await writeFile(marker, JSON.stringify({...dead, pid: process.pid}));
		await expect(takeLock(host, words)).rejects.toBeInstanceOf(KataSetupError);
		expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(dead);
	});
});
