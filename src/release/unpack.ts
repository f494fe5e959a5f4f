/** Unpacks verified archives into an empty folder, as streams: neither an archive nor a file of it is ever in memory. */
import {createHash} from 'node:crypto';
import {posix} from 'node:path';
import {PassThrough, Transform} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {extract} from 'tar-stream';
import {KataSetupError} from '../errors.ts';
import {diskError} from '../host/disk-errors.ts';
import type {Files, Host} from '../host/host.ts';
import {type Compression, createDecompressor} from './decompress.ts';
import type {ManifestMember} from './manifest.ts';
import {admitMember, type Header, type Member, refusal} from './member.ts';

export interface PackedArchive {
	path: string;
	name: string;
	/** What the bytes must hash to while they are unpacked; null: nobody knows. */
	sha256: string | null;
	compression: Compression;
}

export interface Unpacking {
	signal: AbortSignal;
	/** Called with the compressed bytes of every piece that was read. */
	onBytes(bytes: number): void;
	/** Paths in the tree: of other files the content is passed over. Absent: everything is unpacked. */
	only?: ReadonlySet<string>;
}

/** What a path of the tree became, and by which archive. */
type Made = ManifestMember;

/**
 * Unpacks archives over each other into `folder`, which exists and is empty. Where two hold the same path, they must
 * hold the same.
 * @returns what was made: files are hashed as their bytes pass, so that none is read a second time
 * @throws KataSetupError (`release`) for what an archive is or holds, `host` for the disk
 */
export async function unpackArchives(
	host: Host,
	archives: readonly PackedArchive[],
	folder: string,
	options: Unpacking,
): Promise<ManifestMember[]> {
	const unpacker = new Unpacker(host, folder, options);
	for (const archive of archives) await unpacker.unpack(archive);
	return unpacker.members();
}

/**
 * What archives would become, without a byte of it being written: each file is hashed as its bytes pass.
 * @throws as `unpackArchives`
 */
export async function measureArchives(
	host: Host,
	archives: readonly PackedArchive[],
	options: Omit<Unpacking, 'only'>,
): Promise<ManifestMember[]> {
	const unpacker = new Unpacker(host, null, options);
	for (const archive of archives) await unpacker.unpack(archive);
	return unpacker.members();
}

class Unpacker {
	readonly #host: Host;
	/** null: nothing is written, only measured. */
	readonly #folder: string | null;
	readonly #options: Unpacking;
	readonly #made = new Map<string, Made>();

	constructor(host: Host, folder: string | null, options: Unpacking) {
		this.#host = host;
		this.#folder = folder;
		this.#options = options;
		this.#made.set('', {type: 'directory', path: '', archive: '', mode: 0o755});
	}

	/** All but the tree itself. */
	members(): ManifestMember[] {
		return [...this.#made.values()].filter(({path}) => path !== '');
	}

	async unpack(archive: PackedArchive): Promise<void> {
		const {signal} = this.#options;
		const hash = createHash('sha256');
		const {onBytes} = this.#options;
		const measured = new Transform({
			transform(chunk: Buffer, _encoding, done) {
				hash.update(chunk);
				onBytes(chunk.length);
				done(null, chunk);
			},
		});
		const members = extract();
		const source = this.#host.files.readStream(archive.path);
		const reading = pipeline(source, measured, createDecompressor(archive.compression), members, {signal});
		// What it says is said below, after the loop; meanwhile it must not count as unhandled.
		const read = reading.then(
			() => null,
			(error: unknown) => ({error}),
		);
		let failure: {error: unknown} | null = null;
		try {
			for await (const member of members) {
				await this.#place(archive, member.header as Header, member);
				member.resume();
			}
		} catch (error) {
			failure = {error};
			// The loop's own failure ends the reading; the reading's failure has ended the loop.
			members.destroy();
		}
		const unread = await read;
		signal.throwIfAborted();
		if (failure?.error instanceof KataSetupError) throw failure.error;
		const onDisk = failure && this.#folder !== null ? diskError(failure.error, this.#folder) : failure?.error;
		if (failure && onDisk !== failure.error) throw onDisk;
		if (unread ?? failure) throw damaged(archive, (unread ?? failure)?.error);
		const found = hash.digest('hex');
		if (archive.sha256 !== null && found !== archive.sha256)
			throw new KataSetupError('release', `${archive.name} was changed after it was verified.`, {
				why: `Its SHA-256 is now ${found}, and was ${archive.sha256}.`,
				remedy: 'Keep others from writing to it, and try again.',
			});
	}

	async #place(archive: PackedArchive, header: Header, content: AsyncIterable<unknown>): Promise<void> {
		const member = admitMember(header, this.#made);
		if (member === null || member.path === '') return;
		await this.#makeParents(member.path, archive.name);
		const before = this.#made.get(member.path);
		if (this.#passesOver(member)) {
			this.#made.set(member.path, {type: 'file', path: member.path, archive: '', mode: 0, size: 0, sha256: ''});
			return;
		}
		if (before) return this.#again(archive, header.name, member, before, content);
		this.#made.set(member.path, {...(await this.#make(member, content)), archive: archive.name});
	}

	async #make(member: Member, content: AsyncIterable<unknown>): Promise<Made> {
		const {path} = member;
		const common = {path, archive: ''};
		switch (member.type) {
			case 'directory':
				await this.#onDisk(path, (files, at) => files.makeDirectory(at, member.mode));
				return {type: 'directory', ...common, mode: member.mode};
			case 'link':
				await this.#onDisk(path, (files, at) => files.link(at, member.target));
				return {type: 'link', ...common, target: member.target};
			case 'file':
				return {type: 'file', ...common, mode: member.mode, ...(await this.#write(path, member.mode, content))};
			case 'same': {
				const same = this.#made.get(member.as);
				if (same?.type !== 'file') throw new Error(`${member.as} is no file`);
				const {mode, size, sha256} = same;
				const again = async (files: Files, at: string): Promise<unknown> =>
					this.#write(path, mode, files.readStream(at));
				await this.#onDisk(member.as, again);
				return {type: 'file', ...common, mode, size, sha256};
			}
		}
	}

	/** An effect on a path of the tree; none where it is only measured. */
	async #onDisk(path: string, effect: (files: Files, at: string) => Promise<unknown>): Promise<void> {
		if (this.#folder !== null) await effect(this.#host.files, `${this.#folder}/${path}`);
	}

	/** What nobody asked for, and a second name of it: its content is not here to be copied. */
	#passesOver(member: Member): boolean {
		const {only} = this.#options;
		if (!only || member.type === 'directory' || member.type === 'link') return false;
		return !only.has(member.path) || (member.type === 'same' && !only.has(member.as));
	}

	/** Folders that the archive uses without having them as members. */
	async #makeParents(path: string, archive: string): Promise<void> {
		const parent = posix.dirname(path);
		if (parent === '.' || this.#made.has(parent)) return;
		await this.#makeParents(parent, archive);
		await this.#onDisk(parent, (files, at) => files.makeDirectory(at, 0o755));
		this.#made.set(parent, {type: 'directory', path: parent, archive, mode: 0o755});
	}

	/** @returns the SHA-256 and the bytes of what was written */
	async #write(path: string, mode: number, content: AsyncIterable<unknown>): Promise<{sha256: string; size: number}> {
		const hash = createHash('sha256');
		let size = 0;
		const hashed = async function* (): AsyncGenerator<Buffer> {
			for await (const chunk of content) {
				hash.update(chunk as Buffer);
				size += (chunk as Buffer).length;
				yield chunk as Buffer;
			}
		};
		const {signal} = this.#options;
		if (this.#folder === null) await pipeline(hashed, new PassThrough().resume(), {signal});
		await this.#onDisk(path, async (files, at) => {
			await pipeline(hashed, files.writeStream(at, {mode: 0o600}), {signal});
			// The umask has a part in a new file's mode, so it is set by itself.
			await files.chmod(at, mode);
		});
		return {sha256: hash.digest('hex'), size};
	}

	/** A path that is there already: a folder named twice, or a file that two archives share. */
	async #again(
		archive: PackedArchive,
		name: string,
		member: Member,
		before: Made,
		content: AsyncIterable<unknown>,
	): Promise<void> {
		const type = member.type === 'same' ? 'file' : member.type;
		if (type !== before.type) throw refusal(name, `There is a ${before.type} of the same name before it.`);
		if (member.type === 'directory') {
			this.#made.set(member.path, {type: 'directory', path: member.path, archive: before.archive, mode: member.mode});
			return this.#onDisk(member.path, (files, at) => files.chmod(at, member.mode));
		}
		if (before.archive === archive.name) throw refusal(name, 'It is in the archive twice.');
		const found =
			member.type === 'link'
				? member.target
				: member.type === 'same'
					? contentOf(this.#made.get(member.as))
					: await this.#hashOf(content);
		if (found === contentOf(before)) return;
		throw refusal(name, `It differs from what ${before.archive} has there; the archives do not belong together.`);
	}

	async #hashOf(content: AsyncIterable<unknown>): Promise<string> {
		const hash = createHash('sha256');
		for await (const chunk of content) hash.update(chunk as Buffer);
		return hash.digest('hex');
	}
}

/** What tells whether two members of the same type are the same. */
const contentOf = (made: Made | undefined): string | null =>
	made?.type === 'file' ? made.sha256 : made?.type === 'link' ? made.target : null;

const damaged = ({name}: PackedArchive, error: unknown): KataSetupError =>
	new KataSetupError('release', `${name} cannot be unpacked.`, {
		why: 'It is damaged, or cut off.',
		remedy: 'Download it again.',
		evidence: error instanceof Error ? error.message : String(error),
		cause: error,
	});
