/**
 * Takes away everything of the smoke test: containers, tasks and snapshots with our ids in our namespace, the image, the
 * namespace, and processes of sandboxes that their engine has lost. What is not ours is left alone, and what stays is said.
 */
import {type ProcessFacts, quietly, readProcesses} from '../facts/processes.ts';
import type {Host} from '../host/host.ts';
import {containerdNamespace} from '../layout.ts';
import {idPrefix, until} from './container.ts';
import {type Ctr, ctrOn, namesFrom} from './ctr.ts';
import {smokeImage} from './image.ts';

export interface CleanUpOptions {
	ctr: string;
	address: string;
	/** The shim that was run and the tree that it belongs to: how a process of the test is known, beside its id. */
	shim: string;
	tree: string;
	snapshotter: string | null;
}

/** A shim that was asked to go may wait for its VM. */
const goneMs = 5000;
/** containerd collects what an image leaves behind a moment after it is removed. */
const collectedMs = 10_000;

/** Where Kata keeps a sandbox's state while it runs, a folder by id (rust; go; both). */
const stateFolders = [
	'/run/kata',
	'/run/vc/sbs',
	'/run/vc/vm',
	'/run/vc/firecracker',
	'/run/kata-containers/shared/sandboxes',
];

/** @returns what could not be taken away, in words; usually empty */
export async function cleanUp(host: Host, options: CleanUpOptions): Promise<string[]> {
	const ctr = ctrOn(host, options);
	// Dialling a socket that is not there takes ctr ten seconds.
	const answers = (await quietly(host.files.stat(options.address))) !== null && (await namespaces(ctr)) !== null;
	const ids = answers ? await ourIds(ctr, options) : [];
	for (const id of ids) await endTask(ctr, id);
	await endProcesses(host, options);
	for (const id of ids) {
		await ctr(['tasks', 'rm', '-f', id]);
		await ctr(['containers', 'rm', id]);
		await ctr([...snapshots(options), 'rm', id]);
	}
	return [...(answers ? await emptyNamespace(host, ctr, options) : [unanswered]), ...(await outside(host, options))];
}

const unanswered = `containerd does not answer, so nobody can look whether its namespace ${containerdNamespace} is empty.`;

/** The image and the namespace. @returns why the namespace stays; usually empty */
async function emptyNamespace(host: Host, ctr: Ctr, options: CleanUpOptions): Promise<string[]> {
	if (!(await namespaces(ctr))?.includes(containerdNamespace)) return [];
	await ctr(['images', 'rm', '--sync', smokeImage]);
	const gone = await until(
		host,
		async () => {
			await ctr(['namespaces', 'rm', containerdNamespace]);
			return (await namespaces(ctr))?.includes(containerdNamespace) === false;
		},
		collectedMs,
	);
	return gone ? [] : [await whyItStays(ctr, options)];
}

const snapshots = ({snapshotter}: CleanUpOptions): string[] => [
	'snapshots',
	...(snapshotter === null ? [] : ['--snapshotter', snapshotter]),
];

/** Containers, tasks and snapshots are listed apart: a test that was killed may have left any of them. */
async function ourIds(ctr: Ctr, options: CleanUpOptions): Promise<string[]> {
	const listings = [
		['containers', 'ls', '-q'],
		['tasks', 'ls', '-q'],
		[...snapshots(options), 'ls'],
	];
	const names: string[] = [];
	for (const listing of listings) names.push(...((await namesFrom(ctr, listing)) ?? []));
	return [...new Set(names.filter(name => name.startsWith(idPrefix)))];
}

async function endTask(ctr: Ctr, id: string): Promise<void> {
	await ctr(['tasks', 'kill', '-s', 'SIGKILL', id]);
	await ctr(['tasks', 'rm', '-f', id]);
}

/** Processes of our sandboxes by id, and by where their program lies: a shim, a hypervisor, a helper of theirs. */
async function ourProcesses(host: Host, {shim, tree}: CleanUpOptions): Promise<ProcessFacts[]> {
	const root = (await quietly(host.files.realPath(tree))) ?? tree;
	const isOfKata = ({argv, exe}: ProcessFacts): boolean =>
		[exe ?? '', ...argv].some(word => word === shim || word.startsWith(`${root}/`));
	return (await readProcesses(host)).filter(
		process => process.argv.some(word => word.includes(idPrefix)) && isOfKata(process),
	);
}

async function endProcesses(host: Host, options: CleanUpOptions): Promise<void> {
	if (await until(host, async () => (await ourProcesses(host, options)).length === 0, goneMs)) return;
	for (const {pid} of await ourProcesses(host, options)) await host.run('kill', ['-KILL', `${pid}`]);
	await until(host, async () => (await ourProcesses(host, options)).length === 0, goneMs);
}

const namespaces = (ctr: Ctr): Promise<string[] | null> => namesFrom(ctr, ['namespaces', 'ls', '-q']);

async function whyItStays(ctr: Ctr, options: CleanUpOptions): Promise<string> {
	const holds: string[] = [];
	for (const [what, listing] of [
		['containers', ['containers', 'ls', '-q']],
		['images', ['images', 'ls', '-q']],
		['snapshots', [...snapshots(options), 'ls']],
	] as const) {
		const names = await namesFrom(ctr, listing);
		// The listing of snapshots has a heading.
		if (names && names.filter(name => name !== 'KEY').length > 0) holds.push(what);
	}
	const held = holds.length > 0 ? `: it holds ${holds.join(' and ')}` : '';
	return `The containerd namespace ${containerdNamespace} could not be removed${held}.`;
}

/** Processes, and what Kata keeps of a sandbox while it runs. */
async function outside(host: Host, options: CleanUpOptions): Promise<string[]> {
	const left = (await ourProcesses(host, options)).map(({pid, argv}) => `Process ${pid} (${argv[0]}) did not end.`);
	for (const folder of stateFolders)
		for (const name of (await quietly(host.files.list(folder))) ?? [])
			if (name.startsWith(idPrefix)) left.push(`${folder}/${name} is left of a sandbox that is gone.`);
	return left;
}
