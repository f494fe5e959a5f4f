/**
 * System calls of an install, a switch and an uninstall on a real containerd made to fail by strace, below every port of
 * ours: in Node, in child processes, in each thread by its own count. Each ends well with what an undisturbed one leaves,
 * or with a documented exit and the host as it was; or it says that undoing failed too, or that an uninstall is not at its
 * end, and then an uninstall brings the host back.
 *
 * KATA_SETUP_TEST_ROUNDS=full: 200 of them. KATA_SETUP_TEST_SEED: other ones.
 */
// needs: engines, tracer
import {join} from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {exitCodes} from '../../src/errors.ts';
import {journalFile, lockFile} from '../../src/layout.ts';
import {differences, type Snapshot, withoutOwnContent} from '../lab/snapshot.ts';
import type {JourneyHost} from './support/journey-host.ts';
import {random} from './support/kill.ts';
import {openMiniatureHost} from './support/miniature.ts';
import {wrongRounds} from './support/rounds.ts';

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

type State = 'bare' | 'installed' | 'switched';
const verbs = [
	{name: 'install', from: 'bare', to: 'installed'},
	{name: 'switch', from: 'installed', to: 'switched'},
	{name: 'uninstall', from: 'installed', to: 'bare'},
] as const;
type Verb = (typeof verbs)[number];

let host: JourneyHost;
let words: Record<Verb['name'], string[]>;
const states: Partial<Record<State, Snapshot>> = {};
beforeAll(async () => {
	const miniature = await openMiniatureHost();
	host = miniature.host;
	words = {
		install: miniature.install,
		switch: ['switch', 'dragonball', '--yes', '--no-test', ...miniature.ignored],
		uninstall: ['uninstall', '--yes'],
	};
	states.bare = await snapshot();
	states.installed = await after('install');
	states.switched = await after('switch');
	await uninstall();
}, 120_000);
afterAll(() => host?.close());

const snapshot = async (): Promise<Snapshot> => withoutOwnContent(await host.snapshot());

/** What stands after a command that nobody disturbs. */
async function after(verb: Verb['name']): Promise<Snapshot> {
	const {code, stdout, stderr} = await host.kataSetup(...words[verb]);
	expect(code, stdout + stderr).toBe(0);
	return snapshot();
}

async function uninstall(): Promise<void> {
	const {code, stdout, stderr} = await host.kataSetup('uninstall', '--yes');
	expect([0, exitCodes.nothing.code], stdout + stderr).toContain(code);
	expect(differences(states.bare ?? {}, await snapshot()), 'after an uninstall').toEqual([]);
}

/**
 * What a run may leave of ours where the call that fails is on it: a journal that cannot be written cannot be closed
 * either, a lock that cannot be removed names a dead holder, and one is left where the run's result could not be written.
 * The next command that may change the host sweeps up after it.
 */
const isOurState = (line: string, code: number | null, left: Snapshot): boolean =>
	line.startsWith('/run/kata-setup') ||
	(line.startsWith('/var/lib/kata-setup') && (code !== 0 || left[lockFile] !== undefined));

/** One run with what strace is told to inject. @returns its exit code */
async function round({name, from, to}: Verb, injection: string[]): Promise<number | null> {
	if (from === 'installed') await after('install');
	const program = [process.execPath, join(host.folder, 'package/bin/kata-setup.cjs'), ...words[name]];
	const {code, stdout, stderr} = await host.run(
		'strace',
		['-f', '-qq', '-o', '/dev/null', ...injection, '--', ...program],
		{env},
	);
	const said = stdout + stderr;
	expect(said).not.toMatch(/\n {4}at /);
	expect(documented, said).toContain(code);
	const left = await snapshot();
	if (code !== exitCodes.incomplete.code)
		expect(
			differences(states[code === 0 ? to : from] ?? {}, left).filter(line => !isOurState(line, code, left)),
			said,
		).toEqual([]);
	await host.ctr('version');
	await uninstall();
	return code;
}

it('ends well, or with a documented exit and the host as it was', {timeout: full ? 3_600_000 : 300_000}, async () => {
	const next = random(seed);
	const codes: Record<string, number> = {};
	const all = Array.from({length: rounds}, (_, index) => {
		const {calls, errors, from, to, path} = failing[index % failing.length] as Failing;
		const error = errors[Math.floor(next() * errors.length)];
		const when = from + Math.floor(next() * (to - from + 1));
		// Each kind of call meets each verb in turn.
		const verb = verbs[(index + Math.floor(index / failing.length)) % verbs.length] as Verb;
		const injection = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}:when=${when}`];
		return {verb, injection: path === undefined ? injection : [...injection, '-P', path]};
	});
	const counted = async ({verb, injection}: (typeof all)[number]): Promise<void> => {
		try {
			const end = `${verb.name} ${await round(verb, injection)}`;
			codes[end] = (codes[end] ?? 0) + 1;
		} catch (error) {
			await host.kataSetup('uninstall', '--yes');
			throw error;
		}
	};
	const wrong = await wrongRounds(all, counted, ({verb, injection}) => `${verb.name} with ${injection.join(' ')}`);
	console.log(`seed ${seed}, ${rounds} runs by verb and exit code: ${JSON.stringify(codes)}`);
	expect(wrong).toEqual([]);
	// Some must have been hit.
	expect(Object.keys(codes).some(end => !end.endsWith(' 0'))).toBe(true);
});
