/** The user that this process runs as. */
import {userInfo} from 'node:os';

/** By name, or by number where the user database has no entry for it, as in many containers. */
export function whoWeAre(): {uid: number; gid: number; user: string} {
	const uid = process.getuid?.() ?? -1;
	const gid = process.getgid?.() ?? -1;
	try {
		return {uid, gid, user: userInfo().username};
	} catch {
		return {uid, gid, user: String(uid)};
	}
}
