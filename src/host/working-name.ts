/** Names of what is not finished: a file or link is written beside its place under such a name, and renamed. Pure. */
import {basename, dirname, join} from 'node:path';

/** @param unique tells it from those of other processes, and from others of this one: process id and count */
export const workingName = (path: string, unique: string): string =>
	join(dirname(path), `.${basename(path)}.kata-setup-${unique}`);

/** What something of such a name was about to become; null: it has another name. */
export function placeOf(working: string): string | null {
	const name = /^\.(.+)\.kata-setup-\d+-\d+$/.exec(basename(working))?.[1];
	return name === undefined ? null : join(dirname(working), name);
}
