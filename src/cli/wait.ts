/** `--wait`: a command that meets another kata-setup at work waits for its end instead of refusing. */
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {heldBy, type LockHolder, lockedBy, lockHolder} from '../host/lock.ts';

/** Milliseconds between two looks at the lock. */
const interval = 200;

/** Two processes that wait look at the lock at the same moments, so one may lose it again: more tries would say little. */
const tries = 20;

/**
 * Does a command's work when nobody else is at work, from its first look at the host on: what was planned before another
 * run ended would not fit any more.
 * @param seconds how long to wait in all; Infinity: without end; undefined: not at all
 * @param say is told once of each holder that is waited for
 * @throws KataSetupError (`locked`) naming the holder, when the time is over
 */
export async function waiting<T>(
	host: Host,
	seconds: number | undefined,
	say: (line: string) => void,
	work: () => Promise<T>,
): Promise<T> {
	if (seconds === undefined) return work();
	const until = process.uptime() + seconds;
	for (let left = tries; ; left -= 1) {
		await untilFree(host, until, say);
		try {
			return await work();
		} catch (error) {
			const isLocked = error instanceof KataSetupError && error.report.exit === 'locked';
			if (!isLocked || left === 0 || process.uptime() >= until) throw error;
		}
	}
}

/** By the process's own clock: the host's may jump. */
async function untilFree(host: Host, until: number, say: (line: string) => void): Promise<void> {
	let told: LockHolder['run'] | null = null;
	for (let holder = await lockHolder(host); holder; holder = await lockHolder(host)) {
		if (process.uptime() >= until) throw lockedBy(holder);
		if (told !== holder.run) say(`Waiting for ${heldBy(holder)} to end.`);
		told = holder.run;
		await host.sleep(interval);
	}
}
