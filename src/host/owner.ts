/** Who owns what the worker makes. */
import type {Host} from './host.ts';

/** A user and a group by number: root's, or in a rehearsal those of whoever rehearses. */
export const workerOwner = ({kind}: Host): {uid: number; gid: number} =>
	kind === 'rehearsal' ? {uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0} : {uid: 0, gid: 0};
