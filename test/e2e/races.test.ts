/**
 * Eight processes of mixed verbs started together, again and again, on a real containerd: each ends well, with what is no
 * longer to be done, or with "busy, held by N since T"; and what then stands is what some order of those that ended well gives.
 *
 * KATA_SETUP_TEST_ROUNDS=full: 50 rounds of each mixture. KATA_SETUP_TEST_SEED: other mixtures.
 */
// needs: engines
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {exitCodes} from '../../src/errors.ts';
import {differences, type Snapshot, withoutOwnContent} from '../lab/snapshot.ts';
import type {JourneyHost} from './support/journey-host.ts';
import {random} from './support/kill.ts';
import {openMiniatureHost, unpackByHand} from './support/miniature.ts';
import type {HostResult} from './support/private-host.ts';
import {wrongRounds} from './support/rounds.ts';

const full = process.env.KATA_SETUP_TEST_ROUNDS === 'full';
const seed = Number(process.env.KATA_SETUP_TEST_SEED ?? 20261126);
const rounds = full ? 50 : 2;
const together = 8;

/** `none` of ours stands; `first`: as installed or adopted; `switched`: to another hypervisor; `back`: from there. */
type State = 'none' | 'first' | 'switched' | 'back';

/** What a verb that ends well makes of a state; a state that it does not name it cannot end well in. */
type Moves = Partial<Record<State, State>>;

const everywhere: Moves = {none: 'none', first: 'first', switched: 'switched', back: 'back'};
const {none: _, ...whereInstalled} = everywhere;
const moves: Record<string, Moves> = {
	install: {none: 'first', first: 'first', switched: 'back', back: 'back'},
	adopt: {...everywhere, none: 'first'},
	switch: {first: 'switched', switched: 'switched', back: 'switched'},
	rollback: {switched: 'back', back: 'switched'},
	repair: whereInstalled,
	uninstall: {first: 'none', switched: 'none', back: 'none'},
	status: everywhere,
};

/** The states that all verbs of a list, in some order, lead to from one. */
function reachable(verbs: readonly string[], start: State = 'none'): Set<State> {
	const known = new Map<string, Set<State>>();
	const after = (from: State, left: readonly string[]): Set<State> => {
		if (left.length === 0) return new Set([from]);
		const key = `${from} ${left.toSorted().join(' ')}`;
		const found = known.get(key) ?? new Set<State>();
		if (known.has(key)) return found;
		known.set(key, found);
		for (const [index, verb] of left.entries()) {
			const to = moves[verb]?.[from];
			if (to) for (const state of after(to, left.toSpliced(index, 1))) found.add(state);
		}
		return found;
	};
	return after(start, verbs);
}

/** Endings that some order of the verbs gives: well, or with nothing (more) to do, or changed under its plan, or busy. */
function isFair(verb: string, {code, stderr, stdout}: HostResult): boolean {
	if (`${stdout}${stderr}`.includes('\n    at ')) return false;
	if (code === 0) return true;
	if (code === 5)
		return /held by `kata-setup \w+` of root \(process \d+\) since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/.test(stderr);
	if (code === 6) return /not as it was when this plan was made/.test(stdout + stderr);
	return code === 11 && verb !== 'install';
}

let host: JourneyHost;
let ignored: string[];
let install: string[];

beforeAll(async () => {
	({host, ignored, install} = await openMiniatureHost());
}, 120_000);
afterAll(() => host?.close());

const snapshot = async (): Promise<Snapshot> => withoutOwnContent(await host.snapshot());

async function must(...words: string[]): Promise<void> {
	const {code, stdout, stderr} = await host.kataSetup(...words);
	if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
}

/** Whether the journal goes back to a run after another one's records. It is gone where nothing of ours is left. */
async function runsMixed(): Promise<boolean> {
	const {stdout} = await host.run('sh', ['-c', 'cat /var/lib/kata-setup/journal.ndjson 2>/dev/null || :']);
	const runs = stdout.split('\n').flatMap(line => (line === '' ? [] : [(JSON.parse(line) as {run: string}).run]));
	return runs.filter((run, index) => run !== runs[index - 1]).length !== new Set(runs).size;
}

/** Runs the rounds of a mixture from the state that the host is in. @returns what was wrong, round by round */
async function race(verbs: readonly string[][], first: string[], lot: () => number): Promise<string[]> {
	const [change, back] = [verbs.find(([verb]) => verb === 'switch'), verbs.find(([verb]) => verb === 'rollback')];
	const states = {none: await snapshot()} as Record<State, Snapshot>;
	for (const [state, words] of [
		['first', first],
		['switched', change],
		['back', back],
	] as const) {
		await must(...(words ?? []));
		states[state] = await snapshot();
	}
	await must('uninstall', '--yes');
	expect(await snapshot()).toEqual(states.none);
	const codes: Record<string, number> = {};
	const round = async (start: State): Promise<void> => {
		if (start === 'switched') for (const words of [first, change ?? []]) await must(...words);
		const started = Array.from({length: together}, () => verbs[Math.floor(lot() * verbs.length)] as string[]);
		const ends = await Promise.all(started.map(words => host.kataSetup(...words)));
		const wrong: string[] = [];
		const well: string[] = [];
		for (const [index, end] of ends.entries()) {
			const verb = started[index]?.[0] ?? '';
			codes[`${verb} ${end.code}`] = (codes[`${verb} ${end.code}`] ?? 0) + 1;
			if (end.code === 0) well.push(verb);
			if (!isFair(verb, end)) wrong.push(`${verb} ended with ${end.code}:\n${end.stdout}${end.stderr}`);
		}
		const left = await snapshot();
		const possible = [...reachable(well, start)];
		if (!possible.some(state => differences(states[state], left).length === 0)) {
			const all = Object.entries(states).map(
				([state, whole]) => `${state}: ${differences(whole, left).slice(0, 3).join('; ')}`,
			);
			wrong.push(`${well.join(', ')} ended well, which gives ${possible.join(' or ')}, and left\n${all.join('\n')}`);
		}
		if (await runsMixed()) wrong.push('two runs wrote the journal at the same time');
		await host.kataSetup('uninstall', '--yes');
		wrong.push(...differences(states.none, await snapshot()).map(line => `after an uninstall: ${line}`));
		if (wrong.length > 0) throw new Error(wrong.join('\n'));
	};
	// Every other round finds something that can be gone back from.
	const starts = Array.from({length: rounds}, (_, index): State => (index % 2 === 0 ? 'none' : 'switched'));
	const wrong = await wrongRounds(starts, round, start => `from ${start}`);
	if (!Object.keys(codes).some(end => end.endsWith(` ${exitCodes.locked.code}`))) wrong.push('nobody met a lock');
	console.log(`${rounds} rounds of ${together}: ${JSON.stringify(codes)}`);
	return wrong;
}

describe('eight at once', {timeout: full ? 3 * 3_600_000 : 400_000}, () => {
	const changing = (): string[][] => [
		['switch', 'dragonball', '--yes', '--no-test', ...ignored],
		['rollback', '--yes', '--no-test', ...ignored],
		['repair', '--yes', '--no-test'],
		['uninstall', '--yes'],
		['status'],
	];

	it('end well or busy, and leave what some order gives', async () => {
		expect(await race([install, install, ...changing()], install, random(seed))).toEqual([]);
	});

	it('do so where a Kata that somebody unpacked is adopted, which an uninstall gives back', async () => {
		await unpackByHand(host);
		const adopt = ['adopt', '--yes', '--no-test', '--runtime', 'rust', '--hypervisor', 'qemu', ...ignored];
		expect(await race([adopt, adopt, ...changing()], adopt, random(seed + 1))).toEqual([]);
	});
});

describe('what some order gives', () => {
	it('is told of the verbs that ended well', () => {
		expect(reachable(['install'])).toEqual(new Set(['first']));
		expect(reachable(['install', 'uninstall'])).toEqual(new Set(['none']));
		expect(reachable(['install', 'install', 'uninstall'])).toEqual(new Set(['none', 'first']));
		expect(reachable(['rollback', 'switch', 'install'])).toEqual(new Set(['back']));
		expect(reachable(['rollback', 'switch', 'install', 'switch'])).toEqual(new Set(['back', 'switched']));
		expect(reachable(['rollback', 'uninstall'], 'switched')).toEqual(new Set(['none']));
		expect(reachable(['switch'])).toEqual(new Set());
	});
});
