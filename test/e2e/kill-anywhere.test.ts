/**
 * The worker killed before and after every record of the journal, around every effect, and at random moments, on a real
 * containerd: the same command again ends where an undisturbed one does; killed again, an uninstall leaves the tree that
 * was there before; and the engine reads its configuration at every moment.
 *
 * KATA_SETUP_TEST_ROUNDS=full: every place, and 200 random moments for each verb. KATA_SETUP_TEST_SEED: other moments.
 * Another verb is a line in `verbs`.
 */
// needs: engines
import {isDeepStrictEqual} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {differences, type Snapshot, withoutOwnContent} from '../lab/snapshot.ts';
import type {JourneyHost} from './support/journey-host.ts';
import {type KillAt, placeWords, random, runAndKill, runOf} from './support/kill.ts';
import {archiveFlags, makeNextArchive, openMiniatureHost, unpackByHand} from './support/miniature.ts';
import {wrongRounds} from './support/rounds.ts';

const full = process.env.KATA_SETUP_TEST_ROUNDS === 'full';
const seed = Number(process.env.KATA_SETUP_TEST_SEED ?? 20261126);
const places = full ? Number.POSITIVE_INFINITY : 3;
const moments = full ? 200 : 1;
const limit = full ? 3 * 3_600_000 : 300_000;

/**
 * `switched`: installed, and switched to another hypervisor. `drifted`, `unrecorded`: installed, and damaged behind our back.
 * `upgraded`: installed, and upgraded. `returned`: rolled back from there. `by hand`: somebody unpacked a release at /opt/kata.
 * `adopted`: that one is ours.
 */
type State =
	| 'bare'
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

/** One of each kind, and none that an uninstall would take for somebody's own work and leave. */
const damage = `
	cd /opt/kata-setup/trees/*-rust-*/ && truncate -s 3 share/kata-containers/rehearsal.image
	rm libexec/virtiofsd; chmod 700 bin; rm /etc/containerd/conf.d/kata-setup.toml
	rm /opt/kata-setup/uninstall; rm /etc/kata-containers/kata-setup/active; chmod 777 /etc/kata-containers/kata-setup/rust-qemu/*-rust-*/
	rm /etc/kata-containers/kata-setup/rust-qemu/*-rust-*/configuration.toml`;

/** What was broken in the tree is told only when the record is whole again. */
const lostRecord = `
	cd /opt/kata-setup/trees/*-rust-*/ && truncate -s 3 share/kata-containers/rehearsal.image && rm VERSION
	truncate -s 100 /opt/kata-setup/trees/*-rust-*.manifest`;

let host: JourneyHost;
let install: string[];
let ignored: string[];
/** The flags that name the newer release's archive. */
let next: string[];
const states: Partial<Record<State, Snapshot>> = {};
/** How long each verb's run takes when nobody disturbs it, in ms. */
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
		const {ms, steps} = runOf((await must(...verb.words(), '--json')).stdout);
		took[verb.name] = ms;
		// A step of an uninstall has one record, its undoing; of all others two.
		const records = 2 + steps * (verb.name.startsWith('uninstall') ? 1 : 2);
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

/** Brings the host into a state with commands that nobody disturbs. */
async function reach(state: State): Promise<void> {
	if (here === state) return;
	here = state;
	const {code, stdout, stderr} = await host.kataSetup('uninstall', '--yes');
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
	if (state !== 'bare') await must(...install);
	if (state === 'switched') await must(...switchWords());
	if (state === 'upgraded') await must('upgrade', '--yes', '--no-test', ...next, ...ignored);
	if (state === 'unrecorded') await host.run('sh', ['-ec', lostRecord]);
	if (state === 'drifted') await host.run('sh', ['-ec', damage]);
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

/** @returns how many of its two kills came before the run's own end */
async function round(verb: KilledVerb, at: KillAt): Promise<number> {
	await reach(verb.from);
	here = null;
	const first = await runAndKill(host, verb.words(), at);
	if ('place' in at) expect(first.killed, first.stdout + first.stderr).toBe(true);
	await engineIsWell();
	await again(verb);
	await isIn(verb.to, `${verb.name} again`);
	here = verb.to;

	await reach(verb.from);
	here = null;
	const second = await runAndKill(host, verb.words(), at);
	await engineIsWell();
	await reach(verb.base ?? 'bare');
	await isIn(verb.base ?? 'bare', 'uninstall');
	return Number(first.killed) + Number(second.killed);
}

/** A verb's rounds. @returns what was wrong, with the round's number and place */
async function rounds(verb: KilledVerb, all: readonly KillAt[]): Promise<string[]> {
	const began = Date.now();
	let killed = 0;
	const counted = async (at: KillAt): Promise<void> => {
		killed += await round(verb, at);
	};
	const wrong = await wrongRounds(all, counted, at => `${verb.name} killed at ${placeWords(at)}`);
	console.log(
		`${verb.name}: ${all.length} rounds, ${wrong.length} of them wrong, ${killed} kills before the run's end, ${Math.round((Date.now() - began) / all.length)} ms each`,
	);
	return wrong;
}

/** Up to `count` of them, spread evenly, the first and the last among them. */
function spread<T>(all: readonly T[], count: number): T[] {
	if (all.length <= count) return [...all];
	return Array.from({length: count}, (_, index) => all[Math.round((index * (all.length - 1)) / (count - 1))] as T);
}

describe.each(verbs)('$name killed', {timeout: limit}, verb => {
	it('before and after each record of the journal', async () => {
		const all = spread(passed[verb.name] ?? [], places).map(place => ({place}));
		expect(all.length).toBeGreaterThan(2);
		expect(await rounds(verb, all)).toEqual([]);
	});

	it('at random moments', async () => {
		const next = random(seed + verbs.indexOf(verb));
		const all = Array.from({length: moments}, () => ({afterMs: Math.round(next() * (took[verb.name] ?? 0))}));
		expect(await rounds(verb, all)).toEqual([]);
	});
});
