/** Whether this is a container, and whose. */
import type {Host} from '../../host/host.ts';
import type {VirtFacts} from '../facts.ts';
import {exists, readLine} from '../read-text.ts';

export type ContainerReading = Required<Pick<VirtFacts, 'container' | 'containerSource' | 'wsl' | 'imageRoot'>>;

/**
 * The innermost container. systemd's word is refined where files tell more, and not believed where only a file of a
 * container's image speaks for it.
 */
export async function readContainer(host: Host): Promise<ContainerReading> {
	const [wsl, initial, image] = await Promise.all([
		readWsl(host),
		inFirstNamespaces(host),
		exists(host, '/.dockerenv'),
	]);
	if (initial) return {container: null, containerSource: null, wsl, imageRoot: image ? '/.dockerenv' : null};
	const found = (await readByFiles(host)) ?? (await readBySystemd(host)) ?? (wsl ? null : await readByNamespace(host));
	if (found) return {container: found.word, containerSource: found.source, wsl, imageRoot: null};
	return {
		container: wsl ? 'wsl' : null,
		containerSource: wsl ? '/proc/sys/kernel/osrelease' : null,
		wsl,
		imageRoot: null,
	};
}

/** Version 1 has no kernel of Linux; its release ends in `-Microsoft`, that of version 2 in `-microsoft-standard-WSL2`. */
async function readWsl(host: Host): Promise<1 | 2 | null> {
	const kernel = (await readLine(host, '/proc/sys/kernel/osrelease')) ?? '';
	if (/-Microsoft$/.test(kernel)) return 1;
	if (/microsoft|wsl/i.test(kernel)) return 2;
	// A kernel that somebody built for it, under a name of its own.
	return (await exists(host, '/proc/sys/fs/binfmt_misc/WSLInterop')) ? 2 : null;
}

/** Inodes of the namespaces that the kernel started with (include/linux/proc_ns.h: PROC_PID_INIT_INO, PROC_UTS_INIT_INO). */
const firstNamespaces = {pid: 'pid:[4026531836]', uts: 'uts:[4026531838]'};

/**
 * Every container manager makes a process and a name space of its own, unless it is told not to twice. A root file
 * system that was made from a container's image and booted as a VM keeps that image's files, but has none of them.
 */
async function inFirstNamespaces({files}: Host): Promise<boolean> {
	const [pid, uts] = await Promise.all([
		files.readLink('/proc/self/ns/pid').catch(() => null),
		files.readLink('/proc/self/ns/uts').catch(() => null),
	]);
	return pid === firstNamespaces.pid && uts === firstNamespaces.uts;
}

interface Named {
	word: string;
	source: string;
}

async function readByFiles(host: Host): Promise<Named | null> {
	const mounts = (await readLine(host, '/proc/self/mountinfo')) ?? '';
	if (/\/kubelet\/pods\/\S+ \/etc\/hosts /.test(mounts) || (await exists(host, '/run/secrets/kubernetes.io')))
		return {word: 'kubernetes', source: '/proc/self/mountinfo'};
	for (const [path, word] of [
		['/dev/incus/sock', 'incus'],
		['/dev/lxd/sock', 'lxd'],
	] as const)
		if (await exists(host, path)) return {word, source: path};
	// Written by container managers for everybody to read (systemd's container interface).
	for (const source of ['/run/systemd/container', '/run/host/container-manager']) {
		const word = await readLine(host, source);
		if (word && word !== 'wsl') return {word, source};
	}
	if (await exists(host, '/run/.containerenv')) return {word: 'podman', source: '/run/.containerenv'};
	if (await exists(host, '/.dockerenv')) return {word: 'docker', source: '/.dockerenv'};
	return readByMounts(mounts) ?? readByProcesses(host);
}

/** What managers mount into a container: its host name file, or lxcfs over /proc (its host has lxcfs elsewhere). */
function readByMounts(mounts: string): Named | null {
	const word = [
		{says: /^.* \/proc\/\S+ .* - fuse\.lxcfs /m, word: 'lxc'},
		{says: /\/docker\/containers\/\S+ \/etc\/host/, word: 'docker'},
		{says: /\/(?:overlay|vfs)-containers\/\S+ \/etc\/host/, word: 'podman'},
	].find(({says}) => says.test(mounts))?.word;
	return word ? {word, source: '/proc/self/mountinfo'} : null;
}

async function readByProcesses(host: Host): Promise<Named | null> {
	const groups = (await readLine(host, '/proc/1/cgroup')) ?? '';
	const group = /\b(docker|lxc|kubepods|libpod)\b/.exec(groups)?.[1];
	const words: Record<string, string> = {kubepods: 'kubernetes', libpod: 'podman'};
	if (group) return {word: words[group] ?? group, source: '/proc/1/cgroup'};
	// Root's to read, and there only as root; LXC and others set `container` for process 1.
	for (const source of ['/proc/1/environ', '/proc/self/environ']) {
		const text = await host.files.readText(source).catch(() => null);
		const word = text
			?.split('\0')
			.find(entry => entry.startsWith('container='))
			?.slice('container='.length);
		if (word) return {word: word === 'oci' ? 'container-other' : word, source};
	}
	return (await exists(host, '/proc/vz')) && !(await exists(host, '/proc/bc'))
		? {word: 'openvz', source: '/proc/vz'}
		: null;
}

/** Its exit code is 1 for `none`. It says `wsl` for whatever runs there. */
async function readBySystemd(host: Host): Promise<Named | null> {
	const {stdout} = await host.run('systemd-detect-virt', ['--container']);
	const word = stdout.trim();
	return word && word !== 'none' && word !== 'wsl' ? {word, source: 'systemd-detect-virt --container'} : null;
}

/** No name for it, but processes of its own: a container of somebody else's, or a sandbox. systemd's word for that. */
async function readByNamespace({files}: Host): Promise<Named | null> {
	const pid = await files.readLink('/proc/self/ns/pid').catch(() => null);
	return pid !== null && pid !== firstNamespaces.pid ? {word: 'container-other', source: '/proc/self/ns/pid'} : null;
}
