/** A release from local archives: which of the given files a pair needs, and whether they fit this host. */
import {basename, resolve} from 'node:path';
import {type Pair, pairName, type Runtime} from '../catalogue/catalogue.ts';
import {isVersion} from '../catalogue/version.ts';
import {KataSetupError} from '../errors.ts';
import type {Architecture} from '../facts/facts.ts';
import type {FileStat, Host} from '../host/host.ts';
import type {Archive, Release} from '../plan/choice.ts';
import {parseArchiveName, runtimesIn, wantedName} from './archive-name.ts';
import {type Compression, compressionOf} from './decompress.ts';
import {digestOfFile, isSha256} from './digest.ts';
import {inspectArchive} from './inspect.ts';

export interface LocalRelease extends Pair {
	host: Host;
	architecture: Architecture;
	/** Paths, relative ones to the current folder. */
	files: readonly string[];
	/** What the file at the same place must hash to. The step that fetches the archive compares. */
	sha256: readonly string[];
}

/** One given file, understood. */
interface LocalArchive {
	archive: Archive;
	version: string;
	architecture: Architecture;
}

/**
 * The release that the files make up. Of several archives only those are taken that carry the pair's runtime.
 * Without a given digest the measured one stands in the archive, so that the bytes cannot change between review and
 * installation.
 * @throws KataSetupError (`usage` for what was typed, `release` for what the files are)
 */
export async function releaseFromFiles(given: LocalRelease): Promise<Release> {
	const {host, runtime, architecture, files, sha256} = given;
	checkDigests(files, sha256);
	const found: LocalArchive[] = [];
	for (const [index, file] of files.entries()) found.push(await understand(host, resolve(file), sha256[index] ?? null));
	const [first] = found;
	if (!first) throw new KataSetupError('usage', 'No archive was given.', {remedy: 'Name one with --archive FILE.'});
	const {version} = first;
	const listed = found.map(({archive}) => archive.name);
	const other = found.find(item => item.version !== version);
	if (other)
		throw new KataSetupError('release', 'The archives are of different releases.', {
			why: `${first.archive.name} is of Kata ${version}, ${other.archive.name} of ${other.version}.`,
			remedy: 'Give archives of one release.',
		});
	const wanted = wantedName(runtime, version, architecture);
	const foreign = found.find(item => item.architecture !== architecture);
	if (foreign)
		throw new KataSetupError('release', `${foreign.archive.name} is not for this machine.`, {
			why: `It is for ${foreign.architecture}, this host is ${architecture}.`,
			remedy: `${pairName(given)} needs ${wanted} here.`,
		});
	const archives = found.map(({archive}) => archive).filter(({carries}) => carries.includes(runtime));
	if (archives.length === 0)
		throw new KataSetupError(
			'release',
			`${listed.join(' and ')} ${listed.length > 1 ? 'have' : 'has'} no ${runtime} runtime.`,
			{
				why: `Since Kata 4.1 each runtime has an archive of its own: ${wantedName('rust', version, architecture)} and ${wantedName('go', version, architecture)}.`,
				remedy: [
					`${pairName(given)} needs ${wanted}.`,
					`Or choose the other runtime with --runtime ${otherRuntime(runtime)}.`,
				],
			},
		);
	return {version, architecture, archives: await Promise.all(archives.map(archive => measured(host, archive)))};
}

const otherRuntime = (runtime: Runtime): Runtime => (runtime === 'rust' ? 'go' : 'rust');

function checkDigests(files: readonly string[], sha256: readonly string[]): void {
	if (sha256.length > files.length)
		throw new KataSetupError('usage', 'There are more --sha256 than --archive.', {
			why: 'Each --sha256 belongs to the --archive at the same place.',
		});
	const wrong = sha256.find(digest => !isSha256(digest.toLowerCase()));
	if (wrong !== undefined)
		throw new KataSetupError('usage', `${wrong} is no SHA-256.`, {
			why: 'It has 64 digits of 0 to 9 and a to f.',
			remedy: 'Take it from: sha256sum FILE, run where the file is known to be good.',
		});
}

async function understand(host: Host, file: string, sha256: string | null): Promise<LocalArchive> {
	const name = basename(file);
	const size = await archiveSize(host, file);
	const compression = compressionOf(await startOf(host, file));
	if (!compression)
		throw new KataSetupError('release', `${file} is no archive of Kata’s.`, {
			why: 'Its bytes are neither zstd nor xz: a download may have ended in an error page.',
			remedy: 'Download it again; its name ends in .tar.zst or .tar.xz.',
		});
	const told = parseArchiveName(name);
	const {version, architecture, carries} = told
		? {...told, carries: runtimesIn(told)}
		: await fromContent(host, file, compression);
	const archive: Archive = {
		name,
		url: null,
		file,
		size,
		sha256: sha256?.toLowerCase() ?? null,
		digestSource: sha256 === null ? 'none' : 'flag',
		compression,
		carries,
	};
	return {archive, version, architecture};
}

/** The size of a local archive in bytes. @throws KataSetupError (`usage`) if it is no file, or cannot be reached */
export async function archiveSize(host: Host, file: string): Promise<number> {
	const stat = await statOf(host, file);
	if (stat?.type === 'file') return stat.size;
	throw new KataSetupError('usage', stat ? `${file} is a ${stat.type}, not a file.` : `There is no file ${file}.`, {
		remedy: 'Look at the path after --archive.',
	});
}

/** What the file is, links followed. A folder above it may be closed to the person. */
async function statOf(host: Host, file: string): Promise<FileStat | null> {
	try {
		const real = await host.files.realPath(file);
		return real === null ? null : await host.files.stat(real);
	} catch (error) {
		throw new KataSetupError('usage', `${file} cannot be reached.`, {
			remedy: `Who may, sees it so: ls -lL ${file}`,
			evidence: String(error),
		});
	}
}

/** The first bytes of a file. */
async function startOf(host: Host, file: string): Promise<Buffer> {
	try {
		for await (const chunk of host.files.readStream(file)) return chunk as Buffer;
	} catch (error) {
		throw new KataSetupError('release', `${file} cannot be read.`, {
			why: (error as Error).message,
			remedy: 'Make it readable for the user who runs kata-setup.',
		});
	}
	return Buffer.alloc(0);
}

/** What a file is whose name is none of the release's. */
async function fromContent(
	host: Host,
	file: string,
	compression: Compression,
): Promise<{version: string; architecture: Architecture; carries: Runtime[]}> {
	const refusal = (why: string): KataSetupError =>
		new KataSetupError('release', `${file} cannot be told to be an archive of a Kata runtime.`, {
			why,
			remedy: 'Give a kata-static or kata-go-static archive, by the name that the release gives it.',
		});
	let inspected: Awaited<ReturnType<typeof inspectArchive>>;
	try {
		inspected = await inspectArchive(host, file, compression);
	} catch (error) {
		throw refusal(`Its content cannot be read: ${(error as Error).message}.`);
	}
	const {version, architecture, carries} = inspected;
	if (carries.length === 0) throw refusal('No shim of Kata’s is in it.');
	if (version === null || !isVersion(version)) throw refusal('It does not tell its release in a file VERSION.');
	if (architecture === null) throw refusal('Its shim is no program for a machine that Kata is released for.');
	return {version, architecture, carries};
}

const measured = async (host: Host, archive: Archive): Promise<Archive> =>
	archive.sha256 === null && archive.file !== null
		? {...archive, sha256: await digestOfFile(host, archive.file)}
		: archive;
