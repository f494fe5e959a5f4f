/** Decompression as streams, on this Node and on one without zstd. */
import {Readable} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import {pipeline} from 'node:stream/promises';
import {describe, expect, it} from 'vitest';
import {compressionOf, createDecompressor, createZstd} from '../../src/release/decompress.ts';
import {realArchives, zstdOf} from '../support/archives.ts';

/** In pieces of a few bytes, as a line may bring them. */
function* pieces(bytes: Buffer, size = 7): Generator<Buffer> {
	for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function through(stream: NodeJS.ReadWriteStream, bytes: Buffer): Promise<Buffer> {
	let all = Buffer.alloc(0);
	await pipeline(Readable.from(pieces(bytes)), stream, async source => {
		all = await buffer(source as NodeJS.ReadableStream);
	});
	return all;
}

const kinds = [
	['zst', 'as this Node does it', () => createDecompressor('zst')],
	['zst', 'without zstd in Node', createZstd],
	['xz', '', () => createDecompressor('xz')],
] as const;

describe.each(kinds)('.%s %s', (compression, _how, create) => {
	const bytes = realArchives[compression];

	it('gives the bytes back', async () => {
		const plain = await through(create(), bytes);
		expect(plain.length).toBe(20_480);
		expect(plain.toString('latin1')).toContain('kata kata kata');
	});

	it('fails for what is cut off', async () => {
		await expect(through(create(), bytes.subarray(0, bytes.length - 20))).rejects.toThrow();
	});

	it('fails for what is something else', async () => {
		await expect(through(create(), Buffer.from('<html>'.repeat(50)))).rejects.toThrow();
	});
});

it('takes several zstd frames behind each other, as parallel compressors write them', async () => {
	const frames = Buffer.concat([zstdOf(Buffer.from('one ')), zstdOf(Buffer.from('two'))]);
	expect((await through(createZstd(), frames)).toString()).toBe('one two');
});

it('does not have in memory what a few bytes stand for', async () => {
	const blocks = 4000;
	const frame = Buffer.concat([
		Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]), // no content size, a window of 128 KiB
		...Array.from({length: blocks}, (_, index) => {
			const block = Buffer.alloc(4); // 128 KiB of zeros
			block.writeUIntLE(((128 * 1024) << 3) | (1 << 1) | (index === blocks - 1 ? 1 : 0), 0, 3);
			return block;
		}),
	]);
	const before = process.memoryUsage().rss;
	let size = 0;
	let most = 0;
	for await (const chunk of Readable.from([frame]).pipe(createZstd())) {
		size += (chunk as Buffer).length;
		most = Math.max(most, process.memoryUsage().rss - before);
	}
	expect(size).toBe(blocks * 128 * 1024);
	expect(most).toBeLessThan(200e6);
});

it('tells the formats by their first bytes', () => {
	expect(compressionOf(realArchives.zst)).toBe('zst');
	expect(compressionOf(realArchives.xz)).toBe('xz');
	expect(compressionOf(Buffer.from('\x1f\x8b\x08'))).toBeNull();
	expect(compressionOf(Buffer.alloc(0))).toBeNull();
});
