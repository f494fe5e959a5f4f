/** Kills the worker of one command of kata-setup, at a named place or after some time, in a private host. */
import type {RunEvent} from '../../../src/apply/events.ts';
import type {JourneyHost} from './journey-host.ts';
import type {HostResult} from './private-host.ts';

/** A place that `src/apply/checkpoint.ts` knows, or milliseconds after the worker began to write its journal. */
export type KillAt = {place: string} | {afterMs: number};

export const placeWords = (at: KillAt): string => ('place' in at ? at.place : `${at.afterMs} ms after the run began`);

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
	const killing = host.run('bash', ['-c', killer, 'kill', String(at.afterMs / 1000)]);
	const result = await host.kataSetupWith({}, ...args);
	await host.run('touch', [over]);
	const {code} = await killing;
	await host.run('rm', ['-f', over]);
	return {...result, killed: code === 0};
}

/** Tells the killer that it came too late. */
const over = '/run/kata-setup-test-over';

/** Waits for a worker that writes its journal, then $1 seconds, then kills it. The lock names it. */
const killer = `
until pid=$(sed -n 's/^{"pid":\\([0-9]*\\),.*/\\1/p' /run/kata-setup/lock 2>/dev/null) && [ "$pid" ] &&
	kill -0 "$pid" 2>/dev/null && [ /var/lib/kata-setup/journal.ndjson -nt /run/kata-setup/lock ]; do
	[ -e ${over} ] && exit 1
	sleep 0.005
done
sleep "$1"
kill -9 "$pid"`;

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
