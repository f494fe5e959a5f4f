/**
 * System calls of an install on a real containerd made to fail by strace, below every port of ours: in Node, in child
 * processes, in each thread by its own count. It ends well with what an undisturbed install leaves, or with a documented
 * exit and the host as it was; or it says that undoing failed too, and then an uninstall brings the host back.
 *
 * KATA_SETUP_TEST_ROUNDS=full: 200 of them. KATA_SETUP_TEST_SEED: other ones.
 */
// needs: engines, tracer
import {join} from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {exitCodes} from '../../src/errors.ts';
import {journalFile} from '../../src/layout.ts';
import {differences, type Snapshot, withoutOwnContent} from '../lab/snapshot.ts';
import type {JourneyHost} from './support/journey-host.ts';
import {random} from './support/kill.ts';
import {openMiniatureHost} from './support/miniature.ts';

const full = process.env.KATA_SETUP_TEST_ROUNDS === 'full';
const seed = Number(process.env.KATA_SETUP_TEST_SEED ?? 20261126);
const rounds = full ? 200 : 9;

interface Failing {
	calls: string;
	errors: string[];
	/** The first and the last of a thread's calls that may fail. Before `from` Node itself and its libraries are loaded. */
	from: number;
	to: number;
	/** Only calls on this path. */
	path?: string;
}
const failing: Failing[] = [
	{calls: '/^rename', errors: ['ENOSPC', 'EIO', 'EROFS', 'EACCES'], from: 1, to: 6},
	{calls: '/^f(data)?sync$', errors: ['EIO', 'ENOSPC', 'EROFS'], from: 1, to: 20},
	{calls: '/^(unlink|rmdir)', errors: ['EIO', 'EROFS', 'EACCES'], from: 1, to: 6},
	{calls: '/^mkdir', errors: ['ENOSPC', 'EIO', 'EROFS', 'EACCES'], from: 1, to: 8},
	{calls: '/^symlink', errors: ['ENOSPC', 'EIO', 'EROFS', 'EACCES'], from: 1, to: 3},
	{calls: 'write,pwrite64', errors: ['ENOSPC', 'EIO', 'EROFS'], from: 1, to: 8, path: journalFile},
	{calls: 'openat', errors: ['EMFILE', 'EIO', 'EACCES'], from: 80, to: 300},
	{calls: 'openat', errors: ['EMFILE', 'EIO', 'EROFS', 'EACCES', 'ENOSPC'], from: 1, to: 8, path: journalFile},
	{calls: 'openat', errors: ['EMFILE', 'EIO', 'EACCES'], from: 1, to: 4, path: '/etc/containerd/config.toml'},
];

const env = {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8'};
const documented: number[] = Object.values(exitCodes)
	.map(({code}) => code)
	.filter(code => code !== exitCodes.bug.code);

let host: JourneyHost;
let install: string[];
let before: Snapshot;
let installed: Snapshot;
beforeAll(async () => {
	({host, install} = await openMiniatureHost());
	before = await snapshot();
	expect((await host.kataSetup(...install)).code).toBe(0);
	installed = await snapshot();
	await uninstall();
}, 120_000);
afterAll(() => host?.close());

const snapshot = async (): Promise<Snapshot> => withoutOwnContent(await host.snapshot());

/** vitest's message tells how many differ; the lines of what does are beside it. */
const wordsOf = (error: unknown): string => {
	const {message, actual} = error as Error & {actual?: unknown};
	return `${message}${actual === undefined ? '' : `\n${actual}`}`;
};

async function uninstall(): Promise<void> {
	const {code, stdout, stderr} = await host.kataSetup('uninstall', '--yes');
	expect([0, exitCodes.nothing.code], stdout + stderr).toContain(code);
	expect(differences(before, await snapshot()), 'after an uninstall').toEqual([]);
}

/**
 * What an install may leave of ours where the call that fails is on it: a journal that cannot be written cannot be closed
 * either, a lock that cannot be removed names a dead holder. The next command that may change the host sweeps both up.
 */
const isOurState = (line: string, code: number | null): boolean =>
	line.startsWith('/run/kata-setup') || (code !== 0 && line.startsWith('/var/lib/kata-setup'));

/** One install with what strace is told to inject. @returns its exit code */
async function round(injection: string[]): Promise<number | null> {
	const program = [process.execPath, join(host.folder, 'package/bin/kata-setup.cjs'), ...install];
	const {code, stdout, stderr} = await host.run(
		'strace',
		['-f', '-qq', '-o', '/dev/null', ...injection, '--', ...program],
		{env},
	);
	const said = stdout + stderr;
	expect(said).not.toMatch(/\n {4}at /);
	expect(documented, said).toContain(code);
	const wanted = code === 0 ? installed : before;
	if (code !== exitCodes.incomplete.code)
		expect(
			differences(wanted, await snapshot()).filter(line => !isOurState(line, code)),
			said,
		).toEqual([]);
	await uninstall();
	return code;
}

it('ends well, or with a documented exit and the host as it was', {timeout: full ? 3_600_000 : 300_000}, async () => {
	const next = random(seed);
	const wrong: string[] = [];
	const codes: Record<string, number> = {};
	for (let number = 1; number <= rounds; number += 1) {
		const {calls, errors, from, to, path} = failing[(number - 1) % failing.length] as Failing;
		const error = errors[Math.floor(next() * errors.length)];
		const when = from + Math.floor(next() * (to - from + 1));
		const injection = [
			...['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}:when=${when}`],
			...(path === undefined ? [] : ['-P', path]),
		];
		try {
			const code = await round(injection);
			codes[`${code}`] = (codes[`${code}`] ?? 0) + 1;
		} catch (error) {
			wrong.push(`round ${number} of seed ${seed}, ${injection.join(' ')}: ${wordsOf(error)}`);
			await host.kataSetup('uninstall', '--yes');
		}
	}
	console.log(`seed ${seed}, ${rounds} installs by exit code: ${JSON.stringify(codes)}`);
	expect(wrong).toEqual([]);
	// Some must have been hit.
	expect(Object.keys(codes).some(code => code !== '0')).toBe(true);
});
