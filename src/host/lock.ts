/**
 * One lock for the host: /run/kata-setup/lock, a file that names its holder.
 *
 * Node has no flock. The file is made whole and then linked into place, which fails if the name is taken, so there is
 * never a half-written lock. A holder is alive if its process id, the process's start time and the boot id all match:
 * a recycled process id or a lock that outlived a reboot cannot be mistaken for it. None of the three depends on the
 * clock, the host's name or the disk, and /run is of this boot: clock jumps and a cloned disk do not matter.
 *
 * Weighed and not taken, to have the kernel release it: `flock` of util-linux, which a slim host or BusyBox may have without
 * `--no-fork`, and whose child could be killed apart from us; an abstract unix socket, whose name any user may take first
 * and keep. A dead holder's lock is therefore not released, but taken over by the next one at once.
 */
import {randomBytes} from 'node:crypto';
import * as fs from 'node:fs/promises';
import {errnoOf, KataSetupError} from '../errors.ts';
import {lockFile, runFolder} from '../layout.ts';
import {makeFolders} from './folders.ts';
import type {Host} from './host.ts';

/** Who holds the lock. */
export interface LockHolder {
	pid: number;
	/** Clock ticks after boot at which the process started: field 22 of /proc/PID/stat. */
	startTime: string;
	bootId: string;
	/** ISO 8601, UTC. */
	since: string;
	/** The run and what it does: `install`, `uninstall`, `test`. */
	run: string;
	verb: string;
	/** The person's user name. */
	by: string;
}

const bootIdFile = '/proc/sys/kernel/random/boot_id';

/**
 * Field 22 of /proc/PID/stat, or null if there is no such process. The second field may hold spaces and brackets.
 * A process that has ended and that its parent has not asked about yet (Z) is none any more.
 */
async function startTimeOf(pid: number): Promise<string | null> {
	try {
		const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8');
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
	} catch {
		return null;
	}
}

/** The boot id of the running kernel. */
export const bootId = async (): Promise<string> => (await fs.readFile(bootIdFile, 'utf8')).trim();

async function isAlive(holder: LockHolder): Promise<boolean> {
	return holder.bootId === (await bootId()) && holder.startTime === (await startTimeOf(holder.pid));
}

/** The live holder of the host's lock, or null. */
export async function lockHolder(host: Host): Promise<LockHolder | null> {
	const holder = await readHolder(host.files.physical(lockFile));
	return holder && (await isAlive(holder)) ? holder : null;
}

async function readHolder(physical: string): Promise<LockHolder | null> {
	try {
		return JSON.parse(await fs.readFile(physical, 'utf8')) as LockHolder;
	} catch (error) {
		if (errnoOf(error) === 'ENOENT') return null;
		throw error;
	}
}

/** The words for a lock that is held: who, what, since when. */
export const heldBy = ({verb, by, pid, since}: LockHolder): string =>
	`\`kata-setup ${verb}\` of ${by} (process ${pid}) since ${since.replace('T', ' ').replace(/\..*/, '')} UTC`;

/** The refusal that names a living holder. */
export const lockedBy = (holder: LockHolder): KataSetupError =>
	new KataSetupError('locked', 'Another kata-setup is at work on this host.', {
		why: `The lock is held by ${heldBy(holder)}.`,
		remedy: ['Look at it with: kata-setup attach', 'Or wait until it has ended.'],
	});

/**
 * Takes the lock for this process.
 * @returns a function that releases it
 * @throws KataSetupError (`locked`) naming the live holder
 */
export async function takeLock(
	host: Host,
	words: Pick<LockHolder, 'run' | 'verb' | 'by'>,
): Promise<() => Promise<void>> {
	const path = host.files.physical(lockFile);
	const mine = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
	const holder: LockHolder = {
		pid: process.pid,
		startTime: (await startTimeOf(process.pid)) ?? '',
		bootId: await bootId(),
		since: new Date(host.now()).toISOString(),
		...words,
	};
	await writeBeside(host, mine, JSON.stringify(holder));
	try {
		// A dead holder's lock is taken over; more than a few rounds mean that others are quicker.
		for (let round = 0; round < 5; round += 1) {
			if (await linked(mine, path)) return () => fs.rm(path, {force: true});
			const other = await readHolder(path);
			if (other && (await isAlive(other))) throw lockedBy(other);
			if (other && (await takeOver(path, mine, other))) return () => fs.rm(path, {force: true});
		}
		throw new KataSetupError('locked', 'The lock of this host changed hands too quickly.', {remedy: 'Try again.'});
	} finally {
		// Where even that fails, whether we have the lock is what counts; `removeStaleLockFiles` comes by again.
		await fs.rm(mine, {force: true}).catch(() => undefined);
	}
}

/**
 * Removes what killed processes had ready to become the lock, and the folder if nothing else is in it. What cannot be
 * removed is in nobody's way.
 */
export async function removeStaleLockFiles(host: Host): Promise<void> {
	const folder = host.files.physical(runFolder);
	for (const name of await fs.readdir(folder).catch(() => [])) {
		const pid = /^lock\.(\d+)\.[0-9a-f]{8}$/.exec(name)?.[1];
		if (pid !== undefined && (await startTimeOf(Number(pid))) === null)
			await fs.rm(`${folder}/${name}`, {force: true}).catch(() => undefined);
	}
	await host.files.removeDirectory(runFolder).catch(() => undefined);
}

/** The one who had the lock before takes the folder away when it goes: that may be just now. */
async function writeBeside(host: Host, path: string, text: string): Promise<void> {
	for (let left = 100; ; left -= 1) {
		try {
			if (await refusePlanted(host)) await makeFolders(host, runFolder);
			return await fs.writeFile(path, text, {mode: 0o644, flag: 'wx'});
		} catch (error) {
			const raced = errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EEXIST';
			if (!raced || left === 0) throw error;
		}
	}
}

/**
 * In a folder that others can write to they could put a lock, or a socket that takes a person's orders.
 * @returns whether the folder is still to be made
 */
async function refusePlanted(host: Host): Promise<boolean> {
	const stat = await host.files.stat(runFolder);
	if (stat === null) return true;
	const isOurs = stat.type === 'directory' && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0;
	if (isOurs) return false;
	throw new KataSetupError('host', `${runFolder} is not a folder of kata-setup's alone.`, {
		why: `It is a ${stat.type} of the user ${stat.uid} with the mode ${stat.mode.toString(8)}.`,
		remedy: `Look at what made it, then remove it: rm -r ${runFolder}`,
	});
}

async function linked(from: string, to: string): Promise<boolean> {
	try {
		await fs.link(from, to);
		return true;
	} catch (error) {
		if (errnoOf(error) === 'EEXIST') return false;
		throw error;
	}
}

const sameHolder = (a: LockHolder, b: LockHolder): boolean => nameOf(a) === nameOf(b);

/** Tells two processes apart, of all boots. */
const nameOf = ({pid, startTime, bootId: boot}: LockHolder): string => `${pid}-${startTime}-${boot}`;

/**
 * Puts our lock into a dead holder's place, in one rename. Of all who meet at a dead lock one alone may do so: the one
 * that owns the marker named after the dead. Whoever comes late, with the marker gone again, sees a living holder.
 */
async function takeOver(path: string, mine: string, dead: LockHolder): Promise<boolean> {
	const markers = await ownMarkerAfter(path, mine, dead);
	if (markers === null) return false;
	try {
		const now = await readHolder(path);
		if (!now || !sameHolder(now, dead)) return false;
		await fs.rename(mine, path);
		return true;
	} finally {
		for (const marker of markers) await fs.rm(marker, {force: true});
	}
}

/**
 * Takes the marker named after the dead, or, if its owner died too, the one named after that owner, and so on.
 * @returns all of them, ours the last; null if somebody living has it
 */
async function ownMarkerAfter(path: string, mine: string, dead: LockHolder): Promise<string[] | null> {
	const markers: string[] = [];
	for (let last = dead; ; ) {
		const marker = `${path}.after.${nameOf(last)}`;
		markers.push(marker);
		if (await linked(mine, marker)) return markers;
		const owner = await readHolder(marker);
		if (!owner || (await isAlive(owner))) return null;
		last = owner;
	}
}
