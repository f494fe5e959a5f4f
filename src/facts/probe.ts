/** What a probe is, and how one is run so that it can neither fail nor hang the others. */
import type {Host} from '../host/host.ts';

/** Reads one thing from the host. It changes nothing, needs no root, and judges nothing. */
export interface Probe<T> {
	/** As it stands in `Facts.unread`. */
	readonly name: string;
	/** Its own limit in milliseconds, where the general one does not suit it. */
	readonly timeoutMs?: number;
	/** What stands in Facts if it fails or does not end in time. */
	readonly unknown: T;
	read(host: Host): Promise<T>;
}

export interface ProbeResult<T> {
	value: T;
	/** Why the value is the unknown one; null if it was read. */
	why: string | null;
}

/** Reading /proc takes milliseconds; a loaded or emulated server may need a thousand times as long. */
const defaultTimeoutMs = 10_000;

/** The limit is counted in ticks of so many milliseconds. */
const tickMs = 100;

/**
 * Runs a probe to its end or its limit. Never rejects. The commands of a probe whose time is over are ended.
 * @param timeoutMs a limit for every probe, instead of their own
 */
export async function runProbe<T>(host: Host, probe: Probe<T>, timeoutMs?: number): Promise<ProbeResult<T>> {
	const limit = timeoutMs ?? probe.timeoutMs ?? defaultTimeoutMs;
	const end = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	const tooLate = new Promise<ProbeResult<T>>(resolve => {
		// A tick comes late, and only once, where this process had no processor: that time is not the probe's.
		let left = Math.ceil(limit / tickMs);
		timer = setInterval(() => {
			left -= 1;
			if (left > 0) return;
			resolve({value: probe.unknown, why: `It did not end within ${limit / 1000} s.`});
			end.abort();
		}, tickMs);
	});
	const reading = (async (): Promise<ProbeResult<T>> => {
		try {
			return {value: await probe.read(endedBy(host, end.signal)), why: null};
		} catch (error) {
			return {value: probe.unknown, why: error instanceof Error ? error.message : String(error)};
		}
	})();
	try {
		return await Promise.race([reading, tooLate]);
	} finally {
		clearInterval(timer);
	}
}

const endedBy = (host: Host, signal: AbortSignal): Host => ({
	...host,
	run: (file, args, options = {}) =>
		host.run(file, args, {...options, signal: options.signal ? AbortSignal.any([options.signal, signal]) : signal}),
});
