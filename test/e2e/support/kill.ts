/** Kills the worker of one command of kata-setup, at a named place or after some time, in a private host. */
import type {RunEvent} from '../../../src/apply/events.ts';
import {lockFile} from '../../../src/layout.ts';
import type {JourneyHost} from './journey-host.ts';
import type {HostResult} from './private-host.ts';

/** A place that `src/apply/checkpoint.ts` knows, or milliseconds after the worker took the lock. */
export type KillAt = {place: string} | {afterMs: number};

export const placeWords = (at: KillAt): string =>
	'place' in at ? at.place : `${at.afterMs} ms after the worker began`;

/**
 * Runs the command, and kills its worker there.
 * @returns how the command ended; `killed` false: the worker ended before it came to the place
 */
export async function runAndKill(
	host: JourneyHost,
	args: readonly string[],
	at: KillAt,
): Promise<HostResult & {killed: boolean}> {
	if ('place' in at) {
		const result = await host.kataSetupWith({KATA_SETUP_TEST_CHECKPOINT: at.place}, ...args);
		return {...result, killed: result.code === 9 && `${result.stdout}${result.stderr}`.includes('worker ended before')};
	}
	const killing = host.run(process.execPath, ['--eval', watcher, String(at.afterMs)]);
	const result = await host.kataSetupWith({}, ...args);
	await host.run('touch', [over]);
	const {code} = await killing;
	await host.run('rm', ['-f', over]);
	return {...result, killed: code === 0};
}

/** Runs the command to its end. @returns beside its result, how long its worker had the lock, in ms */
export async function runAndMeasure(host: JourneyHost, args: readonly string[]): Promise<HostResult & {ms: number}> {
	const measuring = host.run(process.execPath, ['--eval', watcher]);
	const result = await host.kataSetupWith({}, ...args);
	await host.run('touch', [over]);
	const {code, stdout} = await measuring;
	await host.run('rm', ['-f', over]);
	if (code !== 0) throw new Error(`${args.join(' ')} took no lock:\n${result.stdout}${result.stderr}`);
	return {...result, ms: Number(stdout)};
}

/** Tells the watcher that it came too late. */
const over = '/run/kata-setup-test-over';

/**
 * Waits for a worker's lock, which names it. With a number: waits so many milliseconds more and kills it. Without one:
 * prints how long it had the lock, in ms. A program of its own, started before the worker, for a shell that polls comes
 * later than a whole switch takes.
 */
const watcher = `
const fs = require('node:fs');
const [afterMs] = process.argv.slice(1);
function holder() {
	try {
		const {pid, verb} = JSON.parse(fs.readFileSync('${lockFile}', 'utf8'));
		// One that was killed earlier left its lock, which says nothing of the one to come.
		process.kill(pid, 0);
		return verb === 'tidy' ? null : pid;
	} catch {
		return null;
	}
}
function kill(pid) {
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		process.exitCode = 1;
	}
}
function measure(since) {
	if (holder() === null) console.log(Math.round(performance.now() - since));
	else setTimeout(measure, 1, since);
}
function look() {
	const pid = holder();
	if (pid !== null) afterMs === undefined ? measure(performance.now()) : setTimeout(kill, Number(afterMs), pid);
	else if (fs.existsSync('${over}')) process.exitCode = 1;
	else setTimeout(look, 1);
}
look();`;

/**
 * How long a run took and how many steps it had, from what it printed with `--json`.
 * @returns `ms`: between its first event and its last
 */
export function runOf(stdout: string): {ms: number; steps: number} {
	const events = stdout
		.trim()
		.split('\n')
		.map(line => JSON.parse(line) as RunEvent);
	const times = events.map(({at}) => Date.parse(at));
	const started = events.find(({event}) => event === 'run-started');
	if (started?.event !== 'run-started') throw new Error(`No run began:\n${stdout}`);
	return {ms: Math.max(...times) - Math.min(...times), steps: started.steps.length};
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32, public domain). */
export function random(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
