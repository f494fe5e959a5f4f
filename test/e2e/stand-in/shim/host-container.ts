/**
 * A container without a VM, for the mode `no-vm`: its process runs on the host's kernel, in a mount namespace of its own
 * that takes the container's file systems with it when it ends.
 */
import {spawn} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {constants} from 'node:os';
import {type ContainerProcess, type Mount, mountArguments, quoted} from './container.ts';
import {type Output, type Running, statusOfSignal} from './running.ts';

/**
 * Makes it and has it wait for `start`.
 * @param folder where its file systems are mounted, inside the namespace
 */
export async function hostContainer(
	{args, env}: ContainerProcess,
	mounts: Mount[],
	folder: string,
	output: Output,
): Promise<Running> {
	mkdirSync(folder, {recursive: true});
	const lines = [
		['set', '-e'],
		...mounts.map(mount => ['mount', ...mountArguments(mount, folder)]),
		['mkdir', '-p', `${folder}/proc`],
		['mount', '-t', 'proc', 'proc', `${folder}/proc`],
		['echo', 'made'],
		['read', '-r', 'start'],
	].map(words => words.map(quoted).join(' '));
	// The container's PATH need not lead to the host's chroot.
	const entry = `exec env -i ${env.map(quoted).join(' ')} "$(command -v chroot)" ${[folder, ...args].map(quoted).join(' ')}`;
	const script = [...lines, `${entry} </dev/null 2>&1`].join('\n');
	const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script]);
	const ended = new Promise<number>(resolve => {
		child.on('close', (code, signal) => resolve(code ?? statusOfSignal(signal ? constants.signals[signal] : 0)));
	});
	let complaint = '';
	child.stderr.on('data', chunk => {
		complaint += chunk;
	});
	// Killed before its start: nobody reads what is sent to it.
	child.stdin.on('error', () => {});
	await new Promise<void>((resolve, reject) => {
		child.stdout.once('data', () => resolve());
		child.once('error', reject);
		void ended.then(() => reject(new Error(complaint.trim() || 'the process ended before it was started')));
	});
	child.stdout.on('data', output);
	return {
		pid: child.pid as number,
		start: () => child.stdin.end('start\n'),
		kill: signal => child.kill(signal),
		ended,
	};
}
