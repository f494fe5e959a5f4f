/** Free space where a plan writes, and whether files there can be written and executed. */
import {dirname} from 'node:path';
import type {Host} from '../host/host.ts';
import {ourPrefix, stateFolder} from '../layout.ts';
import type {SpaceFacts} from './facts.ts';
import {type Mount, mountOf, parseMountInfo} from './mount-info.ts';
import type {Probe} from './probe.ts';
import {exists, readLine} from './read-text.ts';
import {fileSystemTypes} from './system-info.ts';

/** Trees and downloads, the journal, and configurations. */
const paths = [ourPrefix, stateFolder, '/etc'];

export const spaceProbe: Probe<SpaceFacts[]> = {
	name: 'space',
	unknown: [],
	async read(host) {
		const mounts = await readMounts(host);
		return Promise.all(paths.map(path => readSpace(host, path, mounts)));
	},
};

async function readMounts(host: Host): Promise<Mount[]> {
	const text = await readLine(host, '/proc/self/mountinfo');
	if (text !== null) return parseMountInfo(text);
	const types = await fileSystemTypes(host);
	return [...types].map(([at, fileSystem]) => ({at, fileSystem, options: []}));
}

async function readSpace(host: Host, path: string, mounts: readonly Mount[]): Promise<SpaceFacts> {
	let on = path;
	while (on !== '/' && !(await exists(host, on))) on = dirname(on);
	const mount = mountOf(mounts, (await host.files.realPath(on)) ?? on);
	const {freeBytes, freeInodes} = await host.files.space(on);
	return {
		path,
		on,
		freeBytes,
		freeInodes,
		fileSystem: mount?.fileSystem ?? null,
		readOnly: mount?.options.includes('ro') ?? false,
		noExec: mount?.options.includes('noexec') ?? false,
	};
}
