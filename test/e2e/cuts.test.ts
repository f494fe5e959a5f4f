/**
 * Cut at random moments, on a real server: its power, during an install, a switch and an uninstall, after which no file is
 * torn or empty, containerd starts, and the same command again or an uninstall ends where it should; and the line of the
 * person who installs, after which the run goes on and a new login sees it.
 *
 * KATA_SETUP_TEST_ROUNDS=full: 30 of each. KATA_SETUP_TEST_SEED: other moments.
 */
// needs: lab server
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {setTimeout as passed} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Summary} from '../../src/apply/summary.ts';
import {installSeenToItsEnd, makeLogins, scriptOf} from '../lab/logins.ts';
import {type CommandResult, type Server, startServer} from '../lab/server.ts';
import {type Snapshot, withoutOwnContent} from '../lab/snapshot.ts';
import {random, runOf} from './support/kill.ts';
import {archiveFlags, miniatureArchive} from './support/miniature.ts';
import {packProject} from './support/package.ts';
import {wrongRounds} from './support/rounds.ts';

const MINUTE = 60_000;
/** Everything on the server is emulated, about ten times slower than here. */
const SLOW = 4 * MINUTE;
const full = process.env.KATA_SETUP_TEST_ROUNDS === 'full';
const seed = Number(process.env.KATA_SETUP_TEST_SEED ?? 20261126);
/** How long each verb's run takes there when nobody disturbs it, in ms. */
const took: Record<string, number> = {};
/** From a run's first record to the cut, beside what is waited: ssh's answer, and the lab's own command. */
const latencyMs = 1_500;
/** A moment in a verb's run, for a part of it from 0 to 1. */
const momentIn = (name: string, part: number): number => part * Math.max(0, (took[name] ?? 0) - latencyMs);

/** What /run has is gone with the power. */
const watched = ['/etc', '/opt', '/usr/local', '/var/lib/kata-setup'];

/** Root's, and everybody's. */
const node = '/usr/local/bin/node';

type State = 'bare' | 'installed' | 'switched';

let folder: string;
let server: Server;
let install: string;
const states: Partial<Record<State, Snapshot>> = {};
/** null: after a cut, or not known. */
let here: State | null = null;

const verbs = () =>
	[
		{name: 'install', from: 'bare', to: 'installed', words: install, over: /It is so already/},
		{
			name: 'switch',
			from: 'installed',
			to: 'switched',
			words: 'switch dragonball --yes --no-test',
			over: /It is so already/,
		},
		{name: 'uninstall', from: 'switched', to: 'bare', words: 'uninstall --yes', over: /nothing of kata-setup/},
	] as const;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'kata-setup-cuts-'));
	// QEMU's guest memory of 2 GiB must fit into /dev/shm, which is half of the memory.
	server = await startServer({memory: 6144});
	await makeLogins(server, await packProject(folder));
	await server.push([miniatureArchive], '/srv');
	// With Node where only root writes no run has to copy it first: an emulated processor hashes 7 MB a second.
	await server.must(`cp -a /home/free/.local/node/bin/node ${node} && chown 0:0 ${node}`);
	const [, , ...digest] = await archiveFlags(miniatureArchive);
	const archive = `--archive /srv/${basename(miniatureArchive)} ${digest.join(' ')}`;
	install = `install --yes --no-test --runtime rust --hypervisor qemu ${archive}`;
	states.bare = await look();
	here = 'bare';
	for (const {name, to, words} of verbs()) {
		took[name] = await measured(words);
		states[to] ??= await look();
		expect(await look(), `undisturbed ${words}`).toEqual(states[to]);
		here = to;
	}
}, 45 * MINUTE);
afterAll(async () => {
	await server?.down();
	await rm(folder, {recursive: true, force: true});
}, 3 * MINUTE);

const look = async (): Promise<Snapshot> => withoutOwnContent(await server.snapshot(watched));
const commandLine = (words: string): string => `${node} ${scriptOf('free')} ${words}`;
const kataSetup = (words: string): Promise<CommandResult> => server.ssh(commandLine(words), {timeoutMs: SLOW});

const asFree = (words: string): Promise<CommandResult> =>
	server.ssh(commandLine(words), {user: 'free', timeoutMs: SLOW});

async function must(words: string): Promise<void> {
	const {code, stdout, stderr} = await kataSetup(words);
	if (code !== 0) throw new Error(`${words} ended with ${code}:\n${stdout}${stderr}`);
}

/** Runs a command to its end. @returns the time between its run's first event and its last, in ms */
async function measured(words: string): Promise<number> {
	const {code, stdout, stderr} = await kataSetup(`${words} --json`);
	if (code !== 0) throw new Error(`${words} ended with ${code}:\n${stdout}${stderr}`);
	return runOf(stdout).ms;
}

/** Brings the server into a state with commands that nobody disturbs. */
async function reach(state: State): Promise<void> {
	if (here === state) return;
	here = null;
	const {code, stdout, stderr} = await kataSetup('uninstall --yes');
	if (code !== 0 && code !== 11) throw new Error(`uninstall ended with ${code}:\n${stdout}${stderr}`);
	if (state !== 'bare') await must(install);
	if (state === 'switched') await must('switch dragonball --yes --no-test');
	here = state;
}

/** Ends when a worker writes its journal, or `ended` is there: the lock names the worker. */
const untilItWrites = `until pid=$(sed -n 's/^{"pid":\\([0-9]*\\),.*/\\1/p' /run/kata-setup/lock 2>/dev/null) && [ "$pid" ] &&
	kill -0 "$pid" 2>/dev/null && [ /var/lib/kata-setup/journal.ndjson -nt /run/kata-setup/lock ]; do
	[ ! -e /run/ended ] || break; sleep 0.05; done`;

/**
 * Every file that lies where an undisturbed run puts one has the content that some undisturbed state has there: none is
 * torn, none empty. Files under other names are working copies of the run that the cut ended, which the next one removes.
 */
function tornFiles(left: Snapshot): string[] {
	const known = Object.values(states);
	return Object.entries(left).flatMap(([path, entry]) => {
		const wanted = known.map(state => state[path]).filter(Boolean);
		return wanted.length === 0 || wanted.includes(entry) ? [] : [`${path} is ${entry}, and never was but ${wanted}`];
	});
}

/**
 * Cuts the power `afterMs` after the worker began to write; then the verb once more, or away with everything.
 * @returns whether the cut left a run unfinished
 */
async function cutPower(
	verb: ReturnType<typeof verbs>[number],
	afterMs: number,
	then: 'again' | 'uninstall',
): Promise<boolean> {
	await reach(verb.from);
	here = null;
	const command = `(${commandLine(verb.words)}; touch /run/ended) </dev/null >/dev/null 2>&1`;
	await server.must(`rm -f /run/ended; ${command} & ${untilItWrites}`, {timeoutMs: SLOW});
	await passed(afterMs);
	await server.cut();
	await server.on();
	expect(tornFiles(await look())).toEqual([]);
	expect(await server.must('systemctl is-active containerd && ctr version >/dev/null')).toBe('active');
	const {installation} = JSON.parse((await kataSetup('status --json')).stdout) as Summary;
	const isCutShort = Boolean(installation?.unfinishedRun);
	if (then === 'uninstall') {
		await reach('bare');
		expect(await look(), 'uninstall').toEqual(states.bare);
		return isCutShort;
	}
	const {code, stdout, stderr} = await kataSetup(verb.words);
	if (code !== 0 && !verb.over.test(stderr)) throw new Error(`again ended with ${code}:\n${stdout}${stderr}`);
	expect(await look(), 'again').toEqual(states[verb.to]);
	here = verb.to;
	return isCutShort;
}

/** Cuts the line of a person who installs `afterMs` after the worker began to write, and logs in anew. */
async function cutLine(afterMs: number) {
	await reach('bare');
	here = null;
	const terminal = server.pty(commandLine(`${install} --plain`), {user: 'free'});
	await server.must(untilItWrites, {timeoutMs: SLOW});
	await passed(afterMs);
	terminal.kill();
	expect((await asFree('attach')).stdout).toMatch(installSeenToItsEnd);
	const {lastRun} = JSON.parse((await asFree('status --json')).stdout) as Summary;
	expect(lastRun).toMatchObject({verb: 'install', outcome: 'done'});
	expect(await look()).toEqual(states.installed);
	here = 'installed';
}

/** Rounds at random moments: each is given its number and a part of its run's time, from 0 to 1. */
function rounds(count: number, from: number, round: (part: number, index: number) => Promise<void>) {
	const parts = Array.from({length: count}, random(from));
	return wrongRounds(parts, round, part => `cut at ${Math.round(100 * part)} % of its run`);
}

describe('cut at random moments', {timeout: full ? 180 * MINUTE : 20 * MINUTE}, () => {
	it('the power leaves no torn file, and nothing that cannot be finished or undone', async () => {
		let cutShort = 0;
		const power = async (part: number, index: number): Promise<void> => {
			const verb = verbs()[index % 3] as ReturnType<typeof verbs>[number];
			const then = Math.floor(index / 3) % 2 === 0 ? 'again' : 'uninstall';
			if (await cutPower(verb, momentIn(verb.name, part), then)) cutShort += 1;
		};
		expect(await rounds(full ? 30 : 3, seed, power), `seed ${seed}`).toEqual([]);
		console.log(`${cutShort} cuts left a run unfinished; undisturbed runs took ${JSON.stringify(took)} ms`);
		expect(cutShort).toBeGreaterThan(0);
	});

	it('the line ends a view and not the run, which a new login sees', async () => {
		expect(await rounds(full ? 30 : 1, seed + 1, part => cutLine(momentIn('install', part))), `seed ${seed}`).toEqual(
			[],
		);
	});
});
