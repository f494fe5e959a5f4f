/**
 * The worker killed before and after every record of the journal, around every effect, and at random moments, on a real
 * containerd: the same command again ends where an undisturbed one does; or an uninstall leaves the tree that was there
 * before, which random moments are followed by in turn; and the engine reads its configuration at every moment.
 *
 * KATA_SETUP_TEST_ROUNDS=full: every place, and 200 random moments for each verb. KATA_SETUP_TEST_SEED: other moments.
 * Another verb is a line in `verbs`.
 */
// needs: engines
import {isDeepStrictEqual} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {journalFile} from '../../src/layout.ts';
import {differences, type Snapshot, withoutOwnContent} from '../lab/snapshot.ts';
import type {JourneyHost} from './support/journey-host.ts';
import {type KillAt, placeWords, random, runAndKill, runAndMeasure, runOf} from './support/kill.ts';
import {
	archiveFlags,
	damage,
	loseRecord,
	makeNextArchive,
	openMiniatureHost,
	unpackByHand,
} from './support/miniature.ts';
import {wrongRounds} from './support/rounds.ts';

const full = process.env.KATA_SETUP_TEST_ROUNDS === 'full';
const seed = Number(process.env.KATA_SETUP_TEST_SEED ?? 20261126);
const places = full ? Number.POSITIVE_INFINITY : 2;
const moments = full ? 200 : 1;
const limit = full ? 3 * 3_600_000 : 300_000;

/**
 * `switched`: installed, and switched to another hypervisor. `drifted`, `unrecorded`: installed, and damaged behind our back.
 * `upgraded`: installed, and upgraded. `returned`: rolled back from there. `by hand`: somebody unpacked a release at /opt/kata.
 * `adopted`: that one is ours. `cut short`: an install that was killed in its middle.
 */
type State =
	| 'bare'
	| 'cut short'
	| 'by hand'
	| 'adopted'
	| 'installed'
	| 'switched'
	| 'drifted'
	| 'unrecorded'
	| 'upgraded'
	| 'returned';

/** What a command does: `from` and `to` name states; `over` is how it answers where it has nothing left to do. */
interface KilledVerb {
	name: string;
	from: State;
	to: State;
	words: () => string[];
	over: RegExp;
	/** Where an uninstall leads; absent: `bare`. */
	base?: State;
	/** What a person types after a kill where that is not the same command once more. */
	resume?: string[];
}
/** Another hypervisor of the same release. */
const switchWords = (): string[] => ['switch', 'dragonball', '--yes', '--no-test', ...ignored];

const verbs: KilledVerb[] = [
	{
		name: 'install',
		from: 'bare',
		to: 'installed',
		words: () => install,
		over: /It is so already/,
	},
	{
		name: 'finish',
		from: 'cut short',
		to: 'installed',
		words: () => ['finish', '--yes'],
		over: /No run was left unfinished/,
	},
	{
		name: 'undo',
		from: 'cut short',
		to: 'bare',
		words: () => ['undo', '--yes'],
		over: /No run was left unfinished|nothing of kata-setup/,
	},
	{
		name: 'switch',
		from: 'installed',
		to: 'switched',
		words: switchWords,
		over: /It is so already/,
	},
	{
		name: 'upgrade',
		from: 'installed',
		to: 'upgraded',
		words: () => ['upgrade', '--yes', '--no-test', ...next, ...ignored],
		over: /It is so already/,
	},
	{
		name: 'rollback',
		from: 'upgraded',
		to: 'returned',
		words: () => ['rollback', '--yes', '--no-test', ...ignored],
		over: /No run was left unfinished/,
		// Twice, it would go back to where it came from.
		resume: ['finish', '--yes'],
	},
	{
		name: 'repair',
		from: 'drifted',
		to: 'installed',
		words: () => ['repair', '--yes', '--no-test'],
		over: /Nothing drifted/,
	},
	{
		name: 'repair of a lost record',
		from: 'unrecorded',
		to: 'installed',
		words: () => ['repair', '--yes', '--no-test'],
		over: /Nothing drifted/,
	},
	{
		name: 'adopt',
		from: 'by hand',
		to: 'adopted',
		words: () => ['adopt', '--yes', '--no-test', '--runtime', 'rust', '--hypervisor', 'qemu', ...ignored],
		over: /It is so already/,
		base: 'by hand',
	},
	{
		name: 'uninstall of an adopted one',
		from: 'adopted',
		to: 'by hand',
		words: () => ['uninstall', '--yes'],
		over: /nothing of kata-setup/,
		base: 'by hand',
	},
	{
		name: 'uninstall',
		from: 'switched',
		to: 'bare',
		words: () => ['uninstall', '--yes'],
		over: /nothing of kata-setup/,
	},
];

let host: JourneyHost;
let install: string[];
let ignored: string[];
/** The flags that name the newer release's archive. */
let next: string[];
const states: Partial<Record<State, Snapshot>> = {};
/** How long each verb's worker has the lock when nobody disturbs it, in ms. */
const took: Record<string, number> = {};
/** The place of each checkpoint that a verb passes, in order. */
const passed: Record<string, string[]> = {};

/** The state that the host is in; null after a kill. */
let here: State | null = null;

beforeAll(async () => {
	({host, install, ignored} = await openMiniatureHost());
	next = await archiveFlags(await makeNextArchive(host.folder));
	states.bare = await host.snapshot();
	here = 'bare';
	for (const verb of verbs) {
		await reach(verb.from);
		states[verb.from] ??= await snapshot();
		const before = await journalLength();
		const {code, stdout, stderr, ms} = await runAndMeasure(host, [...verb.words(), '--json']);
		if (code !== 0) throw new Error(`${verb.name} ended with ${code}:\n${stdout}${stderr}`);
		took[verb.name] = ms;
		// Where the journal is gone at the end: its two ends, and of each step its undoing.
		const records = ((await journalLength()) || before + 2 + runOf(stdout).steps) - before;
		passed[verb.name] = Array.from({length: records}, (_, index) => [
			`record ${index + 1}: before`,
			`record ${index + 1}: after`,
		]).flat();
		states[verb.to] ??= await snapshot();
		expect(await snapshot(), `undisturbed ${verb.name}`).toEqual(states[verb.to]);
		here = verb.to;
	}
}, 600_000);
afterAll(() => host?.close());

async function must(...args: string[]) {
	const done = await host.kataSetup(...args);
	if (done.code !== 0) throw new Error(`${args.join(' ')} ended with ${done.code}:\n${done.stdout}${done.stderr}`);
	return done;
}

const snapshot = async (): Promise<Snapshot> => withoutOwnContent(await host.snapshot());

/** Runs a verb once more to its end. Where the killed run had come to its own end, it may say that nothing is left to do. */
async function again(verb: KilledVerb): Promise<void> {
	const {code, stdout, stderr} = await host.kataSetup(...(verb.resume ?? verb.words()));
	if (code !== 0 && !verb.over.test(stderr))
		throw new Error(`${verb.name} again ended with ${code}:\n${stdout}${stderr}`);
	// Killed before it had begun.
	if (verb.resume && isDeepStrictEqual(await snapshot(), states[verb.from])) await must(...verb.words());
}

const nothingToDo = {code: 11, stdout: '', stderr: ''};

/** How many records the journal has; 0 where there is none. */
async function journalLength(): Promise<number> {
	const {stdout} = await host.run('sh', ['-c', `cat ${journalFile} 2>/dev/null | wc -l`]);
	return Number(stdout);
}

/** Brings the host into a state with commands that nobody disturbs. */
async function reach(state: State): Promise<void> {
	if (here === state) return;
	const isBare = here === 'bare' || here === 'by hand';
	here = state;
	const {code, stdout, stderr} = isBare ? nothingToDo : await host.kataSetup('uninstall', '--yes');
	if (code !== 0 && code !== 11) throw new Error(`uninstall ended with ${code}:\n${stdout}${stderr}`);
	const isByHand = state === 'by hand' || state === 'adopted';
	const isThere = (await host.run('test', ['-d', '/opt/kata'])).code === 0;
	if (isByHand !== isThere) {
		if (isByHand) await unpackByHand(host);
		else await host.run('sh', ['-ec', `rm -r /opt/kata; ${states.bare?.['/opt'] ? '' : 'rmdir /opt'}`]);
	}
	if (isByHand) {
		if (state === 'adopted') await must(...(verbs.find(({to}) => to === 'adopted')?.words() ?? []));
		return;
	}
	if (state === 'cut short') {
		const places = passed.install ?? [];
		await runAndKill(host, install, {place: places[Math.floor(places.length / 2)] ?? ''});
		return;
	}
	if (state !== 'bare') await must(...install);
	if (state === 'switched') await must(...switchWords());
	if (state === 'upgraded') await must('upgrade', '--yes', '--no-test', ...next, ...ignored);
	if (state === 'unrecorded') await loseRecord(host);
	if (state === 'drifted') await damage(host);
}

/** The engine answers, and its configuration as it stands now is one that it reads. */
async function engineIsWell(): Promise<void> {
	await host.ctr('version');
	expect(await host.dump()).toMatch(/default_runtime_name = ["']runc["']/);
}

/** The host is in a state, to the last file. */
async function isIn(state: State, after: string): Promise<void> {
	expect(differences(states[state] ?? {}, await snapshot()), `after ${after}`).toEqual([]);
}

/** Runs a verb and kills it. A moment that comes after the run's own end is halved until one does not. */
async function kill(verb: KilledVerb, at: KillAt): Promise<void> {
	await reach(verb.from);
	here = null;
	const {killed, stdout, stderr} = await runAndKill(host, verb.words(), at);
	if (killed) return;
	if ('place' in at || at.afterMs === 0) throw new Error(`it was never killed:\n${stdout}${stderr}`);
	await kill(verb, {afterMs: Math.floor(at.afterMs / 2)});
}

/** Kills a verb's run, and runs it once more to its end. */
async function killAndAgain(verb: KilledVerb, at: KillAt): Promise<void> {
	await kill(verb, at);
	await engineIsWell();
	await again(verb);
	await isIn(verb.to, `${verb.name} again`);
	here = verb.to;
}

/** Kills a verb's run, and takes away what it left. */
async function killAndUninstall(verb: KilledVerb, at: KillAt): Promise<void> {
	await kill(verb, at);
	await engineIsWell();
	await reach(verb.base ?? 'bare');
	await isIn(verb.base ?? 'bare', 'uninstall');
}

/** A verb's rounds. @returns what was wrong, with the round's number and place */
async function rounds(
	verb: KilledVerb,
	all: readonly KillAt[],
	round: (verb: KilledVerb, at: KillAt, index: number) => Promise<void>,
): Promise<string[]> {
	const began = Date.now();
	const wrong = await wrongRounds(
		all,
		(at, index) => round(verb, at, index),
		at => `${verb.name} killed at ${placeWords(at)}`,
	);
	const each = Math.round((Date.now() - began) / all.length);
	console.log(`${verb.name}: ${all.length} rounds, ${wrong.length} of them wrong, ${each} ms each`);
	return wrong;
}

/** Up to `count` of them, spread evenly: not the first or the last, around which least is half done. */
function spread<T>(all: readonly T[], count: number): T[] {
	if (all.length <= count) return [...all];
	return Array.from({length: count}, (_, index) => all[Math.round(((index + 1) * all.length) / (count + 1))] as T);
}

describe.each(verbs)('$name killed', {timeout: limit}, verb => {
	it('before and after each record of the journal', async () => {
		const all = spread(passed[verb.name] ?? [], places).map(place => ({place}));
		expect(all.length).toBeGreaterThan(1);
		const both = async (killed: KilledVerb, at: KillAt): Promise<void> => {
			await killAndAgain(killed, at);
			await killAndUninstall(killed, at);
		};
		expect(await rounds(verb, all, both)).toEqual([]);
	});

	it('at random moments', async () => {
		const next = random(seed + verbs.indexOf(verb));
		const all = Array.from({length: moments}, () => ({afterMs: Math.round(next() * (took[verb.name] ?? 0))}));
		// Where each verb has one moment, the verbs take turns.
		const byTurns = (killed: KilledVerb, at: KillAt, index: number): Promise<void> =>
			(index + verbs.indexOf(verb)) % 2 === 0 ? killAndAgain(killed, at) : killAndUninstall(killed, at);
		expect(await rounds(verb, all, byTurns)).toEqual([]);
	});
});
