/** Free space where a plan writes, and whether files there can be written and executed. */
import {dirname} from 'node:path';
import type {CommandResult, Host} from '../../host/host.ts';
import {ourPrefix, shimOnPath, stateFolder} from '../../layout.ts';
import type {SpaceFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {readLine} from '../read-text.ts';
import {type Mount, parseMountInfo} from './mount-info.ts';
import {type Place, placeOf} from './place.ts';
import {fileSystemTypes} from './system-info.ts';

/** Trees and downloads, the journal, configurations, and the shim's link on the PATH. */
const paths = [ourPrefix, stateFolder, '/etc', dirname(shimOnPath)];

/** How long a server may take to answer for its file system, in milliseconds. */
export const answerLimitMs = 2000;

export const spaceProbe: Probe<SpaceFacts[]> = {
	name: 'space',
	unknown: [],
	async read(host) {
		const mounts = await readMounts(host);
		const places = await Promise.all(paths.map(async path => ({path, ...(await placeOf(host, path, mounts))})));
		const immutable = readImmutable(
			host,
			places.filter(({unseen}) => !unseen).map(({on}) => on),
		);
		return Promise.all(
			places.map(async ({path, ...place}) => {
				const {on, freeBytes, freeInodes} = await readSpace(host, place);
				const {mount} = place;
				return {
					path,
					on,
					freeBytes,
					freeInodes,
					fileSystem: mount?.fileSystem ?? null,
					mountPoint: mount?.at ?? null,
					readOnly: mount?.options.includes('ro') ?? false,
					noExec: mount?.options.includes('noexec') ?? false,
					immutable: (await immutable).get(on) ?? null,
				};
			}),
		);
	},
};

async function readMounts(host: Host): Promise<Mount[]> {
	const text = await readLine(host, '/proc/self/mountinfo');
	if (text !== null) return parseMountInfo(text);
	const types = await fileSystemTypes(host);
	return [...types].map(([at, fileSystem]) => ({at, fileSystem, options: [], shared: false}));
}

type Room = Pick<SpaceFacts, 'on' | 'freeBytes' | 'freeInodes'>;

async function readSpace(host: Host, {on, mount, unseen}: Place): Promise<Room> {
	if (unseen && mount) return askedByChild(host, on, mount);
	const {freeBytes, freeInodes} = await host.files.space(on);
	return {on, freeBytes, freeInodes};
}

/**
 * Asks a file system that may not answer through a program that can be ended: a thread of this process that waits for
 * a dead server could not.
 */
async function askedByChild(host: Host, path: string, mount: Mount): Promise<Room> {
	for (let on = path; ; on = dirname(on)) {
		const asked = await host.run('stat', ['-f', '-c', '%S %a %d', on], {timeoutMs: answerLimitMs});
		const numbers = /^(\d+) (\d+) (\d+)$/.exec(asked.stdout.trim())?.slice(1).map(Number);
		const [blockSize = 0, blocks = 0, freeInodes = 0] = numbers ?? [];
		if (asked.code === 0 && numbers) return {on, freeBytes: blockSize * blocks, freeInodes};
		if (!isAbsent(asked) || on === mount.at || on === '/') return {on, freeBytes: null, freeInodes: null};
	}
}

const isAbsent = ({timedOut, code, stderr}: CommandResult): boolean =>
	!timedOut && code !== null && /No such file or directory/.test(stderr);

/** By folder, whether its attributes `i` or `a` are set. Folders whose file system has no attributes are left out. */
async function readImmutable(host: Host, folders: readonly string[]): Promise<Map<string, boolean>> {
	const distinct = [...new Set(folders)];
	if (distinct.length === 0) return new Map();
	const {stdout} = await host.run('lsattr', ['-d', ...distinct], {timeoutMs: answerLimitMs});
	const lines = stdout.split('\n').map(line => /^([A-Za-z-]+) +(\/.*)$/.exec(line));
	return new Map(lines.flatMap(line => (line?.[1] && line[2] ? [[line[2], /[ia]/.test(line[1])]] : [])));
}
