/**
 * What a command and all that it starts really ask of the kernel, told by strace: so also what a child process does, or a
 * library behind our back, which no port of ours sees.
 */
import {mkdir, readdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {HostResult, PrivateHost} from './private-host.ts';

export interface Traced extends HostResult {
	/** Absolute paths that a successful call opened for writing, made, moved, removed or gave another mode or owner. */
	changed: string[];
	/**
	 * Programs that the worker, or what it started, became; and what they connected to: `unix:PATH` or `inet:ADDRESS`.
	 * Null: there was no worker.
	 */
	worker: {executed: string[]; connected: string[]} | null;
}

const changing = [
	...['open', 'openat', 'creat', 'rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'rmdir', 'mkdir', 'mkdirat'],
	...['symlink', 'symlinkat', 'link', 'linkat', 'chmod', 'fchmod', 'fchmodat', 'chown', 'fchown', 'lchown', 'fchownat'],
	...['truncate', 'ftruncate', 'mknod', 'mknodat', 'mount', 'umount2', 'setxattr', 'lsetxattr', 'fsetxattr'],
];
const others = ['execve', 'connect', 'clone', 'clone3', 'fork', 'vfork'];

/** The words before a command that trace it. One file for each thread: no call is cut in two by another thread's. */
const strace = (prefix: string): string[] => {
	// A name that this processor does not have is passed over.
	const calls = [...changing, ...others].map(call => `?${call}`).join(',');
	return ['-ff', '-qq', '-y', '-s', '4096', '-e', `trace=${calls}`, '-e', 'signal=none', '-o', prefix];
};

/** Runs a program inside the host under strace. */
export async function trace(
	host: PrivateHost,
	command: readonly string[],
	options: Parameters<PrivateHost['run']>[2],
): Promise<Traced> {
	const folder = join(host.folder, 'trace');
	await mkdir(folder);
	try {
		const result = await host.run('strace', [...strace(join(folder, 't')), '--', ...command], options);
		const threads = new Map<number, Call[]>();
		for (const name of await readdir(folder))
			threads.set(Number(name.slice(2)), callsOf(await readFile(join(folder, name), 'utf8')));
		return {...result, ...summaryOf(threads)};
	} finally {
		await rm(folder, {recursive: true});
	}
}

interface Call {
	name: string;
	args: string;
	result: number;
}

/** Successful calls of one thread; a connection under way counts as one. */
function callsOf(text: string): Call[] {
	return text.split('\n').flatMap(line => {
		const [, name = '', args = '', result = '', error] = /^(\w+)\((.*)\)\s+= (-?\d+)\S* ?(\w+)?/.exec(line) ?? [];
		if (!name || (result.startsWith('-') && error !== 'EINPROGRESS')) return [];
		return [{name, args, result: Number(result)}];
	});
}

function summaryOf(threads: Map<number, Call[]>): Omit<Traced, keyof HostResult> {
	const worker = new Set<number>();
	const add = (id: number): void => {
		if (worker.has(id)) return;
		worker.add(id);
		for (const {name, result} of threads.get(id) ?? []) if (/^(clone3?|v?fork)$/.test(name)) add(result);
	};
	for (const [id, calls] of threads) if (calls.some(isWorkersStart)) add(id);
	const all = [...threads.values()].flat();
	const byWorker = [...worker].flatMap(id => threads.get(id) ?? []);
	return {
		changed: unique(all.flatMap(changedBy)),
		worker:
			worker.size === 0
				? null
				: {
						executed: unique(
							byWorker
								.filter(call => call.name === 'execve' && !isWorkersStart(call))
								.map(({args}) => pathsIn(args)[0] ?? ''),
						),
						connected: unique(byWorker.flatMap(({name, args}) => (name === 'connect' ? addressIn(args) : []))),
					},
	};
}

const isWorkersStart = ({name, args}: Call): boolean =>
	name === 'execve' && /kata-setup\.[cm]?js", "worker"/.test(args);

const unique = (values: string[]): string[] => [...new Set(values)].sort();

/** The absolute paths among the arguments; a relative one is told with the folder that strace gives beside it. */
function pathsIn(args: string): string[] {
	return [...args.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)].map(([, folder, path = '']) =>
		path.startsWith('/') || folder === undefined ? path : join(folder, path),
	);
}

function changedBy({name, args}: Call): string[] {
	if (others.includes(name)) return [];
	if (/^f(chmod|chown|truncate|setxattr)$|^ftruncate$/.test(name)) {
		const path = /^\d+<([^>]*)>/.exec(args)?.[1] ?? '';
		// A pipe or a socket has no path.
		return path.startsWith('/') ? [path] : [];
	}
	const paths = pathsIn(args);
	if (name.startsWith('open')) return /O_(WRONLY|RDWR|CREAT|TRUNC)/.test(args) ? paths.slice(0, 1) : [];
	if (name.startsWith('rename')) return paths.slice(0, 2);
	if (/^(sym)?link(at)?$/.test(name)) return paths.slice(1, 2);
	if (name === 'mount') return paths.slice(1, 2);
	return paths.slice(0, 1);
}

function addressIn(args: string): string[] {
	const unix = /sun_path=@?"([^"]*)"/.exec(args)?.[1];
	if (unix !== undefined) return [`unix:${unix}`];
	const inet = /inet_(?:addr\(|pton\(AF_INET6, )"([^"]*)"/.exec(args)?.[1];
	return inet === undefined ? [] : [`inet:${inet}`];
}
