/**
 * Makes a release in the layout of Kata's own archives, whose shim boots a real guest kernel under QEMU (see shim/main.ts).
 * What was made lies in the cache, by the hash of all that went into it. `make-release.mjs` is this as a command.
 */
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {createReadStream, createWriteStream, existsSync} from 'node:fs';
import {copyFile, mkdir, mkdtemp, rename, rm, stat} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {pack} from 'tar-stream';
import type {Runtime} from '../../../src/catalogue/catalogue.ts';
import {atLeast} from '../../../src/catalogue/version.ts';
import {contents, type File} from './contents.ts';
import {cacheFolder} from './debian.ts';
import type {Settings} from './shim/settings.ts';

export interface ReleaseOptions {
	/** Default 4.1.900, which no real release will be called. */
	version?: string;
	/** How its shims behave unless they are told otherwise later. */
	settings?: Partial<Settings>;
	/** The Node that its shims try first, by absolute path. Default: the one that runs this. */
	node?: string;
	/** Where the archives are put. Default: they stay in the cache, where nobody may change them. */
	folder?: string;
}

export interface MadeArchive {
	version: string;
	/** As Kata names its asset, for example `kata-go-static-4.1.900-amd64.tar.zst`. */
	name: string;
	/** The archive's absolute path, with that name. */
	path: string;
	/** In hexadecimal. */
	sha256: string;
	/** Bytes. */
	size: number;
}

/** Up to 4.0 both are the same archive, with both runtimes. */
export type MadeRelease = {version: string} & Record<Runtime, MadeArchive>;

/** The asset's name by version (facts of Kata's releases): x86_64 to 3.1, xz to 3.20, two archives from 4.1. */
export function assetName(version: string, runtime: Runtime): string {
	const go = runtime === 'go' && atLeast(version, '4.1.0') ? 'go-' : '';
	const architecture = atLeast(version, '3.2.0') ? 'amd64' : 'x86_64';
	return `kata-${go}static-${version}-${architecture}.tar.${atLeast(version, '3.21.0') ? 'zst' : 'xz'}`;
}

/**
 * Both archives of a release.
 * @throws Error if a program of Debian's is missing (qemu-system-x86, busybox-static, zstd or xz-utils), or its kernel cannot
 *   be had
 */
export async function makeRelease(options: ReleaseOptions = {}): Promise<MadeRelease> {
	const rust = await makeArchive('rust', options);
	return {version: rust.version, rust, go: atLeast(rust.version, '4.1.0') ? await makeArchive('go', options) : rust};
}

/** One archive of it: quicker, where one is enough. */
export async function makeArchive(runtime: Runtime, options: ReleaseOptions = {}): Promise<MadeArchive> {
	const {version = '4.1.900', settings = {}, node = process.execPath, folder} = options;
	const name = assetName(version, runtime);
	const files = await contents(version, atLeast(version, '4.1.0') ? [runtime] : ['rust', 'go'], settings, node);
	const cached = join(cacheFolder, 'releases', fingerprint(files), name);
	if (!existsSync(cached)) await writeArchive(files, cached);
	const path = folder === undefined ? cached : join(folder, name);
	if (path !== cached) await copyFile(cached, path);
	const hash = createHash('sha256');
	await pipeline(createReadStream(path), hash);
	return {version, name, path, sha256: hash.digest('hex'), size: (await stat(path)).size};
}

/** Appears only when it is complete, and never changes: two tests may make it at once. */
async function writeArchive(files: Record<string, File>, path: string): Promise<void> {
	const folder = join(path, '..');
	await mkdir(folder, {recursive: true});
	const work = await mkdtemp(join(folder, 'work-'));
	try {
		await compressed(files, join(work, basename(path)));
		await rename(join(work, basename(path)), path);
	} finally {
		await rm(work, {recursive: true, force: true});
	}
}

async function compressed(files: Record<string, File>, path: string): Promise<void> {
	const [program, ...args] = path.endsWith('.zst') ? ['zstd', '-q', '-c', '-3'] : ['xz', '-q', '-c', '-1'];
	const child = spawn(program, args, {stdio: ['pipe', 'pipe', 'inherit']});
	const ended = new Promise<void>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', code => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
	});
	await Promise.all([ended, pipeline(tar(files), child.stdin), pipeline(child.stdout, createWriteStream(path))]);
}

/** As kata-deploy-merge-builds.sh of Kata makes it: owner 0, all names beginning with `./`, that folder itself the first. */
function tar(files: Record<string, File>) {
	const archive = pack();
	const common = {uid: 0, gid: 0, mtime: new Date(0)};
	const folders = new Set(['./', ...Object.keys(files).flatMap(path => foldersOf(`./opt/kata/${path}`))]);
	for (const name of [...folders].sort()) archive.entry({...common, name, type: 'directory', mode: 0o755});
	for (const [path, {content, link, mode = 0o644}] of sorted(files)) {
		const name = `./opt/kata/${path}`;
		if (link) archive.entry({...common, name, type: 'symlink', linkname: link, mode: 0o777});
		else archive.entry({...common, name, mode}, Buffer.from(content ?? ''));
	}
	archive.finalize();
	return archive;
}

const foldersOf = (path: string): string[] =>
	path
		.split('/')
		.slice(0, -1)
		.map((_, index, names) => `${names.slice(0, index + 1).join('/')}/`);

const sorted = (files: Record<string, File>): [string, File][] =>
	Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));

function fingerprint(files: Record<string, File>): string {
	const hash = createHash('sha256');
	for (const [path, {content, link, mode}] of sorted(files)) {
		hash.update(JSON.stringify([path, link, mode, Buffer.byteLength(content ?? '')]));
		hash.update(content ?? '');
	}
	return hash.digest('hex').slice(0, 16);
}
