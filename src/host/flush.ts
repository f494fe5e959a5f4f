/** Flushing a whole file system: Node has no syncfs. */
import {dirname} from 'node:path';
import {KataSetupError} from '../errors.ts';
import type {CommandResult, RunCommand} from './host.ts';
import {runCommand} from './run-command.ts';

/** A slow disk with the whole of a release yet to be written to it needs minutes. */
const timeoutMs = 600_000;

/** How a `sync` refuses that knows no -f: coreutils' before 8.24, busybox's. */
const usageError = /(?:unrecognized|invalid|unknown|illegal) option/i;

/** What a disk says, in strerror(3)'s words, by the code that it stands for; anything else is an I/O error. */
const errors: readonly (readonly [words: RegExp, code: string])[] = [
	[/No space left on device/i, 'ENOSPC'],
	[/Disk quota exceeded/i, 'EDQUOT'],
];

/**
 * syncfs(2) by coreutils' `sync -f`; where sync has no -f, the whole of sync(2) does it.
 *
 * The kernel tells a write that was lost on its way to the disk once, here: nothing but an old program may be taken for one,
 * or the loss would go into the journal as done.
 * @throws an error with the code that the disk gave (`EIO`, `ENOSPC`) and the path; KataSetupError (`undone`) if it did not end
 */
export async function flushFileSystem(physical: string, run: RunCommand = runCommand): Promise<void> {
	const precise = await run('sync', ['-f', physical], {timeoutMs});
	if (precise.code === 0) return;
	const hasNoFlag = precise.notStarted !== null || usageError.test(precise.stderr);
	const result = hasNoFlag ? await run('sync', [], {timeoutMs}) : precise;
	if (result.code !== 0) throw failure(physical, result);
}

function failure(physical: string, {code, stderr, timedOut, notStarted}: CommandResult): Error {
	const said = stderr.trim();
	if (code !== null) {
		const errno = errors.find(([words]) => words.test(said))?.[1] ?? 'EIO';
		return Object.assign(new Error(said || `sync ends with ${code}`), {code: errno, path: physical});
	}
	const folder = dirname(physical);
	return new KataSetupError('undone', `What was written to ${folder} could not be flushed to its disk.`, {
		why: unended(timedOut, notStarted),
		remedy: notStarted === null ? `Look at the disk: dmesg | tail, findmnt -T ${folder}` : 'Install coreutils.',
		evidence: said === '' ? [] : said,
	});
}

function unended(timedOut: boolean, notStarted: string | null): string {
	if (notStarted !== null) return `The program \`sync\` could not be started (${notStarted}).`;
	return timedOut ? `\`sync\` did not end in ${timeoutMs / 60_000} minutes.` : '`sync` was ended by a signal.';
}
