/**
 * `.zst` and `.xz` as streams, inside this process: hosts need neither `zstd` nor `xz` for it.
 *
 * Node has zstd since 22.15; before that fzstd does it (measured: 50 to 80 MB/s of output here, 95 MB of memory in all).
 * xz is liblzma's small sibling xz-embedded as WebAssembly (35 MB/s of output).
 */
import {Duplex} from 'node:stream';
import * as zlib from 'node:zlib';
import {Decompress} from 'fzstd';
import {XzReadableStream} from 'xz-decompress';

export type Compression = 'zst' | 'xz';

/** The first bytes of each format (RFC 8878; the .xz file format). */
const magic: Record<Compression, Buffer> = {
	zst: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
	xz: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
};

/** How the bytes of a file are compressed, by how they begin; null if it is neither. */
export function compressionOf(start: Uint8Array): Compression | null {
	for (const compression of ['zst', 'xz'] as const)
		if (magic[compression].equals(start.subarray(0, magic[compression].length))) return compression;
	return null;
}

/** Compressed bytes in, plain bytes out. An error of the stream means that the bytes are damaged or cut off. */
export function createDecompressor(compression: Compression): Duplex {
	if (compression === 'xz') return createXz();
	const native = (zlib as {createZstdDecompress?: () => Duplex}).createZstdDecompress;
	return native ? native() : createZstd();
}

/**
 * fzstd decodes all that it is given before it gives anything back, and four bytes can stand for a block of 128 KiB. So it
 * is given little at a time, and no more before what came of it was taken: 8 MB at the worst, 128 KiB as a rule.
 */
const sliceBytes = 256;

/** For zstd on a Node without it. Exported for its test: which one runs depends on the Node. */
export function createZstd(): Duplex {
	return Duplex.from(async function* (source: AsyncIterable<Buffer>) {
		const pieces: Buffer[] = [];
		// fzstd gives windows into a buffer that it goes on to use, so each piece is copied before it leaves.
		const decompressor = new Decompress(piece => void pieces.push(Buffer.from(piece)));
		for await (const chunk of source)
			for (let start = 0; start < chunk.length; start += sliceBytes) {
				decompressor.push(chunk.subarray(start, start + sliceBytes));
				yield* pieces.splice(0);
			}
		decompressor.push(new Uint8Array(0), true);
		yield* pieces;
	});
}

function createXz(): Duplex {
	// The library wants a web stream; Node's Transform bridges both ways and keeps the back pressure.
	return Duplex.from(async function* (source: AsyncIterable<Buffer>) {
		const reader = new XzReadableStream(webStreamOf(source)).getReader();
		for (;;) {
			const {value, done} = await reader.read();
			if (done) return;
			yield Buffer.from(value);
		}
	});
}

function webStreamOf(source: AsyncIterable<Buffer>): ReadableStream<Uint8Array> {
	const chunks = source[Symbol.asyncIterator]();
	return new ReadableStream<Uint8Array>({
		async pull(controller) {
			const {value, done} = await chunks.next();
			if (done) controller.close();
			else controller.enqueue(value);
		},
	});
}
