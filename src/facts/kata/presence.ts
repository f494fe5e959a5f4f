/** Whether something is at a path, as far as we may look. */
import {errnoOf} from '../../errors.ts';
import type {Host} from '../../host/host.ts';
import type {PathPresence} from '../kata-facts.ts';

/** `missing` for a link that leads nowhere too; `unknown` where a folder on the way is closed to us. */
export async function presenceOf({files}: Host, path: string): Promise<PathPresence> {
	try {
		return (await files.realPath(path)) === null ? 'missing' : 'there';
	} catch (error) {
		return errnoOf(error) === 'ELOOP' ? 'missing' : 'unknown';
	}
}
