/** `--wait`: a command waits for another kata-setup, or for sandboxes that are in its way, to end instead of refusing. */
import {KataSetupError} from '../errors.ts';
import {kataProcessesProbe} from '../facts/kata/kata-processes.ts';
import type {Host} from '../host/host.ts';
import {heldBy, type LockHolder, lockedBy, lockHolder} from '../host/lock.ts';
import {SandboxesRun, sandboxesFrom, sandboxLine} from '../plan/parts/sandboxes.ts';

/** Milliseconds between two looks at the lock, or at what runs. */
const interval = 200;

/** Two processes that wait look at the lock at the same moments, so one may lose it again: more tries would say little. */
const tries = 20;

/**
 * Does a command's work when nobody else is at work, from its first look at the host on: what was planned before another
 * run ended would not fit any more.
 * @param seconds how long to wait in all; Infinity: without end; undefined: not at all
 * @param say is told once of each holder, and of the sandboxes, that are waited for
 * @throws KataSetupError (`locked`) naming the holder, or (`sandboxes`) naming these, when the time is over
 */
export async function waiting<T>(
	host: Host,
	seconds: number | undefined,
	say: (line: string) => void,
	work: () => Promise<T>,
): Promise<T> {
	if (seconds === undefined) return work();
	const until = process.uptime() + seconds;
	for (let left = tries; ; ) {
		await untilFree(host, until, say);
		try {
			return await work();
		} catch (error) {
			if (error instanceof SandboxesRun) {
				await untilEnded(host, until, say, error);
				continue;
			}
			left -= 1;
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

/** Nobody tells us of a sandbox's end, so /proc is looked at: its processes are not our children. */
async function untilEnded(
	host: Host,
	until: number,
	say: (line: string) => void,
	refusal: SandboxesRun,
): Promise<void> {
	let told = '';
	for (;;) {
		const running = sandboxesFrom(await kataProcessesProbe.read(host), refusal.trees);
		if (running.length === 0) return;
		if (process.uptime() >= until) throw new SandboxesRun(running, refusal.trees);
		const now = running.map(sandboxLine).join('; ');
		if (now !== told) say(`Waiting for sandboxes to end: ${now}. Ctrl-C leaves everything as it is.`);
		told = now;
		await host.sleep(interval);
	}
}
