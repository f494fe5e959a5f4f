import {spawn} from 'node:child_process';
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {refuseSandboxes} from '../../src/apply/preconditions.ts';
import {waiting} from '../../src/cli/wait.ts';
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

describe('the folder of the lock', () => {
	it.each([
		['that others can write to', (path: string) => mkdir(path, {recursive: true}).then(() => chmod(path, 0o777))],
		['that is a link to somebody else’s', (path: string) => symlink(root, path)],
	])('%s is not used', async (_what, plant) => {
		await mkdir(join(root, 'run'));
		await plant(join(root, 'run/kata-setup'));
		await expect(takeLock(host, words)).rejects.toMatchObject({report: {exit: 'host'}});
	});

	it('may be taken away by the one before at that moment', async () => {
		const {makeDirectory} = host.files;
		let taken = 0;
		host.files.makeDirectory = async (path, mode) => {
			await makeDirectory(path, mode);
			if (path !== '/run/kata-setup' || taken > 0) return;
			taken += 1;
			await rm(join(root, path), {recursive: true});
		};
		await (await takeLock(host, words))();
		expect(taken).toBe(1);
	});
});

describe('a lock', () => {
	it('does not depend on the clock: its holder lives though it is dated in the future', async () => {
		const release = await takeLock(
			createRootedHost({root, kind: 'rehearsal', run: () => Promise.reject(new Error('no')), now: () => 8e14}),
			words,
		);
		expect(await lockHolder(host)).toMatchObject({pid: process.pid});
		await expect(takeLock(host, words)).rejects.toMatchObject({report: {exit: 'locked'}});
		await release();
	});
});

describe('waiting', () => {
	it('goes on when the holder ends, and says once whom it waits for', async () => {
		const release = await takeLock(host, words);
		let looks = 0;
		const sleeping: Host = {
			...host,
			sleep: async () => {
				looks += 1;
				if (looks === 3) await release();
			},
		};
		const said: string[] = [];
		expect(
			await waiting(
				sleeping,
				60,
				line => said.push(line),
				async () => 'done',
			),
		).toBe('done');
		expect(said).toHaveLength(1);
		expect(said[0]).toContain(`of ops (process ${process.pid})`);
	});

	it('ends with the holder’s name when its time is over', async () => {
		const release = await takeLock(host, words);
		const impatient = waiting(
			{...host, sleep: async () => {}},
			0.05,
			() => {},
			async () => 'done',
		);
		await expect(impatient).rejects.toMatchObject({report: {exit: 'locked'}});
		await release();
	});

	it('tries again when another waiting one was quicker', async () => {
		let tries = 0;
		const work = async (): Promise<string> => {
			tries += 1;
			if (tries === 1) throw new KataSetupError('locked', 'x');
			return 'done';
		};
		expect(await waiting(host, 60, () => {}, work)).toBe('done');
		await expect(
			waiting(
				host,
				undefined,
				() => {},
				() => Promise.reject(new KataSetupError('locked', 'x')),
			),
		).rejects.toThrow();
	});

	it('for sandboxes goes on when the last one has ended, and names those that are left when its time is over', async () => {
		const tree = '/opt/kata-setup/trees/t';
		const start = async (pid: number): Promise<void> => {
			await mkdir(join(root, `proc/${pid}`), {recursive: true});
			await writeFile(join(root, `proc/${pid}/cmdline`), `${tree}/bin/cloud-hypervisor\0/run/kata/a${pid}/ch.sock\0`);
			await symlink(`${tree}/bin/cloud-hypervisor`, join(root, `proc/${pid}/exe`));
		};
		const end = (pid: number): Promise<void> => rm(join(root, `proc/${pid}`), {recursive: true});
		await start(7);
		await start(8);
		const said: string[] = [];
		const say = (line: string): void => void said.push(line);
		const work = async (): Promise<string> => {
			await refuseSandboxes(host, [{pre: [{kind: 'no-sandboxes', tree}]}]);
			return 'done';
		};
		await expect(waiting(host, undefined, say, work)).rejects.toMatchObject({report: {exit: 'sandboxes'}});
		await expect(waiting({...host, sleep: () => end(7)}, 0, say, work)).rejects.toMatchObject({
			report: {evidence: ['a7: cloud-hypervisor of t, process 7', 'a8: cloud-hypervisor of t, process 8']},
		});
		said.length = 0;
		let sleeps = 0;
		const sleep = (): Promise<void> => end(7 + sleeps++);
		expect(await waiting({...host, sleep}, 60, say, work)).toBe('done');
		expect(said).toEqual([
			expect.stringMatching(/^Waiting for sandboxes to end: a7: .*; a8: /),
			expect.stringMatching(/^Waiting for sandboxes to end: a8: cloud-hypervisor of t, process 8\. Ctrl-C/),
		]);
	});
});
