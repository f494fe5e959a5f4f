/** The reading half of a host's files, out of a recording: no file of this machine is looked at. */
import {dirname, join} from 'node:path';
import {Readable} from 'node:stream';
import type {FileStat, Files} from '../../src/host/host.ts';
import type {Recording} from './recording.ts';

type Node =
	| {type: 'file'; text: string}
	| {type: 'file'; error: string}
	| {type: 'link'; target: string}
	| {type: 'directory'}
	| {type: 'socket'}
	| {type: 'character-device'; opens: string | null};

/** Thirty days: older than any daemon that reads it. */
const usualAgeMs = 30 * 24 * 3_600_000;

const absent = ['ENOENT', 'ENOTDIR'];

const failure = (code: string, path: string): Error =>
	Object.assign(new Error(`${code}: recorded so, '${path}'`), {code, path});

/** @throws Error where a probe writes: a check changes nothing. */
export function recordedFiles(recording: Recording): Files {
	const nodes = nodesOf(recording);
	const old = Date.parse(recording.at) - usualAgeMs;

	/** The path with links resolved, as the kernel does it. */
	const resolve = (path: string, followLast: boolean, depth = 0): string => {
		if (depth > 40) throw failure('ELOOP', path);
		let here = '/';
		const parts = path.split('/').filter(part => part !== '' && part !== '.');
		for (const [index, part] of parts.entries()) {
			here = part === '..' ? dirname(here) : join(here, part);
			const node = nodes.get(here);
			if (node?.type !== 'link' || (index === parts.length - 1 && !followLast)) continue;
			const rest = parts.slice(index + 1).join('/');
			return resolve(join(node.target.startsWith('/') ? '/' : dirname(here), node.target, rest), followLast, depth + 1);
		}
		return here;
	};
	const find = (path: string, followLast: boolean): {at: string; node: Node} => {
		const at = resolve(path, followLast);
		const node = nodes.get(at);
		if (!node) throw failure('ENOENT', path);
		return {at, node};
	};
	const textOf = (path: string): string => {
		const {node} = find(path, true);
		if (node.type === 'directory') throw failure('EISDIR', path);
		if (node.type === 'socket') throw failure('ENXIO', path);
		if (node.type !== 'file') throw failure('EINVAL', path);
		if ('error' in node) throw failure(node.error, path);
		return node.text;
	};
	const statOf = (path: string): FileStat => {
		const {at, node} = find(path, false);
		const size = node.type === 'file' && 'text' in node ? Buffer.byteLength(node.text) : 0;
		const mode = node.type === 'directory' ? 0o755 : node.type === 'link' ? 0o777 : 0o644;
		return {type: node.type, size, mode, uid: 0, gid: 0, modifiedMs: old, ...recording.stats[at]};
	};
	const noWrites = new Proxy({} as Files, {
		get: (_, name) => () => {
			throw new Error(`a probe called files.${String(name)}`);
		},
	});
	return Object.assign(Object.create(noWrites) as Files, {
		read: async path => Buffer.from(textOf(path)),
		readText: path => orNull(() => textOf(path)),
		stat: path => orNull(() => statOf(path)),
		readLink: path =>
			orNull(() => {
				const {node} = find(path, false);
				return node.type === 'link' ? node.target : null;
			}),
		realPath: path => orNull(() => find(path, true).at),
		list: path =>
			orNull(() => {
				const {at, node} = find(path, true);
				if (node.type !== 'directory') throw failure('ENOTDIR', path);
				const above = at === '/' ? '/' : `${at}/`;
				return [...nodes.keys()]
					.filter(name => name.startsWith(above) && name !== '/' && !name.slice(above.length).includes('/'))
					.map(name => name.slice(above.length))
					.sort();
			}),
		space: async path => spaceAt(recording, find(path, true).at),
		openReadWrite: async path => {
			try {
				const {node} = find(path, true);
				if (node.type === 'character-device') return node.opens;
				if (node.type === 'directory') return 'EISDIR';
				if (node.type === 'socket') return 'ENXIO';
				return 'error' in node ? node.error : null;
			} catch (error) {
				return (error as {code?: string}).code ?? 'EUNKNOWN';
			}
		},
		readStream: path => Readable.from([textOf(path)]),
		physical: path => path,
	} satisfies Partial<Files>);
}

async function orNull<T>(read: () => T): Promise<T | null> {
	try {
		return read();
	} catch (error) {
		if (absent.includes((error as {code?: string}).code ?? '')) return null;
		throw error;
	}
}

/** Everything that is there, with the folders above it. */
function nodesOf({files, links, folders, sockets, devices}: Recording): Map<string, Node> {
	const nodes = new Map<string, Node>([['/', {type: 'directory'}]]);
	const put = (path: string, node: Node): void => {
		for (let above = dirname(path); !nodes.has(above); above = dirname(above)) nodes.set(above, {type: 'directory'});
		nodes.set(path, node);
	};
	for (const path of folders) if (!nodes.has(path)) put(path, {type: 'directory'});
	for (const path of sockets) put(path, {type: 'socket'});
	for (const [path, opens] of Object.entries(devices))
		if (opens !== false) put(path, {type: 'character-device', opens});
	for (const [path, target] of Object.entries(links)) if (target !== null) put(path, {type: 'link', target});
	for (const [path, text] of Object.entries(files))
		if (text !== null) put(path, typeof text === 'string' ? {type: 'file', text} : {type: 'file', ...text});
	return nodes;
}

function spaceAt({spaces}: Recording, path: string): Awaited<ReturnType<Files['space']>> {
	for (let at = path; ; at = dirname(at)) {
		const space = spaces[at];
		// 0xef53: ext4.
		if (space) return {freeInodes: 1_000_000, type: 0xef53, ...space};
		if (at === '/') throw failure('ENOSYS', path);
	}
}
