/** Who we are, and how root can be had. */
import type {CommandResult, Host} from '../../host/host.ts';
import {whoWeAre} from '../../host/who-we-are.ts';
import type {PrivilegeFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';

/** sudo may ask a directory server that does not answer. */
const sudoTimeoutMs = 8000;

export const privilegesProbe: Probe<PrivilegeFacts> = {
	name: 'privileges',
	unknown: {...ourIdentity(), root: ourIdentity().uid === 0 ? 'root' : 'unknown'},
	async read(host) {
		const who = await readIdentity(host);
		if (who.uid === 0) return {...who, root: 'root'};
		const sudo = await host.run('sudo', ['-n', 'true'], {timeoutMs: sudoTimeoutMs});
		const bySudo = rootBySudo(sudo);
		if (bySudo === 'passwordless') return {...who, root: bySudo};
		const byDoas = rootByDoas(await host.run('doas', ['-n', 'true'], {timeoutMs: sudoTimeoutMs}));
		// A password that sudo hopes for is worth less than a yes; more than doas's own question, as sudo asks only once.
		const isBetter = byDoas === 'passwordless' || (byDoas === 'password' && bySudo === 'none');
		return isBetter ? {...who, root: byDoas, by: 'doas'} : {...who, root: bySudo};
	},
};

function ourIdentity(): {uid: number; user: string} {
	const {uid, user} = whoWeAre();
	return {uid, user};
}

async function readIdentity(host: Host): Promise<{uid: number; user: string}> {
	// A rehearsal's host has no users: whoever rehearses owns everything in it.
	if (host.kind === 'rehearsal') return {uid: 0, user: 'root'};
	const {stdout} = await host.run('id', []);
	const [, uid, user] = /^uid=(\d+)(?:\(([^)]*)\))?/.exec(stdout) ?? [];
	return uid === undefined ? ourIdentity() : {uid: Number(uid), user: user ?? uid};
}

/**
 * How sudo answered when it was not allowed to ask for a password. For one who may not use it at all it asks for the
 * password all the same and refuses afterwards, so `password` is a hope, not a promise (tried with sudo 1.9.13).
 */
export function rootBySudo({code, stderr, notStarted}: CommandResult): PrivilegeFacts['root'] {
	if (notStarted !== null) return 'none';
	if (code === 0) return 'passwordless';
	if (/password is required|terminal is required|interactive authentication is required/i.test(stderr))
		return 'password';
	if (/not in the sudoers|not allowed|may not run|no new privileges|must be owned by uid 0/i.test(stderr))
		return 'none';
	return 'unknown';
}

/** The same for doas, which, unlike sudo, tells who may not use it from who has to say a password (tried with OpenDoas 6.8.2). */
export function rootByDoas({code, stderr, notStarted}: CommandResult): PrivilegeFacts['root'] {
	if (notStarted !== null) return 'none';
	if (code === 0) return 'passwordless';
	return /authentication required/i.test(stderr) ? 'password' : 'none';
}
