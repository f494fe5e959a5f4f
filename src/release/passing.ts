/** Trying again what may pass by itself: a dropped line, a server that is busy. */
import {errnoOf} from '../errors.ts';

/** Errors of Node's that another try will not mend: certificates, and what is asked wrongly. */
const lasting = /^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ENOTFOUND|ERR_INVALID)/;

/** Whether the same request may succeed a little later. Only an error from below HTTP can tell that. */
export function mayPass(error: unknown): boolean {
	const cause = (error as {cause?: unknown} | null)?.cause;
	const code = errnoOf(cause ?? error);
	return code !== null && !lasting.test(code);
}

/** Whether the same request may get a better answer a little later. */
export const statusMayPass = (status: number): boolean => status >= 500 || status === 408 || status === 429;

/** Milliseconds before the next try, after `failures` in a row: 1, 2, 4, 8, 16 s. */
export const pauseAfter = (failures: number): number => 1000 * 2 ** Math.min(failures - 1, 4);

/** Milliseconds that a server asks us to wait (Retry-After in seconds), as long as that is no more than a minute. */
export function pauseAsked(headers: Readonly<Record<string, string>>): number | null {
	const seconds = Number(headers['retry-after']);
	return Number.isFinite(seconds) && seconds > 0 && seconds <= 60 ? seconds * 1000 : null;
}

/**
 * Waits on the host's clock, and no longer than until `signal` is aborted.
 * @throws the signal's reason
 */
export async function pause(host: {sleep(ms: number): Promise<void>}, ms: number, signal: AbortSignal): Promise<void> {
	signal.throwIfAborted();
	let stop = (): void => {};
	const aborted = new Promise<void>(resolve => {
		stop = resolve;
		signal.addEventListener('abort', stop, {once: true});
	});
	try {
		await Promise.race([host.sleep(ms), aborted]);
	} finally {
		signal.removeEventListener('abort', stop);
	}
	signal.throwIfAborted();
}
