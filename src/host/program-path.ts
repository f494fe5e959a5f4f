/** Where root's commands are looked for. */

const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/**
 * A PATH with the system's folders behind its own. `su` without `-` leaves root with that of an ordinary user, in which no
 * modprobe, dmsetup or losetup is; a system that has its programs elsewhere keeps its own order.
 */
export function withSystemFolders(path: string | undefined): string {
	const own = path ? path.split(':') : [];
	return [...own, ...systemFolders.filter(folder => !own.includes(folder))].join(':');
}
