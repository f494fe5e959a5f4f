/** Who listens on unix sockets: a socket's file stays when its daemon dies, the kernel's table does not. */
import type {Host} from '../../host/host.ts';
import {quietly} from '../processes.ts';

/** Bit of the flags column in /proc/net/unix: the socket accepts connections (__SO_ACCEPTCON of linux/net.h). */
const accepting = 0x10000;

/**
 * Whether anybody listens on a socket: nobody is connected to, so that systemd starts no daemon for our question.
 * @returns null if there is no file at `path`, or we may not see it
 */
export async function listening({files}: Host, path: string): Promise<boolean | null> {
	const real = (await quietly(files.realPath(path))) ?? path;
	if ((await quietly(files.stat(real))) === null) return null;
	const table = (await quietly(files.readText('/proc/net/unix'))) ?? '';
	// /var/run is a link to /run, and a daemon's table entry is spelled as the daemon spelled it.
	const names = new Set([path, real, real.replace(/^\/run\//, '/var/run/')]);
	return table.split('\n').some(line => {
		// Num: RefCount Protocol Flags Type St Inode Path
		const columns = line.trim().split(/\s+/);
		return names.has(columns[7] ?? '') && (Number.parseInt(columns[3] ?? '', 16) & accepting) !== 0;
	});
}
