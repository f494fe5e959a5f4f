/**
 * A folder and a link change places, with as little as can be between the two renames: they are made without a return to
 * the event loop, and the disk is asked afterwards. renameat2(2) has an exchange without any gap, and Node no way to it.
 */
import {readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync} from 'node:fs';

/** @throws the errno of the rename that failed (EXDEV, EBUSY); the folder is then where it was, and nothing beside it */
export function swapForLink(swap: {folder: string; to: string; temporary: string; target: string}): void {
	const {folder, to, temporary, target} = swap;
	symlinkSync(target, temporary);
	try {
		renameSync(folder, to);
		try {
			renameSync(temporary, folder);
		} catch (error) {
			renameSync(to, folder);
			throw error;
		}
	} catch (error) {
		rmSync(temporary, {force: true});
		throw error;
	}
}

/** @throws the errno of the call that failed; the link is then where it was */
export function swapLinkFor(folder: string, link: string): void {
	const target = readlinkSync(link);
	unlinkSync(link);
	try {
		renameSync(folder, link);
	} catch (error) {
		symlinkSync(target, link);
		throw error;
	}
}
