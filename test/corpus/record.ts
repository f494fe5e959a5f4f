/**
 * Records this host for the corpus: a whole gather of the real probes, through a Host that notes down every answer. Private
 * things are left out or replaced (see private-things.ts); read the file nevertheless before it is committed.
 *
 *     node scripts/record-host.mjs "what kind of host" "which machine" > test/corpus/hosts/NAME.json
 */
import {lstat, readlink} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {errnoOf} from '../../src/errors.ts';
import {gatherFacts} from '../../src/facts/gather.ts';
import type {Host} from '../../src/host/host.ts';
import {createRealHost} from '../../src/host/real.ts';
import {recordedLine} from './play.ts';
import {isPrivatePath, withoutPrivateThings} from './private-things.ts';
import type {RecordedCommand, RecordedText, Recording} from './recording.ts';

type Taken = Pick<Recording, 'files' | 'links' | 'devices' | 'stats' | 'spaces' | 'commands'> & {
	folders: Set<string>;
	sockets: Set<string>;
};

const emptyTaken = (): Taken => ({
	files: {},
	links: {},
	devices: {},
	stats: {},
	spaces: {},
	commands: {},
	folders: new Set(),
	sockets: new Set(),
});

/**
 * Notes the links on the way to a path and gives where it really lies, so that everything is noted under one name.
 * Below /proc, whose links are other processes' and this one's number, the path is taken as it is.
 * @param follow whether the last name's link is followed too
 */
async function noteWay(taken: Taken, path: string, follow: boolean, depth = 0): Promise<string> {
	if (depth > 40 || /^\/proc(\/|$)/.test(path)) return path;
	const names = path.split('/').filter(name => name !== '' && name !== '.');
	let here = '/';
	for (const [index, name] of names.entries()) {
		here = name === '..' ? dirname(here) : join(here, name);
		const last = index === names.length - 1;
		const target = last && !follow ? null : await readlink(here).catch(() => null);
		if (target === null) continue;
		taken.links[here] = target;
		const rest = names.slice(index + 1).join('/');
		return noteWay(taken, join(target.startsWith('/') ? '/' : dirname(here), target, rest), follow, depth + 1);
	}
	return here;
}

/** A host that answers as `host` does and notes it down in `taken`. */
function noting(host: Host, taken: Taken): Host {
	const {files} = host;
	const noteText = async <T>(path: string, read: Promise<T>, textOf: (value: T) => string | null): Promise<T> => {
		try {
			const value = await read;
			const text = textOf(value);
			if (text !== null) taken.files[await noteWay(taken, path, true)] = text;
			return value;
		} catch (error) {
			const code = errnoOf(error);
			if (code && code !== 'ENOENT' && code !== 'ENOTDIR')
				taken.files[await noteWay(taken, path, true)] = {error: code};
			throw error;
		}
	};
	return {
		...host,
		files: {
			...files,
			read: path => noteText(path, files.read(path), bytes => bytes.toString('utf8')),
			readText: path => noteText(path, files.readText(path), text => text),
			readStream: (path, options) => {
				void noteText(path, files.readText(path), text => text).catch(() => undefined);
				return files.readStream(path, options);
			},
			async stat(asked) {
				const stat = await files.stat(asked);
				if (stat === null) return null;
				const path = await noteWay(taken, asked, false);
				const {type, mode, uid, gid, modifiedMs} = stat;
				if (type === 'directory') taken.folders.add(path);
				else if (type === 'socket') taken.sockets.add(path);
				else if (type === 'link') taken.links[path] = (await files.readLink(asked)) ?? '';
				// Not opened for the recording's sake: the kernel would load the module behind it.
				else if (type === 'character-device') taken.devices[path] ??= null;
				else if (type === 'file') taken.files[path] ??= '';
				if (type !== 'link' && !path.startsWith('/proc/') && !path.startsWith('/sys/'))
					taken.stats[path] = {mode, uid, gid, modifiedMs: Math.round(modifiedMs)};
				return stat;
			},
			async readLink(path) {
				const target = await files.readLink(path);
				if (target !== null) taken.links[await noteWay(taken, path, false)] = target;
				return target;
			},
			async realPath(path) {
				const real = await files.realPath(path);
				if (real !== null) await noteExistence(taken, await noteWay(taken, path, true));
				return real;
			},
			async list(path) {
				const names = await files.list(path);
				const at = names === null ? path : await noteWay(taken, path, true);
				if (names !== null) taken.folders.add(at);
				// Of /proc, the processes that were looked at tell enough.
				if (path !== '/proc') for (const name of names ?? []) await noteExistence(taken, `${at}/${name}`);
				return names;
			},
			async space(path) {
				const space = await files.space(path);
				taken.spaces[(await files.realPath(path)) ?? path] = space;
				return space;
			},
			async openReadWrite(path) {
				const error = await files.openReadWrite(path);
				if (error !== 'ENOENT') taken.devices[path] = error;
				return error;
			},
		},
		async run(file, args, options) {
			const result = await host.run(file, args, options);
			if (result.notStarted !== null) return result;
			const {code, stdout, stderr} = result;
			const noted: RecordedCommand = {};
			if (stdout) noted.stdout = stdout;
			if (stderr) noted.stderr = stderr;
			if (code !== 0) noted.code = code ?? 1;
			taken.commands[recordedLine(file, args)] = noted;
			return result;
		},
	};
}

/** That something is there, without what is in it. */
async function noteExistence(taken: Taken, path: string): Promise<void> {
	const stat = await lstat(path).catch(() => null);
	if (stat?.isSymbolicLink()) taken.links[path] ??= await readlink(path);
	else if (stat?.isDirectory()) taken.folders.add(path);
	else if (stat?.isSocket()) taken.sockets.add(path);
	else if (stat?.isFile()) taken.files[path] ??= '';
}

/** The recording of this machine, with nothing expected of it yet. */
export async function recordHost(name: string, from: string): Promise<Recording> {
	const taken = emptyTaken();
	const host = noting(createRealHost(), taken);
	const facts = await gatherFacts(host, {kataSetup: '0.0.0-recorder', installation: null});
	const kept = <T>(entries: Record<string, T>): [string, T][] =>
		Object.entries(entries)
			.filter(([path]) => !isPrivatePath(path, taken.files))
			.sort(([a], [b]) => (a < b ? -1 : 1));
	const clean = (path: string, value: RecordedText | null): RecordedText | null =>
		typeof value === 'string' ? withoutPrivateThings(path, value, facts) : value;
	const cleanCommand = (line: string, {stdout, stderr, ...rest}: RecordedCommand): RecordedCommand => ({
		...(stdout === undefined ? {} : {stdout: withoutPrivateThings(line, stdout, facts) ?? ''}),
		...(stderr === undefined ? {} : {stderr: withoutPrivateThings(line, stderr, facts) ?? ''}),
		...rest,
	});
	const named = new Set([...Object.keys(taken.files), ...Object.keys(taken.links), ...Object.keys(taken.devices)]);
	const paths = (found: Set<string>): string[] =>
		[...found].filter(path => !named.has(path) && !isPrivatePath(path, taken.files)).sort();
	return {
		name,
		origin: 'real',
		from,
		at: facts.takenAt,
		files: Object.fromEntries(kept(taken.files).map(([path, value]) => [path, clean(path, value)])),
		links: Object.fromEntries(kept(taken.links).filter(([path]) => path !== '/proc/self')),
		folders: paths(taken.folders),
		devices: Object.fromEntries(kept(taken.devices)),
		sockets: paths(taken.sockets),
		stats: Object.fromEntries(kept(taken.stats)),
		spaces: Object.fromEntries(kept(taken.spaces)),
		commands: Object.fromEntries(
			Object.entries(taken.commands).map(([line, command]) => [
				withoutPrivateThings('', line, facts) ?? line,
				command && cleanCommand(line, command),
			]),
		),
		units: {},
		packages: {},
		environment: {},
		expect: {findings: {}},
	};
}
