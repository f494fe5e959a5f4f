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
import {runningNode, systemNode} from '../program/node.ts';
import {bundleInPackage, entryInPackage, packageFiles, readPackageFile} from '../program/package-files.ts';
import {readUninstallScript, uninstallScript} from '../program/uninstall-script.ts';
import {kataSetupVersion} from '../version.ts';
import type {StepKindOf} from './step-kind.ts';

/** The inverse. */
export interface KeptProgram {
	/** What this run keeps. */
	version: string;
	/** What was kept before; null: nothing. */
	before: string | null;
	/** Folders that were missing, outermost first. */
	made: string[];
}

const folderOf = (folder: string, version: string): string => `${folder}/${version}`;
const unfinished = (path: string): string => `${path}.part`;
const going = (path: string): string => `${path}.going`;

export const keepProgramStep: StepKindOf<'keep-program', KeptProgram> = {
	kind: 'keep-program',
	async prepare(host, {folder, script, replaces}) {
		if (replaces === null)
			for (const path of [folder, script])
				if ((await host.files.stat(path)) !== null)
					throw new KataSetupError('undone', `${path} is there already, and no run of kata-setup knows it.`, {
						why: 'What kata-setup did not make it neither uses nor removes.',
						remedy: `Look at it, then move it away: mv ${path} ${path}.old`,
					});
		return {version: kataSetupVersion, before: replaces, made: await missingFolders(host, dirname(folder))};
	},
	async perform(host, {folder, script}, context) {
		const program = folderOf(folder, kataSetupVersion);
		const part = unfinished(program);
		await makeFolders(host, folder);
		await host.files.removeTree(part);
		await host.files.makeDirectory(part);
		for (const path of await packageFiles()) {
			context.signal.throwIfAborted();
			await makeFolders(host, dirname(`${part}/${path}`));
			await host.files.write(`${part}/${path}`, await readPackageFile(path), {mode: 0o644});
		}
		const own = host.kind === 'real' ? await systemNode() : process.execPath;
		if (own === null) await keepNode(host, `${part}/node`, context.signal);
		await host.files.flush(part);
		await host.files.removeTree(program);
		await host.files.rename(part, program);
		const text = uninstallScript({version: kataSetupVersion, program, node: own ?? `${program}/node`});
		await host.files.write(script, text, {mode: 0o755});
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
		if (before !== null) {
			await host.files.removeTree(unfinished(folderOf(folder, version)));
			if (found?.version !== version) await host.files.removeTree(folderOf(folder, version));
			return [];
		}
		// First out of the script's reach, so that it never runs half a program; itself last, so that it can say so.
		const program = folderOf(folder, version);
		if ((await host.files.stat(program)) !== null) await host.files.rename(program, going(program));
		await host.files.removeTree(folder);
		const isOurs = found !== null || (await host.files.stat(script)) === null;
		if (isOurs) await host.files.remove(script);
		return [
			...(isOurs ? [] : [`${script} stays: it was changed since kata-setup wrote it.`]),
			...(await removeFolders(host, made)),
		];
	},
};

/** A Node is a hundred megabytes: copied as a stream, on the disk with the rest. */
async function keepNode(host: Host, path: string, signal: AbortSignal): Promise<void> {
	await pipeline(createReadStream(runningNode), host.files.writeStream(path, {mode: 0o755}), {signal});
	await host.files.chmod(path, 0o755);
}
