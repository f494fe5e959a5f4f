/** /proc/self/mountinfo: what is mounted where, as this process sees it. See proc_pid_mountinfo(5). */

export interface Mount {
	/** The mount point. */
	at: string;
	/** For example ext4, tmpfs, overlay, nfs4. */
	fileSystem: string;
	/** Options of this mount and of its super block together. */
	options: string[];
	/** Whether mounts on it are passed on to other mount namespaces (`shared:` in its fields). */
	shared: boolean;
}

/** The mounts in the order of the file: a later one on the same point hides the earlier. */
export function parseMountInfo(text: string): Mount[] {
	const mounts: Mount[] = [];
	for (const line of text.split('\n')) {
		const [before = '', after = ''] = line.split(' - ');
		const [, , , , at, options = '', ...propagation] = before.split(' ');
		const [fileSystem, , superOptions = ''] = after.split(' ');
		if (at === undefined || !fileSystem) continue;
		mounts.push({
			at: unescaped(at),
			fileSystem,
			options: `${options},${superOptions}`.split(',').filter(Boolean),
			shared: propagation.some(field => field.startsWith('shared:')),
		});
	}
	return mounts;
}

/** The mount that a path (links resolved) lies on; null if the table has none. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | null {
	let found: Mount | null = null;
	for (const mount of mounts) {
		const inside = mount.at === '/' || path === mount.at || path.startsWith(`${mount.at}/`);
		if (inside && (found === null || mount.at.length >= found.at.length)) found = mount;
	}
	return found;
}

/** Blanks, tabs, newlines and backslashes stand there in octal. */
const unescaped = (text: string): string =>
	text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
