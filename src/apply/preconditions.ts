/** Checks that the host still is what a plan was made for, before the first effect. */
import {dirname} from 'node:path';
import {KataSetupError} from '../errors.ts';
import {readContainerd} from '../facts/engines/engines.ts';
import {kataProcessesProbe} from '../facts/kata/kata-processes.ts';
import {pathState} from '../facts/path-state.ts';
import {readError} from '../host/disk-errors.ts';
import type {Host} from '../host/host.ts';
import {SandboxesRun, sandboxesFrom, treesToGo} from '../plan/parts/sandboxes.ts';
import type {Precondition, Step} from '../plan/plan.ts';
import {digestOfFile} from '../release/digest.ts';
import {readJournal} from './journal.ts';
import {foldJournal, sequenceOf} from './receipt.ts';
import {refuseSnapshots} from './refuse-snapshots.ts';

/**
 * @throws KataSetupError (`changed`), with one line of evidence for each precondition that no longer holds;
 * `privileges` if root is needed and we are not, `sandboxes` if some run from what goes, `host` for what cannot be read
 */
export async function checkPreconditions(host: Host, preconditions: readonly Precondition[]): Promise<void> {
	const changed: string[] = [];
	await refuseRunning(host, treesToGo(preconditions));
	for (const precondition of preconditions) {
		const difference = await differenceFrom(host, precondition).catch((error: unknown) => {
			throw readError(error);
		});
		if (difference) changed.push(difference);
	}
	if (changed.length === 0) return;
	throw new KataSetupError('changed', 'The host is not as it was when this plan was made; nothing was done.', {
		why: changed.join('; '),
		remedy: 'Make a new plan and look at it again.',
		evidence: changed,
	});
}

/** What is otherwise than the precondition says, in words; null if it holds. */
async function differenceFrom(host: Host, precondition: Precondition): Promise<string | null> {
	switch (precondition.kind) {
		case 'root':
			if (host.kind === 'rehearsal' || process.getuid?.() === 0) return null;
			throw new KataSetupError('privileges', 'Root is needed to change this host.', {
				remedy: 'Run the same command as root.',
			});
		case 'machine': {
			const {stdout} = await host.run('uname', ['-m']);
			return stdout.trim() === precondition.machine ? null : `this is ${stdout.trim()}, not ${precondition.machine}`;
		}
		case 'sequence': {
			const now = sequenceOf(foldJournal(await readJournal(host)));
			return now === precondition.sequence ? null : 'another run of kata-setup changed this host in between';
		}
		case 'no-sandboxes':
			// All trees at once, before the others.
			return null;
		case 'no-snapshots':
			await refuseSnapshots(host, precondition);
			return null;
		case 'path': {
			const found = await pathState(host, precondition.path);
			return found === precondition.state
				? null
				: `${precondition.path} is ${shortState(found)}, not ${shortState(precondition.state)}`;
		}
		case 'space': {
			const {free, on} = await spaceFor(host, precondition.path);
			if (free >= precondition.bytes) return null;
			throw new KataSetupError('host', `There is too little free space for ${precondition.path}.`, {
				why: `${megabytes(precondition.bytes)} are needed on the file system of ${on}, ${megabytes(free)} are free.`,
				remedy: `Make room there, for example find what is large with: du -xhd1 ${on}`,
			});
		}
		case 'file-digest': {
			const found = await digestOf(host, precondition.path);
			return found === precondition.sha256 ? null : `${precondition.path} hashes to ${found ?? 'nothing: it is gone'}`;
		}
		case 'containerd': {
			const {binary, version, config} = precondition;
			const all = await readContainerd(host);
			if (all.some(found => found.binary === binary && found.version === version && found.config.path === config))
				return null;
			return `no containerd ${version} with ${config} is running`;
		}
	}
}

/**
 * @throws KataSetupError (`sandboxes`) naming every sandbox that runs from a tree of which a precondition says none does
 */
export const refuseSandboxes = (host: Host, steps: readonly Pick<Step, 'pre'>[]): Promise<void> =>
	refuseRunning(host, treesToGo(steps.flatMap(({pre}) => pre)));

async function refuseRunning(host: Host, trees: readonly string[]): Promise<void> {
	if (trees.length === 0) return;
	const running = sandboxesFrom(await kataProcessesProbe.read(host), trees);
	if (running.length > 0) throw new SandboxesRun(running, trees);
}

const shortState = (state: string): string => state.replace(/^(file:[0-9a-f]{12})[0-9a-f]+$/, '$1…');

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

async function spaceFor(host: Host, path: string): Promise<{free: number; on: string}> {
	let on = path;
	while (on !== '/' && (await host.files.stat(on)) === null) on = dirname(on);
	return {free: (await host.files.space(on)).freeBytes, on};
}

async function digestOf(host: Host, path: string): Promise<string | null> {
	if ((await host.files.stat(path)) === null) return null;
	return digestOfFile(host, path);
}
