/** What every command needs: the host it acts on, who the person is, and how to start ourselves again. */
import {fileURLToPath} from 'node:url';
import type {Host} from '../host/host.ts';
import {createRealHost} from '../host/real.ts';
import {whoWeAre} from '../host/who-we-are.ts';
import {openRehearsal} from '../rehearsal/rehearsal.ts';
import {kataSetupVersion} from '../version.ts';
import type {Flags} from './flags.ts';

export interface Person {
	name: string;
	uid: number;
	gid: number;
}

export interface Context {
	version: string;
	host: Host;
	/** The throwaway root if this is a rehearsal. */
	rehearsalRoot: string | null;
	flags: Flags;
	person: Person;
	/** `[node, script]`, by absolute path: sudo's PATH need not know our node. */
	self: readonly [string, string];
}

/** The person at the keyboard: behind sudo, the one who called it. */
export function personOf(env: Readonly<Record<string, string | undefined>>): Person {
	const {uid, gid, user} = whoWeAre();
	const sudoUid = Number(env.SUDO_UID);
	if (uid === 0 && env.SUDO_USER && Number.isInteger(sudoUid))
		return {name: env.SUDO_USER, uid: sudoUid, gid: Number(env.SUDO_GID ?? 0)};
	return {name: user, uid, gid};
}

/** The context of a command; with `--rehearse` a new throwaway root, or the one that `--root` names. */
export async function makeContext(
	flags: Flags,
	env: Readonly<Record<string, string | undefined>>,
	rehearse = flags.rehearse,
): Promise<Context> {
	const rehearsal = rehearse ? await openRehearsal(flags.root ?? null) : null;
	return {
		version: kataSetupVersion,
		host: rehearsal?.host ?? createRealHost(),
		rehearsalRoot: rehearsal?.root ?? null,
		flags,
		person: personOf(env),
		self: [process.execPath, fileURLToPath(import.meta.url)],
	};
}
