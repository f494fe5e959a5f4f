/** Disk: room for one release, and a place from which its programs may run. */
import {formatBytes} from '../../format.ts';
import {ourPrefix, stateFolder} from '../../layout.ts';
import type {SpaceFacts} from '../facts.ts';
import type {Finding} from '../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from './judgement.ts';

/** One archive of Kata 4.1 (1.0–1.2 GB) and what becomes of it (2.5 GB), with a little air. The plan knows it exactly. */
const wantedBytes = 4e9;
/** A tree has some hundred files; the journal and configurations a few more. */
const wantedInodes = 2000;

export const judgeSpace: Judgement = facts => {
	const why = unreadWhy(facts, 'space');
	if (why) return [unreadFinding('space', 'Disk', 'The free space', why)];
	return facts.space.flatMap(judgeOne);
};

function judgeOne(space: SpaceFacts): Finding[] {
	const {path, on, freeBytes, freeInodes, fileSystem, readOnly, noExec} = space;
	const id = path === ourPrefix ? 'space' : path === stateFolder ? 'space-state' : 'space-etc';
	const where = fileSystem ? `${on} (${fileSystem})` : on;
	const common = {id, label: 'Disk'};
	const detail = [`${path} lies on the file system of ${where}. Read from statfs and /proc/self/mountinfo.`];
	if (readOnly)
		return [
			finding({
				...common,
				severity: 'blocker',
				summary: `${on} is mounted read-only, and ${path} has to be written`,
				detail,
				remedy: [
					`Mount it writable (sudo mount -o remount,rw ${on}). On an image-based system ${path} needs a writable mount of its own.`,
				],
			}),
		];
	if (path !== ourPrefix) return [];
	if (noExec)
		return [
			finding({
				...common,
				severity: 'blocker',
				summary: `${on} is mounted noexec: no program could start from there`,
				detail,
				remedy: [`Mount it without noexec: sudo mount -o remount,exec ${on}, and in /etc/fstab for good.`],
			}),
		];
	const free = `${formatBytes(freeBytes)} free for ${path}`;
	if (freeBytes < wantedBytes)
		return [
			finding({
				...common,
				severity: 'warning',
				summary: `${free}; one release wants ${formatBytes(wantedBytes)}`,
				detail: [...detail, 'The plan knows the exact size of the chosen release and is refused if it does not fit.'],
				remedy: [`Make room there. What is large shows: sudo du -xhd1 ${on}`],
			}),
		];
	// btrfs and others make inodes as they are needed, and report none.
	if (freeInodes > 0 && freeInodes < wantedInodes)
		return [
			finding({
				...common,
				severity: 'warning',
				summary: `only ${freeInodes} files can still be made on ${where}`,
				detail,
			}),
		];
	return [finding({...common, severity: 'ok', summary: free, detail})];
}
