/**
 * The rehearsal: the whole journey with the real probes, plan, journal, worker and screens, in a throwaway root that
 * holds a model server. Nothing outside that root is touched, no root rights and no network are needed, and no VM runs.
 */
import {createHash} from 'node:crypto';
import * as fs from 'node:fs/promises';
import {machine as machineOf, tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {assetPath} from '../assets.ts';
import type {Pair} from '../catalogue/catalogue.ts';
import {errnoOf, KataSetupError} from '../errors.ts';
import {type Architecture, architectures} from '../facts/facts.ts';
import {makeFolders} from '../host/folders.ts';
import type {Host, RunCommand} from '../host/host.ts';
import {createRootedHost} from '../host/rooted.ts';
import {journalFile, lockFile} from '../layout.ts';
import {modelServer, rehearsedRelease} from './model-server.ts';
import {standInCommands} from './stand-in-commands.ts';

export interface Rehearsal {
	root: string;
	host: Host;
}

/** Marks a folder as a rehearsal's root, so that no other folder is ever taken for one. */
const marker = '.kata-setup-rehearsal';

/** The machine that is rehearsed: this one's architecture where Kata knows it, else the most common. */
export const rehearsedMachine = (): Architecture => architectures.find(name => name === machineOf()) ?? 'x86_64';

/**
 * A new throwaway root with a model server in it, or an earlier one.
 * @param given an earlier rehearsal's root, or a folder that is absent or empty
 * @throws KataSetupError (`usage`) if `given` holds anything else
 */
export async function openRehearsal(given: string | null): Promise<Rehearsal> {
	const root = given === null ? await fs.mkdtemp(join(tmpdir(), 'kata-setup-rehearsal-')) : resolve(given);
	const machine = rehearsedMachine();
	let commands: RunCommand | null = null;
	const host = createRootedHost({
		root,
		kind: 'rehearsal',
		run: (file, args, options) => {
			commands ??= standInCommands(host.files, machine);
			return commands(file, args, options);
		},
	});
	const names = await namesIn(root);
	if (names?.includes(marker)) return {root, host};
	if (names && names.length > 0)
		throw new KataSetupError('usage', `${root} is not the root of a rehearsal.`, {
			why: 'A rehearsal writes only into a folder that it made itself.',
			remedy: 'Name an empty folder, or leave --root out.',
		});
	await fs.mkdir(root, {recursive: true});
	for (const [path, content] of Object.entries(modelServer(machine))) await place(join(root, path), content);
	await fs.writeFile(
		join(root, marker),
		'A throwaway root of `kata-setup --rehearse`. It can be deleted at any time.\n',
	);
	return {root, host};
}

/**
 * Removes a rehearsal's root in which no run was begun.
 * @returns whether it is gone
 */
export async function dropUnused(root: string): Promise<boolean> {
	for (const trace of [journalFile, lockFile]) if ((await namesIn(dirname(join(root, trace))))?.length) return false;
	await fs.rm(root, {recursive: true, force: true});
	return true;
}

async function namesIn(folder: string): Promise<string[] | null> {
	try {
		return await fs.readdir(folder);
	} catch (error) {
		if (errnoOf(error) === 'ENOENT') return null;
		throw error;
	}
}

async function place(path: string, content: string): Promise<void> {
	await fs.mkdir(dirname(path), {recursive: true});
	if (content.startsWith('link:')) await fs.symlink(content.slice('link:'.length), path);
	else await fs.writeFile(path, content);
}

/** The miniature release's archive for a pair, put into the root as a downloaded file would be. */
export async function rehearsalArchives(
	host: Host,
	architecture: Architecture,
	{runtime}: Pair,
): Promise<{path: string; sha256: string}[]> {
	const name = rehearsedRelease(architecture, runtime);
	const bytes = await fs.readFile(assetPath(`rehearsal/${name}`));
	const path = `/srv/kata-release/${name}`;
	await makeFolders(host, dirname(path));
	await host.files.write(path, bytes);
	return [{path, sha256: createHash('sha256').update(bytes).digest('hex')}];
}
