/** Flushing a whole file system: Node has no syncfs. */
import {runCommand} from './run-command.ts';

/** syncfs(2) by coreutils' `sync -f`; busybox has no -f, there the whole of sync(2) does it. */
export async function flushFileSystem(physical: string): Promise<void> {
	const precise = await runCommand('sync', ['-f', physical], {timeoutMs: 600_000});
	if (precise.code !== 0) await runCommand('sync', [], {timeoutMs: 600_000});
}
