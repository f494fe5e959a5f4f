/** Archives for tests: tar files with any member, and the zstd frame around them, without programs of the host. */
import {type Header, pack} from 'tar-stream';

export interface TestMember extends Partial<Header> {
	name: string;
	content?: string | Buffer;
}

/** A tar archive of the members, in their order. */
export async function tarOf(members: readonly TestMember[]): Promise<Buffer> {
	const archive = pack();
	for (const {content = '', ...header} of members) {
		const plain = header.type === undefined || header.type === 'file';
		archive.entry({mtime: new Date(0), ...header}, plain ? content : '');
	}
	archive.finalize();
	const chunks: Buffer[] = [];
	for await (const chunk of archive) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}

/** The bytes as a zstd frame of raw blocks (RFC 8878, 3.1.1). */
export function zstdOf(bytes: Uint8Array): Buffer {
	const header = Buffer.alloc(9);
	header.writeUInt32LE(0xfd2fb528, 0);
	header.writeUInt8(0b10100000, 4); // single segment, content size in four bytes, no checksum
	header.writeUInt32LE(bytes.length, 5);
	const blocks: Uint8Array[] = [header];
	const largest = 128 * 1024;
	for (let start = 0; start < bytes.length; start += largest) {
		const block = bytes.subarray(start, start + largest);
		const size = Buffer.alloc(4);
		size.writeUInt32LE((block.length << 3) | (start + largest >= bytes.length ? 1 : 0), 0);
		blocks.push(size.subarray(0, 3), block);
	}
	return Buffer.concat(blocks);
}

/**
 * The same tar archive, really compressed: opt/kata with VERSION (`4.1.0`), share/words (`kata ` 2000 times and a line's end)
 * and share/link → words. Made by: tar --owner=0 --group=0 --mtime=@0 --sort=name -c . | zstd -19, and | xz -9e
 */
export const realArchives = {
	zst: Buffer.from(
		'KLUv/WQAT+0FAEKHFxeAbQMAjtmPi1ILVjTQNTeFluQFFhu9MvrxGfbascauRQgEp6bJjtmdcZbmea4EeiVKYBVTvJrL3B7zGwjBKILDHVsfn+HmZbni' +
			'A5fKCCGUqtDHSMrWbP18s9s3lwojoLBmaCyY6TArLChpMwbyBnr4Di/VIRzkeYx66RyAFIW7U2CrCk2Kmw7o8G6oW2dAzgQmA9DAnmqwKuosxJzwpgaR' +
			'ShqoPEBUnnwe6jAA2Qmc9IfWnqEC7VMQARkU12s=',
		'base64',
	),
	xz: Buffer.from(
		'/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4E//AN5dABcLvBx9AZXAHUo+eRW/ePpNnj3OTOpzG7tHTo59BovV/78mhDiFdYNGgSya7qtvJw6uTAkkrZDT' +
			'2XChnXilWLNeHKfdql98Bhj/dfwu8l7kk8uvKHwtg+JglSDvQBR6Y0a+upIDJwSTwLQQ1bF9NRLb8XQMocShMCcu3qPT1GF+Nsm8jAqg+zfZNb/xZ/ov' +
			'OSwNOq1j87aGOr7D/K9VkSmKhdKa9oK9S8NMi7r47tm1CKD64AtGAUcE1DkGtzeb0fXJXdq+gUjuOpVVmuCVnGzcQ0iO45osKnOmandcAAAAAEude5fP' +
			'RNeEAAH6AYCgAQAIHQZnscRn+wIAAAAABFla',
		'base64',
	),
} as const;

/** The first bytes of an ELF program for a machine (e_machine of elf.h), as far as anyone looks. */
export function elfFor(machine: number): Buffer {
	const header = Buffer.alloc(64);
	header.write('\x7fELF\x02\x01\x01', 'latin1');
	header.writeUInt16LE(machine, 18);
	return header;
}
