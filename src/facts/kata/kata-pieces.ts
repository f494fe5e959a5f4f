/** Where pieces of a Kata may lie outside of a prefix: what distributions, scripts, hands and Kata 1.x leave. */
import type {Host} from '../../host/host.ts';
import {configurationFolder, ourPrefix} from '../../layout.ts';
import {quietly} from '../processes.ts';
import {saidPaths} from '../said-path.ts';

/** A piece that belongs to no prefix: a program, a folder, or a drop-in of Docker's unit. */
export interface KataPiece {
	path: string;
	/** The target of a link that leads nowhere, as written in it; null for everything else. */
	danglingTo: string | null;
	/** Whether only Kata 1.x has it. */
	onlyOld: boolean;
}

const programFolders = ['/usr/bin', '/usr/local/bin', '/usr/local/sbin'];

/** A shim (kata-deploy made one for each hypervisor), the tools, and the programs of 1.x. */
const programNames =
	/^(containerd-shim-kata.*-v2|kata-(runtime|ctl|manager(\.sh)?|collect-data\.sh|proxy|shim|netmon))$/;
export const isShimName = (name: string): boolean => /^containerd-shim-kata.*-v2$/.test(name);
/** Kata 2 has neither: the shim took over what they did. Source: the release notes of Kata 2.0. */
const oldNames = /^kata-(proxy|shim|netmon)$/;

const folders = ['/usr/libexec/kata-containers', '/usr/share/defaults/kata-containers', '/usr/share/kata-containers'];

/** How the packages of 1.x told Docker of kata-runtime; without it Docker does not start (failures of that time). */
const dockerDropIn = '/etc/systemd/system/docker.service.d/kata-containers.conf';

/** Every piece that is there, in a steady order: programs, folders, the drop-in. */
export async function kataPieces(host: Host): Promise<KataPiece[]> {
	const found = await Promise.all([
		...programFolders.map(folder => programsIn(host, folder)),
		...folders.map(path => folderPiece(host, path)),
		one(host, dockerDropIn, true),
	]);
	return found.flat();
}

async function programsIn(host: Host, folder: string): Promise<KataPiece[]> {
	const names = ((await quietly(host.files.list(folder))) ?? []).filter(name => programNames.test(name));
	return (await Promise.all(names.map(name => one(host, `${folder}/${name}`, oldNames.test(name))))).flat();
}

async function one(host: Host, path: string, onlyOld: boolean): Promise<KataPiece[]> {
	const {files} = host;
	const stat = await quietly(files.stat(path));
	if (stat?.type === 'file') return [{path, danglingTo: null, onlyOld}];
	if (stat?.type !== 'link') return [];
	const written = (await quietly(files.readLink(path))) ?? '';
	const real = await quietly(files.realPath(path));
	const target = real === null ? written : (await saidPaths(host))(real);
	// Ours lead into the active pair, and a snap's to its launcher.
	if (isUnder(target, configurationFolder) || isUnder(target, ourPrefix) || isUnder(target, '/snap')) return [];
	if (real === null) return [{path, danglingTo: written, onlyOld}];
	// A link into a prefix is part of that installation.
	return /^\/opt\/kata(-[^/]*)?\//.test(target) ? [] : [{path, danglingTo: null, onlyOld}];
}

async function folderPiece({files}: Host, path: string): Promise<KataPiece[]> {
	const names = await quietly(files.list(path));
	// An empty folder is what a package manager leaves that removed the rest.
	if (names === null || names.length === 0) return [];
	return [{path, danglingTo: null, onlyOld: names.some(name => oldNames.test(name))}];
}

const isUnder = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);
