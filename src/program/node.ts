/** Whose the Node is that runs us: the system's own can be counted on later, one in a home folder cannot. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {lstat, readdir, realpath} from 'node:fs/promises';
import {dirname} from 'node:path';
import {keptProgramFolder} from '../layout.ts';

/** The Node that runs this process: what its own executable names, whatever lies at its path by now. */
export const runningNode = '/proc/self/exe';

/** Where a system's own programs lie: Debian and its kin, NixOS, Guix. A Node of /opt counts unless it is a copy of ours. */
const systemFolders = /^\/(usr|nix\/store|gnu\/store|opt(?!\/(\.kata-setup-|kata-setup\/)))\//;

/**
 * Whether root alone can change what a path holds: it and every folder above it are root's, and neither the group nor
 * others may write to them. False for what is not there.
 */
export async function isRootsAlone(path: string): Promise<boolean> {
	try {
		for (let at = await realpath(path); ; at = dirname(at)) {
			const {uid, mode} = await lstat(at);
			if (uid !== 0 || (mode & 0o022) !== 0) return false;
			if (at === dirname(at)) return true;
		}
	} catch {
		return false;
	}
}

/**
 * A Node that root may run where it lies: the one that runs this process, or the one that an install of ours kept from a home
 * folder. Null: there is none, and root needs a copy.
 */
export async function nodeForRoot(): Promise<string | null> {
	const versions = await readdir(keptProgramFolder).catch(() => []);
	const kept = versions.map(version => `${keptProgramFolder}/${version}/node`);
	for (const node of [process.execPath, ...kept]) if (await isRootsAlone(node)) return node;
	return null;
}

/** The Node that runs this process, if the system owns it; null: somebody's own, which may be gone tomorrow. */
export async function systemNode(node = process.execPath): Promise<string | null> {
	return systemFolders.test(node) && (await isRootsAlone(node)) ? node : null;
}

let record: Promise<{size: number; sha256: string}> | null = null;

/** Bytes and SHA-256 (hex) of the Node that runs this process, measured once: it stays the same file as long as we run. */
export function nodeRecord(): Promise<{size: number; sha256: string}> {
	record ??= measure();
	return record;
}

async function measure(): Promise<{size: number; sha256: string}> {
	const hash = createHash('sha256');
	let size = 0;
	for await (const chunk of createReadStream(runningNode)) {
		hash.update(chunk as Buffer);
		size += (chunk as Buffer).length;
	}
	return {size, sha256: hash.digest('hex')};
}
