/** ctr in the namespace of the smoke test. Every call has a limit of its own: a refused Create has been seen to hang it. */
import type {CommandOptions, CommandResult, Host} from '../host/host.ts';
import {containerdNamespace} from '../layout.ts';

export type Ctr = (args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/** Generous, for a slow nested host: each takes 10 to 50 ms on a server. */
const askTimeoutMs = 20_000;

/** ctr on the socket `address`. Its answers are read from standard output alone: 2.3 warns on standard error. */
export const ctrOn =
	(host: Host, {ctr, address}: {ctr: string; address: string}): Ctr =>
	(args, options = {}) =>
		host.run(ctr, ['--address', address, '--namespace', containerdNamespace, '--connect-timeout', '5s', ...args], {
			timeoutMs: askTimeoutMs,
			...options,
			// The user's own default must not decide; empty means containerd's default.
			env: {CONTAINERD_SNAPSHOTTER: '', ...options.env},
		});

/** The lines of a listing, without the rest of each line; null if it could not be had. */
export async function namesFrom(ctr: Ctr, args: readonly string[]): Promise<string[] | null> {
	const {code, stdout} = await ctr(args);
	if (code !== 0) return null;
	return stdout
		.split('\n')
		.map(line => line.trim().split(/\s+/)[0] ?? '')
		.filter(name => name !== '');
}
