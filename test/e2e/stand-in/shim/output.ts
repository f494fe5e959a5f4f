/** Where a container's output goes: the FIFO or the file that containerd names. */
import {closeSync, openSync, writeSync} from 'node:fs';

/** Writes in order; `close` tells the reader that there is no more. An empty name swallows everything. */
export function openOutput(name: string): {write(chunk: Buffer): void; close(): void} {
	if (!name) return {write() {}, close() {}};
	// For reading too: opening a FIFO must neither wait for a reader nor fail when one goes.
	const fd = openSync(name.replace(/^file:\/\//, ''), name.startsWith('file://') ? 'a' : 'r+');
	return {
		write(chunk) {
			for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
		},
		close: () => closeSync(fd),
	};
}
