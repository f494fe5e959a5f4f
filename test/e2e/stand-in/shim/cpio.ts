/** Archives as the kernel reads them for its first file system: cpio, `newc`, uncompressed, one after another. */
import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';

export interface Member {
	/** Without a leading slash. */
	path: string;
	/** Type and permissions, as in `stat`: 0o40755 a folder, 0o100644 a file, 0o120777 a link. */
	mode: number;
	/** A file's bytes, or a link's target. */
	content?: Buffer | string;
	uid?: number;
	gid?: number;
}

/** One archive, padded to four bytes so that another may follow. Deterministic: no times, no inode numbers of a host. */
export function cpio(members: Member[]): Buffer {
	const parts: Buffer[] = [];
	const all = [...members, {path: 'TRAILER!!!', mode: 0}];
	for (const [index, member] of all.entries()) {
		const content = Buffer.from(member.content ?? '');
		const name = Buffer.from(`${member.path}\0`);
		const numbers = [index + 1, member.mode, member.uid ?? 0, member.gid ?? 0, 1, 0, content.length, 0, 0, 0, 0];
		const header = `070701${[...numbers, name.length, 0].map(value => value.toString(16).padStart(8, '0')).join('')}`;
		parts.push(padded(Buffer.concat([Buffer.from(header), name])), padded(content));
	}
	return Buffer.concat(parts);
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

/** Everything below a folder as members below `prefix`: folders, files and links. Devices and sockets are left out. */
export function membersOf(folder: string, prefix: string): Member[] {
	const members: Member[] = [];
	const visit = (path: string, name: string): void => {
		const {mode, uid, gid} = lstatSync(path);
		const type = mode & 0o170000;
		if (type === 0o40000) {
			members.push({path: name, mode, uid, gid});
			for (const entry of readdirSync(path).sort()) visit(join(path, entry), `${name}/${entry}`);
		} else if (type === 0o100000) members.push({path: name, mode, uid, gid, content: readFileSync(path)});
		else if (type === 0o120000) members.push({path: name, mode, uid, gid, content: readlinkSync(path)});
	};
	visit(folder, prefix);
	return members;
}
