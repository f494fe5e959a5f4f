/**
 * Paths as plans, receipt and screens say them, where the kernel shows others: /proc/PID/exe and a resolved link name the real
 * folder, and on some hosts /opt is itself a link (to /var/opt on Fedora CoreOS and Silverblue, to another disk by an admin).
 */
import type {Host} from '../host/host.ts';
import {ourPrefix, treesFolder} from '../layout.ts';
import {quietly} from './processes.ts';

/** The folders that we name and that may be links, or lie behind one: the innermost first. */
const named = [treesFolder, ourPrefix, '/opt'] as const;

/** What a resolved path is in our words. Asked once for a reading: links are resolved when this is called. */
export async function saidPaths({files}: Host): Promise<(real: string) => string> {
	const found = await Promise.all(named.map(async folder => ({folder, real: await quietly(files.realPath(folder))})));
	const elsewhere = found.flatMap(({folder, real}) =>
		real === null || real === folder || real === '/' ? [] : [{folder, real}],
	);
	return path => {
		const at = elsewhere.find(({real}) => path === real || path.startsWith(`${real}/`));
		return at ? at.folder + path.slice(at.real.length) : path;
	};
}
