/** The process table, read from /proc and never from PATH: what runs is what will start the containers. */
import type {Files, Host} from '../host/host.ts';

export interface ProcessFacts {
	pid: number;
	/** Its command line, argument by argument; never empty. */
	argv: string[];
	/** The executable by /proc/PID/exe, without ` (deleted)`; null if we may not look. */
	exe: string | null;
}

/** How many processes are looked at together. */
const atOnce = 64;

/** Every process that has a command line; kernel threads and processes that we may not read are left out. */
export async function readProcesses({files}: Host): Promise<ProcessFacts[]> {
	const pids = ((await quietly(files.list('/proc'))) ?? []).filter(name => /^\d+$/.test(name)).map(Number);
	const found: ProcessFacts[] = [];
	for (let from = 0; from < pids.length; from += atOnce) {
		const some = await Promise.all(pids.slice(from, from + atOnce).map(pid => readProcess(files, pid)));
		found.push(...some.filter(process => process !== null));
	}
	return found.sort((a, b) => a.pid - b.pid);
}

async function readProcess(files: Files, pid: number): Promise<ProcessFacts | null> {
	const argv = ((await quietly(files.readText(`/proc/${pid}/cmdline`))) ?? '').replace(/\0+$/, '').split('\0');
	if (argv[0] === '' || argv[0] === undefined) return null;
	const exe = await quietly(files.readLink(`/proc/${pid}/exe`));
	return {pid, argv, exe: exe?.replace(/ \(deleted\)$/, '') ?? null};
}

/** Null where /proc refuses: another user's process (EACCES), or one that ended while we looked (ESRCH). */
export async function quietly<T>(work: Promise<T>): Promise<T | null> {
	try {
		return await work;
	} catch {
		return null;
	}
}

/** The program's name: its executable's, or that of its first argument. */
export const programName = ({argv, exe}: ProcessFacts): string => (exe ?? argv[0] ?? '').split('/').at(-1) ?? '';

/**
 * The systemd service that a process belongs to, by /proc/PID/cgroup; null if none. With cgroup v1 the line of
 * `name=systemd` tells, with v2 the only one.
 */
export async function serviceOf({files}: Host, pid: number): Promise<string | null> {
	const lines = ((await quietly(files.readText(`/proc/${pid}/cgroup`))) ?? '').split('\n');
	const line =
		lines.find(text => text.startsWith('0::') && text !== '0::/') ?? lines.find(text => text.includes('name=systemd'));
	return line?.split('/').findLast(part => part.endsWith('.service')) ?? null;
}

/** Folders where daemons and their clients are installed; sudo's and systemd's PATH together. */
const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/snap/bin'];

/** The first file of that name in the usual folders; null if there is none. */
export async function findProgram({files}: Host, name: string): Promise<string | null> {
	for (const folder of programFolders) {
		const path = await quietly(files.realPath(`${folder}/${name}`));
		// /snap/bin holds links to the snap launcher, which goes by the link's name.
		if (path) return folder === '/snap/bin' ? `${folder}/${name}` : path;
	}
	return null;
}
