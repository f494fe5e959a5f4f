/** The configuration of one containerd: the main file's bytes, and what the daemon's own `config dump` makes of it. */
import {createHash} from 'node:crypto';
import {criPlugins, describeConfig} from '../../engines/containerd-dump.ts';
import {dropInFolder, dropInName, importedFolder} from '../../engines/containerd-imports.ts';
import {resolveImports} from '../../engines/emulated-dump.ts';
import {parseToml, type Toml, valueAt} from '../../engines/toml-text.ts';
import {errnoOf} from '../../errors.ts';
import type {Host} from '../../host/host.ts';
import type {ConfigFileFacts, ContainerdConfigFacts} from '../facts.ts';
import {quietly} from '../processes.ts';

export interface ReadConfig {
	config: ContainerdConfigFacts;
	/** The socket that it names; null if none. */
	address: string | null;
}

/**
 * @param version the daemon's, for what imports mean to it
 * @param dump what `config dump` gave for `path`
 */
export async function readContainerdConfig(
	host: Host,
	path: string,
	version: string,
	dump: {text: string} | {error: string},
): Promise<ReadConfig> {
	const {bytes, unread} = await readBytes(host, path);
	const text = bytes?.toString('utf8') ?? null;
	const file = describeConfig(parsedOrEmpty(text ?? ''));
	const effective = 'text' in dump ? describeConfig(parsedOrEmpty(dump.text)) : null;
	const isOld = Number.parseInt(version, 10) < 2;
	const known = effective !== null && effective.plugin !== null && unread === null;
	return {
		address: effective?.address ?? file.address,
		config: {
			path,
			text,
			sha256: bytes && createHash('sha256').update(bytes).digest('hex'),
			version: file.version,
			imports: file.imports,
			files: await readFiles(host, file.imports, path, text !== null),
			criDisabled: file.criDisabled || (effective?.criDisabled ?? false),
			runtimes: known ? effective.runtimes : null,
			defaultRuntime: effective?.defaultRuntime ?? null,
			dumpError: unread ?? ('error' in dump ? dump.error : null),
			criImportedFrom: isOld ? await criImport(host, file.imports, path) : null,
			ownDropIn: isOld ? null : await ownDropIn(host, file.imports, path),
		},
	};
}

/** The main file and what it imports, one level deep; an import without a glob may name a file that is not there. */
async function readFiles(host: Host, imports: string[], path: string, hasMain: boolean): Promise<ConfigFileFacts[]> {
	const imported = (await quietly(resolveImports(host.files, imports, path))) ?? [];
	return Promise.all(
		[...(hasMain ? [path] : []), ...imported].map(async file => {
			const real = (await quietly(host.files.realPath(file))) ?? file;
			const text = await quietly(host.files.readText(file));
			const parsed = parsedOrEmpty(text ?? '');
			return {
				path: file,
				modifiedMs: (await quietly(host.files.stat(real)))?.modifiedMs ?? null,
				missing: await isMissing(host, file),
				version: describeConfig(parsed).version,
				criSections: criPlugins.filter(name => valueAt(parsed, ['plugins', name]) !== undefined),
			};
		}),
	);
}

/** Not there, as opposed to: not ours to look at. */
async function isMissing({files}: Host, path: string): Promise<boolean> {
	try {
		return (await files.stat(path)) === null;
	} catch {
		return false;
	}
}

async function readBytes(host: Host, path: string): Promise<{bytes: Buffer | null; unread: string | null}> {
	try {
		return {bytes: await host.files.read(path), unread: null};
	} catch (error) {
		const errno = errnoOf(error);
		if (errno === 'ENOENT' || errno === 'ENOTDIR') return {bytes: null, unread: null};
		return {bytes: null, unread: `${path} could not be read: ${errno}.`};
	}
}

function parsedOrEmpty(text: string): Toml {
	try {
		return parseToml(text);
	} catch {
		return {};
	}
}

/** 1.x: the imported file that brings a CRI section of its own; the last one wins. */
async function criImport(host: Host, imports: string[], path: string): Promise<string | null> {
	let found: string | null = null;
	for (const imported of await resolveImports(host.files, imports, path)) {
		const parsed = parsedOrEmpty((await quietly(host.files.readText(imported))) ?? '');
		if (valueAt(parsed, ['plugins', 'io.containerd.grpc.v1.cri']) !== undefined) found = imported;
	}
	return found;
}

async function ownDropIn(host: Host, imports: string[], path: string): Promise<{path: string; text: string} | null> {
	const dropIn = `${importedFolder(imports, path) ?? dropInFolder(path)}/${dropInName}`;
	const text = await quietly(host.files.readText(dropIn));
	return text === null ? null : {path: dropIn, text};
}
