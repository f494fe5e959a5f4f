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

const reading = new WeakMap<Files, Promise<ProcessFacts[]>>();

/**
 * The same for probes that start together: whoever asks while the table is being read gets that reading. What was read
 * once is not kept.
 */
export function sharedProcesses(host: Host): Promise<ProcessFacts[]> {
	const begun = reading.get(host.files);
	if (begun) return begun;
	const processes = readProcesses(host).finally(() => reading.delete(host.files));
	reading.set(host.files, processes);
	return processes;
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

/** A field of /proc/PID/stat, counted from 1 as in proc(5), but for the name; undefined if /proc does not tell. */
async function statField(files: Files, pid: number, number: number): Promise<string | undefined> {
	// The name, the second one, stands in parentheses and may hold blanks.
	const fromThird = (await quietly(files.readText(`/proc/${pid}/stat`)))?.split(') ').at(-1)?.split(' ');
	return fromThird?.[number - 3];
}

/** The process that started it; null if /proc does not tell. */
export async function parentOf({files}: Host, pid: number): Promise<number | null> {
	const parent = Number(await statField(files, pid, 4));
	return Number.isInteger(parent) ? parent : null;
}

const answers = new Set(['--version', '-version', '-v', '--help', '-help', '-h']);

/**
 * Whether a program was started to answer and end, and is no daemon though it has one's name: whoever else looks at this
 * host asks each for its version, as we do. By the last argument: a `-v` with a value after it sets how much is logged.
 */
export const onlyAnswers = ({argv}: ProcessFacts): boolean => argv.length > 1 && answers.has(argv.at(-1) ?? '');

/** /proc counts a process's start in these: USER_HZ, which is 100 on all architectures that Kata is published for. */
const ticksPerSecond = 100;

/**
 * When a process started, in milliseconds since 1970; null if /proc does not tell. Exact to about a second, because the
 * kernel gives the time of its own start in whole seconds.
 */
export async function startOf({files}: Host, pid: number): Promise<number | null> {
	const boot = /^btime (\d+)$/m.exec((await quietly(files.readText('/proc/stat'))) ?? '')?.[1];
	const ticks = Number(await statField(files, pid, 22));
	if (boot === undefined || !Number.isFinite(ticks)) return null;
	return Number(boot) * 1000 + (ticks / ticksPerSecond) * 1000;
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
