/** The first question to a running containerd, and what its socket did. */
import {askCtr, type Daemon} from '../../engines/containerd-daemon.ts';
import type {CommandResult, Host} from '../../host/host.ts';
import type {SocketFacts} from '../facts.ts';

/** `1.6.20~ds1`, `v2.1.4`, `2.1.9+unknown`, `v1.7.11-k3s2` → the three numbers, with a pre-release if it is one. */
export const versionIn = (text: string): string | null =>
	/v?(\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.?\d+)?)/.exec(text)?.[1] ?? null;

/**
 * The running server's version, which differs from the binary's after an upgrade without a restart; null if it does not
 * answer or we may not ask: `socket` says which.
 */
export async function askServer(host: Host, daemon: Daemon): Promise<{version: string | null; socket: SocketFacts}> {
	const unanswered = (state: SocketFacts['state'], error: string | null = null) => ({
		version: null,
		socket: {state, error},
	});
	if (daemon.ctr === null) return unanswered('unasked');
	const there = await socketIsThere(host, daemon.address);
	if (there !== true) return unanswered(there === null ? 'denied' : 'absent');
	const result = await askCtr(host, daemon, ['version']);
	if (result === null) return unanswered('absent');
	if (result.code !== 0) return unanswered(...troubleOf(result));
	const version = versionIn(/^Server:[\s\S]*?Version:\s*(\S+)/m.exec(result.stdout)?.[1] ?? '');
	return {version, socket: {state: 'answers', error: null}};
}

/** Null: its folder is not ours to look into. */
async function socketIsThere({files}: Host, path: string): Promise<boolean | null> {
	try {
		return (await files.stat(path)) !== null;
	} catch {
		return null;
	}
}

/** By ctr's words, tried with 1.6, 1.7 and 2.1; it gives up a connection that nobody answers after `--connect-timeout`. */
function troubleOf({stderr, timedOut}: CommandResult): [SocketFacts['state'], string | null] {
	const error = stderr.trim().split('\n').at(-1) || null;
	if (/permission denied/i.test(stderr)) return ['denied', error];
	if (/connection refused/i.test(stderr)) return ['refused', error];
	// ctr 2.x connects, and its first question waits in vain for the server's first frame.
	if (timedOut || /deadline exceeded|timeout|reading server preface/i.test(stderr)) return ['silent', error];
	return ['error', error];
}
