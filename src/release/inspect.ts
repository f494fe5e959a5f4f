/** What an archive is, from its content: for files whose name does not tell. */
import {pipeline} from 'node:stream/promises';
import {extract} from 'tar-stream';
import {type Runtime, runtimes} from '../catalogue/catalogue.ts';
import {type Architecture, architectures} from '../facts/facts.ts';
import type {Host} from '../host/host.ts';
import {shimInTree} from '../layout.ts';
import {type Compression, createDecompressor} from './decompress.ts';

export interface Inspected {
	/** The release as its file VERSION tells it; null if there is none. */
	version: string | null;
	/** From the shim's ELF header; null if there is no shim or it is for another machine. */
	architecture: Architecture | null;
	carries: Runtime[];
}

/** e_machine of an ELF header (elf.h). */
const machines: Record<Architecture, number> = {x86_64: 62, aarch64: 183, s390x: 22, ppc64le: 21};

/** Reads an archive to its end, or until all is known. Rejects if the bytes are no tar archive or damaged. */
export async function inspectArchive(host: Host, path: string, compression: Compression): Promise<Inspected> {
	const found: Inspected = {version: null, architecture: null, carries: []};
	const members = extract();
	const reading = pipeline(host.files.readStream(path), createDecompressor(compression), members);
	// The loop below says what went wrong; this only keeps the same failure from being unhandled.
	reading.catch(() => undefined);
	for await (const member of members) {
		const name = member.header.name.replace(/^\.\//, '');
		const runtime = runtimes.find(key => name === `opt/kata/${shimInTree[key]}`);
		if (name === 'opt/kata/VERSION') found.version = versionIn(await startOf(member, 256));
		else if (runtime && member.header.type === 'file') {
			found.carries.push(runtime);
			found.architecture ??= machineIn(await startOf(member, 64));
		}
		if (found.version !== null && found.carries.length === runtimes.length) break;
		member.resume();
	}
	return found;
}

/** The first bytes of a member, which is read to its end. */
async function startOf(member: AsyncIterable<unknown>, length: number): Promise<Buffer> {
	let start = Buffer.alloc(0);
	for await (const chunk of member) if (start.length < length) start = Buffer.concat([start, chunk as Buffer]);
	return start.subarray(0, length);
}

const versionIn = (start: Buffer): string => start.toString('utf8').trim().split(/\s/)[0] ?? '';

function machineIn(start: Buffer): Architecture | null {
	if (start.length < 20 || start.readUInt32BE(0) !== 0x7f454c46) return null;
	const bigEndian = start[5] === 2;
	const machine = bigEndian ? start.readUInt16BE(18) : start.readUInt16LE(18);
	return architectures.find(name => machines[name] === machine) ?? null;
}
