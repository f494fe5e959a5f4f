/** The part of a plan that gives Firecracker's containers a block snapshotter: what it takes blocks from, and what the handler is told. */
import {blockfileSizes, blockSnapshotterFor} from '../../catalogue/block-snapshotter.ts';
import {pairEntry} from '../../catalogue/catalogue.ts';
import {atLeast} from '../../catalogue/version.ts';
import {KataSetupError} from '../../errors.ts';
import type {ContainerdFacts, Facts} from '../../facts/facts.ts';
import {formatGib} from '../../format.ts';
import {blockfileFolder, blockfileRoot, scratchFile} from '../../layout.ts';
import type {Choice} from '../choice.ts';
import {folder, makeStep, pathPrecondition} from '../make-step.ts';
import type {HandlerSnapshotter, Step} from '../plan.ts';
import {poolSetUp, poolSteps, refusePoolSize} from './thin-pool.ts';

/** Per-handler snapshotters came to the CRI plugin with containerd 1.7. */
const perHandlerSince = '1.7.0';

/**
 * What the handler in containerd is told; undefined: nothing, as for a pair that shares files with its guest.
 * @param notes gets what the person must know
 */
export function handlerSnapshotter(
	facts: Facts,
	choice: Choice,
	containerd: ContainerdFacts,
	notes: string[],
): HandlerSnapshotter | undefined {
	if (!pairEntry(choice).needsBlockSnapshotter) return undefined;
	const found = blockSnapshotterFor(facts);
	if (found.state === 'none') return undefined;
	// What an earlier run of ours set up stays in the configuration that is written anew.
	if (found.state === 'set-up' || (facts.installation !== null && isThere(facts, found.name)))
		return {
			name: found.name,
			setUp: found.name === 'devmapper' ? poolSetUp(facts, choice) : {rootPath: blockfileRoot, scratchFile},
		};
	if (atLeast(containerd.version, perHandlerSince)) return {name: found.name, setUp: null};
	notes.push(
		`containerd ${containerd.version} cannot choose a snapshotter for one handler: give \`--snapshotter ${found.name}\` to ctr and nerdctl; pods cannot use Firecracker here.`,
	);
	return undefined;
}

/** Whether what a run of ours makes for a snapshotter is there. */
function isThere({blockTools}: Facts, snapshotter: string): boolean {
	const {scratchBytes, thinPool} = blockTools ?? {};
	return (snapshotter === 'devmapper' ? thinPool?.dataBytes : scratchBytes) !== undefined;
}

/**
 * What the snapshotter takes blocks from, before containerd is told of it. No steps where one works already.
 * @throws KataSetupError (`usage`, `host`) for a size that is none, or that cannot be had here
 */
export function blockSnapshotterSteps(
	facts: Facts,
	choice: Choice,
	containerd: ContainerdFacts,
	notes: string[],
): Step[] {
	const {blockfileGiB, poolGiB} = choice;
	const isNeeded = pairEntry(choice).needsBlockSnapshotter ?? false;
	if (blockfileGiB !== undefined) refuseSize(blockfileGiB, isNeeded);
	if (poolGiB !== undefined) refusePoolSize(poolGiB, facts, isNeeded);
	if (!isNeeded) return [];
	if (blockfileGiB !== undefined) refuseOtherSize(blockfileGiB, facts);
	const found = blockSnapshotterFor(facts);
	if (found.state !== 'set-up') return [];
	return found.name === 'devmapper'
		? poolSteps(facts, choice, containerd, notes)
		: blockfileSteps(facts, choice, notes);
}

/** The formatted file that blockfile copies. */
function blockfileSteps(facts: Facts, {blockfileGiB}: Choice, notes: string[]): Step[] {
	const there = facts.blockTools?.scratchBytes;
	const bytes = there ?? (blockfileGiB ?? blockfileSizes.usual) * 2 ** 30;
	notes.push(
		`Firecracker's containers get their files from the snapshotter blockfile: each layer of an image and each container is a file of ${formatGib(bytes)} that is wholly on disk, and no container holds more. ${there === undefined ? 'Another size: --blockfile-size GIB.' : 'The size is that of the file which an earlier run made.'}`,
	);
	if (facts.installation && isThere(facts, 'blockfile')) return [];
	return [
		folder(blockfileFolder, "The blockfile snapshotter's files lie here."),
		makeStep(
			'scratch-file',
			{path: scratchFile, bytes, mkfs: facts.blockTools?.mkfsExt4 ?? 'mkfs.ext4', root: blockfileRoot},
			{
				of: scratchFile,
				title: `Make a file of ${formatGib(bytes)} with an empty ext4 in it`,
				why: 'Firecracker has no shared file system: a container gets its files as a block device, which containerd makes as a copy of this file. It needs nothing at boot.',
				undo: 'remove the file, and the copies that no one else uses',
				pre: [
					pathPrecondition(facts, scratchFile),
					// containerd's own copy of it, and those of the smoke test: one layer, and one container.
					{kind: 'space', path: '/var/lib', bytes: 4 * bytes},
				],
				cost: {diskBytes: bytes, seconds: 2},
			},
		),
	];
}

/**
 * containerd copied the file when it first started with it, and makes every layer and container out of that copy: what is
 * there keeps its size, and another file would be read by nobody.
 */
function refuseOtherSize(size: number, facts: Facts): void {
	const {scratchBytes} = facts.blockTools ?? {};
	const found = blockSnapshotterFor(facts);
	if (scratchBytes === undefined) {
		if (found.state === 'none' || (found.state === 'set-up' && found.name === 'blockfile')) return;
		const isOurs = found.state === 'set-up' || isThere(facts, found.name);
		throw new KataSetupError('host', `--blockfile-size cannot be ${size} here.`, {
			why: isOurs
				? 'This containerd has no blockfile: its containers get their files from the snapshotter devmapper.'
				: `The snapshotter ${found.name} works already, and was not set up by kata-setup: the sizes are its own.`,
			remedy: isOurs ? 'Leave the flag out, or take --pool-size.' : 'Leave the flag out.',
		});
	}
	if (scratchBytes === size * 2 ** 30) return;
	throw new KataSetupError('host', `--blockfile-size cannot be ${size} here any more.`, {
		why: `An earlier run made the file of ${formatGib(scratchBytes)}, of which containerd has its copy: layers and containers keep that size.`,
		remedy: [
			'Leave the flag out to keep that size.',
			`For another size: kata-setup uninstall, then kata-setup install --hypervisor firecracker --blockfile-size ${size}`,
		],
	});
}

function refuseSize(size: number, isNeeded: boolean): void {
	const {least, most} = blockfileSizes;
	if (!isNeeded)
		throw new KataSetupError('usage', '--blockfile-size goes with Firecracker alone.', {
			remedy: 'Leave it out, or choose --hypervisor firecracker.',
		});
	if (Number.isInteger(size) && size >= least && size <= most) return;
	throw new KataSetupError('usage', `--blockfile-size ${size} is not a whole number from ${least} to ${most} (GiB).`, {
		why: 'containerd copies that much for each layer and container, and once when it starts: about 5 s for each GiB.',
	});
}
