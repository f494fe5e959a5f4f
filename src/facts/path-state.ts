/** What stands at a path, in one word: Facts record it, a plan rests on it, and applying checks it again. */
import {errnoOf} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {digestOfFile} from '../release/digest.ts';

/**
 * `absent`, `directory`, `file:SHA256` (64 hex digits), `link:TARGET` (as written in the link), `other:TYPE` for devices,
 * pipes and sockets; `file:unreadable` and `unreadable` where we may not look.
 */
export async function pathState(host: Host, path: string): Promise<string> {
	const {files} = host;
	try {
		const stat = await files.stat(path);
		if (stat === null) return 'absent';
		if (stat.type === 'directory') return 'directory';
		if (stat.type === 'link') return `link:${(await files.readLink(path)) ?? ''}`;
		if (stat.type !== 'file') return `other:${stat.type}`;
	} catch (error) {
		if (mayNot(error)) return 'unreadable';
		throw error;
	}
	try {
		return `file:${await digestOfFile(host, path)}`;
	} catch (error) {
		if (mayNot(error)) return 'file:unreadable';
		if (errnoOf(error) === 'ENOENT') return 'absent';
		throw error;
	}
}

const mayNot = (error: unknown): boolean => errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM';
