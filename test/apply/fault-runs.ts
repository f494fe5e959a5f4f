/** Runs of the model server's install, switch and uninstall with a fault in the host: what came of each, and what the root then holds. */
import {existsSync} from 'node:fs';
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {UnstampedEvent} from '../../src/apply/events.ts';
import {executePlan, type RunResult} from '../../src/apply/executor.ts';
import {readJournal} from '../../src/apply/journal.ts';
import {foldJournal, installationOf, sequenceOf} from '../../src/apply/receipt.ts';
import {gatherFacts} from '../../src/facts/gather.ts';
import {type Fault, faultyHost, type Watched} from '../../src/host/fault.ts';
import type {Host} from '../../src/host/host.ts';
import {planChange} from '../../src/plan/change.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {openRehearsal, rehearsalArchives, rehearsedMachine} from '../../src/rehearsal/rehearsal.ts';
import {releaseFromFiles} from '../../src/release/files.ts';

/** Path → type and mode, with the content or the target. Our own state is no part of it. */
export type Tree = Record<string, string>;

export interface FaultRun {
	result: RunResult;
	events: UnstampedEvent[];
	watched: Watched;
	tree: Tree;
	root: string;
	host: Host;
}

/** A flush to the disk is not what is tested here, and a thousand of them take minutes. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const pair = {runtime: 'rust', hypervisor: 'qemu'} as const;

/** What a run does, from a root that is ready for it to one where it is done. */
export interface FaultVerb {
	name: string;
	plan: Plan;
	/** Where it starts from, and where it ends undisturbed. */
	from: string;
	before: Tree;
	after: Tree;
	/** How often each call is made, undisturbed. */
	calls: Watched['calls'];
}

/** Makes the roots and plans once; `close` removes them. Every later run is on a copy. */
export async function prepareVerbs(): Promise<{verbs: FaultVerb[]; folder: string; close: () => Promise<void>}> {
	const folder = await fs.mkdtemp(join(place, 'kata-setup-faults-'));
	const bare = join(folder, 'bare');
	const {host} = await openRehearsal(bare);
	const archives = await rehearsalArchives(host, rehearsedMachine(), pair);
	const release = await releaseFromFiles({
		host,
		...pair,
		architecture: rehearsedMachine(),
		files: archives.map(({path}) => path),
		sha256: archives.map(({sha256}) => sha256),
	});
	const choice = {...pair, release, restartEngine: true, defaultPaths: true, smokeTest: true};
	const install = planInstall(await factsOf(host), choice, {rehearsal: true});
	const before = await treeOf(bare);
	const installed = await runOnCopy(bare, install, null);
	if (installed.result.outcome !== 'done') throw new Error(JSON.stringify(installed.result));
	/** A verb that starts from an installation. */
	const after = async (name: string, plan: Plan, {root, tree}: FaultRun): Promise<FaultVerb> => {
		const run = await runOnCopy(root, plan, null);
		if (run.result.outcome !== 'done') throw new Error(`${name}: ${JSON.stringify(run.result)}`);
		return {name, plan, from: root, before: tree, after: run.tree, calls: run.watched.calls};
	};
	const facts = await factsOf(installed.host);
	const another = planChange(facts, {...choice, hypervisor: 'dragonball'}, {verb: 'switch', rehearsal: true});
	return {
		folder,
		verbs: [
			{name: 'install', plan: install, from: bare, before, after: installed.tree, calls: installed.watched.calls},
			await after('switch', another, installed),
			await after('uninstall', await uninstallOf(installed.host), installed),
		],
		close: () => fs.rm(folder, {recursive: true, force: true}),
	};
}

async function factsOf(host: Host) {
	const receipt = foldJournal(await readJournal(host));
	return gatherFacts(host, {kataSetup: 'test', installation: installationOf(receipt), sequence: sequenceOf(receipt)});
}

/** The uninstall of what stands there now. */
export async function uninstallOf(host: Host): Promise<Plan> {
	return planUninstall(await factsOf(host), foldJournal(await readJournal(host)), {rehearsal: true});
}

/** Nothing of ours stands there any more by the journal. */
export async function nothingStands(host: Host): Promise<boolean> {
	return foldJournal(await readJournal(host)).standing.length === 0;
}

let copies = 0;

/** Carries out a plan on a copy of the root `from`, beside it. */
export async function runOnCopy(from: string, plan: Plan, fault: Fault | null): Promise<FaultRun> {
	copies += 1;
	const root = join(from, `../copy-${copies}`);
	await fs.cp(from, root, {recursive: true, verbatimSymlinks: true, preserveTimestamps: true});
	return runIn(root, plan, fault);
}

/** Carries out a plan in a root as it is. */
export async function runIn(root: string, plan: Plan, fault: Fault | null): Promise<FaultRun> {
	const {host} = await openRehearsal(root);
	// Waiting costs no time here: what is waited for never comes.
	let waited = 0;
	const hurried: Host = {
		...host,
		now: () => host.now() + waited,
		sleep: async ms => {
			waited += ms;
		},
	};
	const {host: faulty, watched} = faultyHost(hurried, fault);
	const events: UnstampedEvent[] = [];
	copies += 1;
	const result = await executePlan(faulty, plan, {
		run: `r${copies}`,
		by: 'ops',
		signal: new AbortController().signal,
		emit: event => events.push(event),
	});
	return {result, events, watched, tree: await treeOf(root), root, host};
}

export async function treeOf(root: string): Promise<Tree> {
	const found: Tree = {};
	for (const entry of await fs.readdir(root, {recursive: true, withFileTypes: true})) {
		const physical = join(entry.parentPath, entry.name);
		const path = physical.slice(root.length);
		if (path.startsWith('/var/lib/kata-setup')) continue;
		const mode = ((await fs.lstat(physical)).mode & 0o7777).toString(8);
		const content = entry.isSymbolicLink()
			? await fs.readlink(physical)
			: entry.isFile()
				? await fs.readFile(physical, 'latin1')
				: '/';
		found[path] = `${mode} ${content}`;
	}
	return found;
}
