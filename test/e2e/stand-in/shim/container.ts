/** The container as containerd describes it: its file system, and the process that is its own. */
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, rmdirSync} from 'node:fs';
import {join} from 'node:path';
import {cpio, membersOf} from './cpio.ts';
import type {Message} from './protobuf.ts';

export interface Mount {
	type: string;
	source: string;
	options: string[];
}

export interface ContainerProcess {
	args: string[];
	env: string[];
}

/** A `containerd.types.Mount`. */
export const readMount = (message: Message): Mount => ({
	type: message.text(1),
	source: message.text(2),
	options: message.texts(4),
});

/** Of the bundle's config.json only what is run: user, folder, capabilities and limits are left to Kata. */
export function readProcess(bundle: string): ContainerProcess {
	const {process} = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
	return {args: process.args, env: process.env ?? []};
}

/** The arguments of mount(8) for it. */
export const mountArguments = ({type, source, options}: Mount, target: string): string[] => [
	...(type === 'bind' || options.some(option => option === 'bind' || option === 'rbind') ? ['--bind'] : ['-t', type]),
	...(options.length > 0 ? ['-o', options.filter(option => !option.endsWith('bind')).join(',') || 'rw'] : []),
	source,
	target,
];

/** The file systems are mounted at `folder` while they are read, and no longer. */
export function containerArchive(mounts: Mount[], process: ContainerProcess, folder: string): Buffer {
	mkdirSync(folder, {recursive: true});
	let mounted = 0;
	try {
		for (const mount of mounts) {
			execFileSync('mount', mountArguments(mount, folder), {stdio: ['ignore', 'ignore', 'pipe']});
			mounted++;
		}
		return cpio([
			{path: 'container', mode: 0o40755},
			...membersOf(folder, 'container/rootfs'),
			{path: 'container/run', mode: 0o100755, content: runScript(process)},
		]);
	} finally {
		for (; mounted > 0; mounted--) execFileSync('umount', [folder]);
		rmdirSync(folder);
	}
}

/** What runs the entrypoint in the guest, with its environment and nothing else of it. */
const runScript = ({args, env}: ContainerProcess): string => {
	const words = ['/bin/busybox', 'env', '-i', ...env, '/bin/busybox', 'chroot', '/container/rootfs', ...args];
	return `#!/bin/busybox sh\nexec ${words.map(quoted).join(' ')}\n`;
};

/** A word for a POSIX shell. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
