/** What a full or unwilling disk means, in words. */
import {dirname} from 'node:path';
import {type ExitName, errnoOf, KataSetupError} from '../errors.ts';

const causes: Record<string, string> = {
	ENOSPC: 'There is no space left on its file system.',
	EDQUOT: 'The quota of its file system is used up.',
	EROFS: 'Its file system is mounted read-only.',
	EACCES: 'This user may not write there.',
	EPERM: 'This user may not write there, or the folder is immutable.',
	EIO: 'The disk reports an error; the kernel’s log (dmesg) says more.',
	EMFILE: 'This process has too many files open.',
	EXDEV: 'It lies on another file system than the folder that it is to be moved to.',
};

/** An error of a write below `folder`, with its cause; everything else is given back as it is. */
export function diskError(thrown: unknown, folder: string, exit: ExitName = 'host'): unknown {
	const code = errnoOf(thrown);
	const why = code === null ? undefined : causes[code];
	if (why === undefined || thrown instanceof KataSetupError) return thrown;
	return new KataSetupError(exit, `${folder} cannot be written to.`, {
		why,
		remedy:
			code === 'ENOSPC' || code === 'EDQUOT'
				? `Make room there, for example find what is large with: du -xhd1 ${folder}`
				: `Look at it with: findmnt -T ${folder}`,
		evidence: (thrown as Error).message,
		cause: thrown,
	});
}

/**
 * An error of a call of ours, by the path that it names: a file system that refuses is the host's doing and no bug of ours.
 * Of a rename or link the new name is meant, which may be a temporary twin's.
 */
export function explainedByPath(thrown: unknown): unknown {
	const {path, dest} = thrown as {path?: unknown; dest?: unknown};
	const at = dest ?? path;
	return typeof at === 'string' ? diskError(thrown, dirname(at), 'undone') : thrown;
}

/** An error of looking at a path, with its cause; everything else is given back as it is. */
export function readError(thrown: unknown, exit: ExitName = 'host'): unknown {
	const code = errnoOf(thrown);
	const {path} = thrown as {path?: unknown};
	if (code === null || typeof path !== 'string' || thrown instanceof KataSetupError) return thrown;
	return new KataSetupError(exit, `${path} cannot be read.`, {
		why:
			code === 'EACCES' || code === 'EPERM'
				? 'This user may not read it.'
				: (causes[code] ?? `The kernel says ${code}.`),
		remedy: `Look at it with: findmnt -T ${path}`,
		evidence: (thrown as Error).message,
		cause: thrown,
	});
}
