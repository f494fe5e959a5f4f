/**
 * Leaves kata-setup itself on the host, and a script that runs its uninstall: npm's cache, and the Node of a home folder,
 * may be gone by the day on which somebody wants everything away.
 *
 * The new program is whole, in a folder of its version, before the script leads to it, by one rename; then the one before
 * goes. Undoing a run that replaced one leaves the newer in place: it reads what the older wrote, and not the other way round.
 */
import {createReadStream} from 'node:fs';
import {dirname} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {KataSetupError} from '../errors.ts';
import {makeFolders, missingFolders, removeFolders} from '../host/folders.ts';
import type {Host} from '../host/host.ts';
import {hashOfText} from '../plan/hash.ts';
import {nodeRecord, runningNode, systemNode} from '../program/node.ts';
import {bundleInPackage, entryInPackage, packageRecords, readRecordedFile} from '../program/package-files.ts';
import {readUninstallScript, uninstallScript} from '../program/uninstall-script.ts';
import {kataSetupVersion} from '../version.ts';
import {refuseTaken} from './refuse-taken.ts';
import type {StepKindOf} from './step-kind.ts';

/** The inverse. */
export interface KeptProgram {
	/** What this run keeps. */
	version: string;
	/** What was kept before; null: nothing. */
	before: string | null;
	/** Folders that were missing, outermost first. */
	made: string[];
	/** What is kept, by absolute paths, the script among it; absent: a kata-setup kept it that did not write that down. */
	files?: KeptFile[];
}

export interface KeptFile {
	path: string;
	/** Permission bits. */
	mode: number;
	/** Bytes. */
	size: number;
	/** 64 hex digits. */
	sha256: string;
}

const folderOf = (folder: string, version: string): string => `${folder}/${version}`;
const unfinished = (path: string): string => `${path}.part`;
const going = (path: string): string => `${path}.going`;

export const keepProgramStep: StepKindOf<'keep-program', KeptProgram> = {
	kind: 'keep-program',
	async prepare(host, {folder, script, replaces}) {
		if (replaces === null) await refuseTaken(host, [folder, script]);
		const made = await missingFolders(host, dirname(folder));
		return {version: kataSetupVersion, before: replaces, made, files: await filesOf(host, folder, script)};
	},
	async perform(host, {folder, script}, context) {
		const program = folderOf(folder, kataSetupVersion);
		const part = unfinished(program);
		await makeFolders(host, folder);
		await host.files.removeTree(part);
		await host.files.makeDirectory(part);
		for (const record of await packageRecords()) {
			context.signal.throwIfAborted();
			await makeFolders(host, dirname(`${part}/${record.path}`));
			await host.files.write(`${part}/${record.path}`, await readRecordedFile(record), {mode: packedMode});
		}
		if ((await ownNode(host)) === null) await keepNode(host, `${part}/${keptNode}`, context.signal);
		await host.files.flush(part);
		// The same version, mended: what is there goes aside first, so that one of both is whole at any moment.
		await host.files.removeTree(going(program));
		if ((await host.files.stat(program)) !== null) await host.files.rename(program, going(program));
		await host.files.rename(part, program);
		await host.files.write(script, await scriptText(host, program), {mode: scriptMode});
		for (const name of (await host.files.list(folder)) ?? [])
			if (name !== kataSetupVersion) await host.files.removeTree(`${folder}/${name}`);
	},
	async verify(host, {script}) {
		const {program} = readUninstallScript((await host.files.readText(script)) ?? '') ?? {};
		for (const path of [entryInPackage, bundleInPackage]) {
			if (program !== undefined && (await host.files.stat(`${program}/${path}`))?.type === 'file') continue;
			throw new KataSetupError('undone', `${script} does not lead to a whole kata-setup.`, {
				why: `There is no ${path} where it looks: something removed it while this ran.`,
				remedy: 'Run it again.',
			});
		}
	},
	async undo(host, {folder, script}, {version, before, made}) {
		await host.files.sweep(script);
		const found = readUninstallScript((await host.files.readText(script)) ?? '');
		const program = folderOf(folder, version);
		if (before !== null) {
			await host.files.removeTree(unfinished(program));
			const isAside = before === version && (await host.files.stat(going(program))) !== null;
			if (isAside && (await host.files.stat(program)) === null) await host.files.rename(going(program), program);
			if (found?.version !== version && before !== version) await host.files.removeTree(program);
			if (isAside) await host.files.removeTree(going(program));
			return [];
		}
		// First out of the script's reach, so that it never runs half a program; itself last, so that it can say so.
		if ((await host.files.stat(program)) !== null) {
			// What a killed repair had put aside.
			await host.files.removeTree(going(program));
			await host.files.rename(program, going(program));
		}
		await host.files.removeTree(folder);
		const isOurs = found !== null || (await host.files.stat(script)) === null;
		if (isOurs) await host.files.remove(script);
		return [
			...(isOurs ? [] : [`${script} stays: it was changed since kata-setup wrote it.`]),
			...(await removeFolders(host, made)),
		];
	},
};

/** In the program's folder: the Node that runs it, where the system has none of its own. */
const keptNode = 'node';
const [packedMode, programMode, scriptMode] = [0o644, 0o755, 0o755];

/** The Node that the script names and that is not kept; null: it is kept. */
const ownNode = async (host: Host): Promise<string | null> =>
	host.kind === 'real' ? await systemNode() : process.execPath;

const scriptText = async (host: Host, program: string): Promise<string> =>
	uninstallScript({version: kataSetupVersion, program, node: (await ownNode(host)) ?? `${program}/${keptNode}`});

/** What `perform` leaves. */
async function filesOf(host: Host, folder: string, script: string): Promise<KeptFile[]> {
	const program = folderOf(folder, kataSetupVersion);
	const text = await scriptText(host, program);
	const packed = (await packageRecords()).map(({path, ...record}) => ({
		path: `${program}/${path}`,
		mode: packedMode,
		...record,
	}));
	const node =
		(await ownNode(host)) === null
			? [{path: `${program}/${keptNode}`, mode: programMode, ...(await nodeRecord())}]
			: [];
	return [
		...packed,
		...node,
		{path: script, mode: scriptMode, size: Buffer.byteLength(text), sha256: hashOfText(text)},
	];
}

/** A Node is a hundred megabytes: copied as a stream, on the disk with the rest. */
async function keepNode(host: Host, path: string, signal: AbortSignal): Promise<void> {
	await pipeline(createReadStream(runningNode), host.files.writeStream(path, {mode: programMode}), {signal});
	await host.files.chmod(path, programMode);
}
