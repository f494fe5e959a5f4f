/** SHA-256 of a file, without having it in memory. */
import {createHash} from 'node:crypto';
import type {Host} from '../host/host.ts';

const sha256Shape = /^[0-9a-f]{64}$/;

/** Whether a text is a SHA-256 in lower-case hex. */
export const isSha256 = (text: string): boolean => sha256Shape.test(text);

/**
 * @param onBytes called with every piece's size
 * @returns 64 hex digits
 */
export async function digestOfFile(
	host: Host,
	path: string,
	options: {signal?: AbortSignal; onBytes?: (bytes: number) => void} = {},
): Promise<string> {
	const hash = createHash('sha256');
	for await (const chunk of host.files.readStream(path)) {
		options.signal?.throwIfAborted();
		hash.update(chunk as Buffer);
		options.onBytes?.((chunk as Buffer).length);
	}
	return hash.digest('hex');
}
