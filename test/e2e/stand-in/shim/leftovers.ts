/** Removes what belongs to one sandbox, whatever became of the shim that made it. */
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {type ShimArguments, socketPath} from './arguments.ts';
import {sandboxFolder} from './tree.ts';

const processFiles = ['shim.pid', 'vmm.pid'] as const;

/** Notes a process of the sandbox, for whoever has to clean up. */
export const noteProcess = (id: string, file: (typeof processFiles)[number], pid: number): void =>
	writeFileSync(join(sandboxFolder(id), file), `${pid}\n`);

/** Ends the sandbox's processes but this one, and removes its socket, mounts and folder. Harmless when there are none. */
export function removeSandbox(args: ShimArguments): void {
	const {id} = args;
	rmSync(socketPath(args), {force: true});
	removeSandboxFolder(id);
}

/** The same, but the shim goes on listening. */
export function removeSandboxFolder(id: string): void {
	const folder = sandboxFolder(id);
	if (!existsSync(folder)) return;
	for (const file of processFiles) endProcess(id, join(folder, file));
	for (const target of mountsBelow(folder)) execFileSync('umount', ['-l', target], {stdio: 'ignore'});
	rmSync(folder, {recursive: true, force: true});
	try {
		rmdirSync(dirname(folder));
	} catch {
		// Another sandbox is in it.
	}
}

function endProcess(id: string, file: string): void {
	try {
		const pid = Number(readFileSync(file, 'utf8'));
		// A number may have been given to somebody else since: only what names this sandbox is ours.
		if (pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(id))
			process.kill(pid, 'SIGKILL');
	} catch {
		// It is gone, or never was.
	}
}

/** The innermost first. */
const mountsBelow = (folder: string): string[] =>
	readFileSync('/proc/self/mountinfo', 'utf8')
		.split('\n')
		.map(line => line.split(' ')[4] ?? '')
		.filter(target => target.startsWith(`${folder}/`))
		.reverse();
