/**
 * The worker told to end, as a server that goes down does (SIGTERM), or to cancel (SIGINT), in a step of every kind, on a real
 * containerd: SIGTERM keeps what is done, which is then finished or undone; SIGINT takes all of it back; an uninstall is
 * always gone on with.
 *
 * KATA_SETUP_TEST_ROUNDS=full: each of them with both ways on, or both signals; else by turns.
 */
// needs: engines
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {exitCodes} from '../../src/errors.ts';
import type {Plan, Step} from '../../src/plan/plan.ts';
import {type Snapshot, withoutOwnContent} from '../lab/snapshot.ts';
import type {JourneyHost} from './support/journey-host.ts';
import {openMiniatureHost} from './support/miniature.ts';
import type {HostResult} from './support/private-host.ts';

const full = process.env.KATA_SETUP_TEST_ROUNDS === 'full';
/** All of them; in a short run one, by turns. */
const byTurns = <T>(all: readonly T[], turn: number): readonly T[] => (full ? all : [all[turn % all.length] as T]);

let host: JourneyHost;
let install: string[];
let bare: Snapshot;
let installed: Snapshot;

beforeAll(async () => {
	({host, install} = await openMiniatureHost());
	bare = await snapshot();
	expect((await host.kataSetup(...install)).code).toBe(0);
	installed = await snapshot();
	await away();
}, 120_000);
afterAll(() => host?.close());

const snapshot = async (): Promise<Snapshot> => withoutOwnContent(await host.snapshot());
const away = async (): Promise<void> => {
	expect([0, exitCodes.nothing.code]).toContain((await host.kataSetup('uninstall', '--yes')).code);
	expect(await snapshot()).toEqual(bare);
};

/** Runs a command whose worker gets a signal at a place. */
const signalled = (signal: string, place: string, words: readonly string[]): Promise<HostResult> =>
	host.kataSetupWith({KATA_SETUP_TEST_CHECKPOINT: place, KATA_SETUP_TEST_SIGNAL: signal}, ...words);

/** The first step of every kind of the plan, but the very last one of all: with that a run is over. */
async function oneOfEachKind(words: readonly string[], kindOf: (step: Step) => string): Promise<Step[]> {
	const {stdout} = await host.kataSetup(...words, '--dry-run', '--json');
	const {steps} = JSON.parse(stdout) as Plan;
	const found = new Map<string, Step>();
	for (const step of steps.slice(0, -1)) if (!found.has(kindOf(step))) found.set(kindOf(step), step);
	return [...found.values()];
}

describe('a signal in a step of every kind', {timeout: 600_000}, () => {
	it('SIGTERM keeps what an install did, which is then finished or undone', async () => {
		const steps = await oneOfEachKind(install, ({kind}) => kind);
		expect(steps.length).toBeGreaterThan(6);
		for (const [index, {id}] of steps.entries())
			for (const verb of byTurns(['finish', 'undo'], index)) {
				const {code, stderr} = await signalled('SIGTERM', `announced ${id}`, install);
				expect({code, stderr}, id).toMatchObject({code: exitCodes.incomplete.code});
				expect(stderr, id).toContain('stopped before its end');
				expect((await host.kataSetup('status')).stdout, id).toContain('install that root began');
				expect((await host.kataSetup(verb, '--yes')).code, `${verb} after ${id}`).toBe(0);
				expect(await snapshot(), `${verb} after ${id}, step ${index + 1}`).toEqual(
					verb === 'finish' ? installed : bare,
				);
				if (verb === 'finish') await away();
			}
	});

	it('SIGINT takes all of an install back', async () => {
		for (const {id} of await oneOfEachKind(install, ({kind}) => kind)) {
			const {code, stdout, stderr} = await signalled('SIGINT', `announced ${id}`, install);
			expect({code, said: stdout + stderr}, id).toMatchObject({code: exitCodes.interrupted.code});
			expect(await snapshot(), id).toEqual(bare);
		}
	});

	it('either stops an uninstall, which is gone on with', async () => {
		const words = ['uninstall', '--yes'];
		// A step of an uninstall bears the name of the run that it undoes.
		for (let index = 0, count = 6; index < count; index += 1)
			for (const signal of byTurns(['SIGTERM', 'SIGINT'], index)) {
				expect((await host.kataSetup(...install)).code).toBe(0);
				const steps = await oneOfEachKind(words, step => (step.kind === 'undo' ? step.args.of : step.kind));
				expect(steps.length).toBeGreaterThan(5);
				count = steps.length;
				const {id} = steps[index] as Step;
				const {code, stdout, stderr} = await signalled(signal, `before ${id}`, words);
				expect({code, said: stdout + stderr}, `${signal} at ${id}`).toMatchObject({code: exitCodes.incomplete.code});
				expect((await host.kataSetup('finish', '--yes')).code, `finish after ${signal} at ${id}`).toBe(0);
				expect(await snapshot(), id).toEqual(bare);
			}
	});
});
