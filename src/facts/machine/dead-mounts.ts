/**
 * Keeps every probe from file systems that do not answer: a network server that is gone, a daemon of FUSE that hangs. A
 * read of such a one never ends, holds one of the four threads that all reads of this process share, and keeps the
 * process from exiting. So a child is asked first, which can be ended; what does not answer is then refused at once.
 */
import {Readable} from 'node:stream';
import type {Files, Host} from '../../host/host.ts';
import {quietly} from '../processes.ts';
import {type Mount, parseMountInfo} from './mount-info.ts';
import {mayHang, placeOf} from './place.ts';

/** How long a server may take to answer, in milliseconds. */
const answerLimitMs = 2000;

/** The code of the error with which a path on such a file system is refused. */
export const deadMountCode = 'EHOSTDOWN';

/**
 * The same host, whose reading methods reject with `EHOSTDOWN` for what lies on a file system that does not answer. Each
 * file system is asked once, and only when a path on it is wanted.
 */
export function keptFromDeadMounts(host: Host): Host {
	const {files} = host;
	const mounts = once(() => readMounts(files));
	const answers = new Map<string, Promise<boolean>>();

	/** Rejects if the path lies on a file system that does not answer. Costs nothing where none could be such. */
	const mustAnswer = async (path: string): Promise<void> => {
		const table = await mounts();
		if (!table.some(mayHang) || path === '/proc/self/mountinfo') return;
		const {mount, unseen} = await placeOf(host, path, table);
		if (!unseen || mount === null) return;
		const answer = answers.get(mount.at) ?? doesAnswer(host, mount.at);
		answers.set(mount.at, answer);
		if (await answer) return;
		const message = `${mount.at} (${mount.fileSystem}) does not answer.`;
		throw Object.assign(new Error(message), {code: deadMountCode, path});
	};
	const guarded =
		<T>(work: (path: string) => Promise<T>) =>
		async (path: string): Promise<T> => {
			await mustAnswer(path);
			return work(path);
		};
	return {
		...host,
		files: {
			...files,
			read: guarded(files.read),
			readText: guarded(files.readText),
			stat: guarded(files.stat),
			readLink: guarded(files.readLink),
			realPath: guarded(files.realPath),
			list: guarded(files.list),
			space: guarded(files.space),
			openReadWrite: async path => {
				const dead = await mustAnswer(path).then(
					() => false,
					() => true,
				);
				return dead ? deadMountCode : files.openReadWrite(path);
			},
			readStream: (path, options) =>
				Readable.from(
					(async function* () {
						await mustAnswer(path);
						yield* files.readStream(path, options);
					})(),
				),
		},
	};
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
	let begun: Promise<T> | undefined;
	return () => {
		begun ??= work();
		return begun;
	};
}

const readMounts = async (files: Files): Promise<Mount[]> =>
	parseMountInfo((await quietly(files.readText('/proc/self/mountinfo'))) ?? '');

/** Any end of the child is an answer, even an error's; where it cannot be started nothing is known against it. */
async function doesAnswer(host: Host, at: string): Promise<boolean> {
	return !(await host.run('stat', ['-f', '-c', '%t', at], {timeoutMs: answerLimitMs})).timedOut;
}
