/** The part of a plan that sets up devmapper for Firecracker's containers: its pool, and what makes that at every boot. */
import {blockSnapshotterFor, freeForPool, poolSizes} from '../../catalogue/block-snapshotter.ts';
import {poolSectionText} from '../../engines/snapshotter-edit.ts';
import {poolScriptText, poolUnitText} from '../../engines/thin-pool.ts';
import {KataSetupError} from '../../errors.ts';
import type {ContainerdFacts, Facts} from '../../facts/facts.ts';
import {formatGib} from '../../format.ts';
import {
	devmapperRoot,
	poolData,
	poolFolder,
	poolImport,
	poolMetadata,
	poolName,
	poolScript,
	poolSection,
	poolUnit,
	poolUnitFile,
	stateFolder,
} from '../../layout.ts';
import type {Choice} from '../choice.ts';
import {folder, link, makeStep, pathPrecondition} from '../make-step.ts';
import type {PoolSetUp, Step} from '../plan.ts';

const gib = 2 ** 30;

/** Bytes of the pool: of the one that is there, as asked, or 20 GiB, and half of what is free where that is less. */
function poolBytes(facts: Facts, {poolGiB}: Choice): number {
	const there = facts.blockTools?.thinPool?.dataBytes;
	if (there !== undefined) return there;
	if (poolGiB !== undefined) return poolGiB * gib;
	const half = Math.floor((freeForPool(facts) ?? Number.POSITIVE_INFINITY) / 2 / gib);
	return Math.max(poolSizes.least, Math.min(poolSizes.usual, half)) * gib;
}

/**
 * Bytes of the pool's own book-keeping, which must never be full: 1 %, six times what its blocks of 64 KiB need without
 * snapshots (48 bytes each), at least 64 MiB, at most the 16 GiB that the kernel uses. Source: the kernel's thin-provisioning.rst.
 */
const metadataBytes = (data: number): number =>
	Math.min(16 * gib, Math.max(2 ** 26, Math.ceil(data / 100 / 2 ** 20) * 2 ** 20));

/** What one container may hold, in GiB: half of the pool, at most 10, which is what containerd's documentation has. */
const imageGiB = (data: number): number => Math.max(1, Math.min(10, Math.floor(data / 2 / gib)));

/** What containerd is told of a pool of ours. */
export const poolSetUp = (facts: Facts, choice: Choice): PoolSetUp => ({
	poolName,
	rootPath: devmapperRoot,
	baseImageSize: `${imageGiB(poolBytes(facts, choice))}GiB`,
	imports: poolImport,
});

/** The version of the file that has the section: the main file's, or that which a new one gets. */
const sectionVersion = ({version, config}: ContainerdFacts): number =>
	Number.parseInt(version, 10) >= 2 ? (config.version ?? 3) : 2;

/** The pool and what makes it, before containerd is told of it. */
export function poolSteps(facts: Facts, choice: Choice, containerd: ContainerdFacts, notes: string[]): Step[] {
	const data = poolBytes(facts, choice);
	const metadata = metadataBytes(data);
	const there = facts.blockTools?.thinPool?.dataBytes !== undefined;
	const unit = containerd.unit ?? 'containerd.service';
	const wants = `/etc/systemd/system/${unit}.wants`;
	notes.push(
		`This containerd has no blockfile, so Firecracker's containers get their files from the snapshotter devmapper, out of a pool of ${formatGib(data)} in two files. They have holes: the pool takes of the disk what images and containers write, and gives back what is removed. All containers together hold no more than the pool, one no more than ${formatGib(imageGiB(data) * gib)}. ${there ? 'The size is that of the pool which an earlier run made.' : 'Another size: --pool-size GIB.'}`,
		`${poolUnit} makes the pool at every boot, before ${unit} starts. Should it fail, containerd starts without that snapshotter: only Firecracker's containers do not.`,
	);
	return [
		folder(poolFolder, "The devmapper snapshotter's files lie here."),
		makeStep(
			'thin-pool',
			{
				name: poolName,
				data: {path: poolData, bytes: data},
				metadata: {path: poolMetadata, bytes: metadata},
				root: devmapperRoot,
			},
			{
				of: poolName,
				title: `Make the two files of a pool of ${formatGib(data)}`,
				why: 'Firecracker has no shared file system: a container gets its files as a block device, which containerd takes from a pool.',
				undo: 'remove the pool with the images and containers in it, detach its loop devices and remove the files',
				pre: [{kind: 'space', path: stateFolder, bytes: data}],
				cost: {seconds: 1},
			},
		),
		file(
			facts,
			poolScript,
			poolScriptText,
			'Keep what makes the pool of the two files',
			'A pool has to be made anew at every boot.',
		),
		file(
			facts,
			poolSection,
			poolSectionText(sectionVersion(containerd), poolSetUp(facts, choice)),
			"Write containerd's section of the pool",
			'containerd 2.x would have no images and containers at all where a pool is missing: the section is in force only while it is there.',
		),
		file(
			facts,
			poolUnitFile,
			poolUnitText(unit),
			'Have the pool made at every boot',
			`systemd makes it before ${unit} starts, and shows it as failed where it cannot.`,
		),
		folder(wants, `What lies here is started with ${unit}.`),
		link(`${wants}/${poolUnit}`, poolUnitFile, {
			title: `Start it with ${unit}`,
			why: `${unit} wants the pool, and starts without it where it cannot be made.`,
		}),
		makeStep(
			'start-unit',
			{unit: poolUnit},
			{
				of: poolUnit,
				title: 'Make the pool',
				why: 'The same unit makes it now as at every boot.',
				undo: `stop ${poolUnit}`,
				cost: {seconds: 2},
			},
		),
	];
}

const file = (facts: Facts, path: string, content: string, title: string, why: string): Step =>
	makeStep(
		'write-file',
		{path, content, mode: 0o644},
		{of: path, title, why, undo: `remove ${path}`, pre: [pathPrecondition(facts, path)]},
	);

/**
 * @throws KataSetupError (`usage`) for a size that is none; (`host`) for one that does not fit, or where there is no such pool to make
 */
export function refusePoolSize(size: number, facts: Facts, isNeeded: boolean): void {
	const {least, most} = poolSizes;
	if (!isNeeded)
		throw new KataSetupError('usage', '--pool-size goes with Firecracker alone.', {
			remedy: 'Leave it out, or choose --hypervisor firecracker.',
		});
	if (!Number.isInteger(size) || size < least || size > most)
		throw new KataSetupError('usage', `--pool-size ${size} is not a whole number from ${least} to ${most} (GiB).`, {
			why: 'All images and containers of Firecracker share it.',
		});
	const found = blockSnapshotterFor(facts);
	const there = facts.blockTools?.thinPool?.dataBytes;
	if (there === size * gib) return;
	if (there !== undefined)
		throw new KataSetupError('host', `--pool-size cannot be ${size} here any more.`, {
			why: `An earlier run made the pool of ${formatGib(there)}, in which images and containers may lie.`,
			remedy: [
				'Leave the flag out to keep that size.',
				`For another size: kata-setup uninstall, then kata-setup install --hypervisor firecracker --pool-size ${size}`,
			],
		});
	if (found.state === 'none') return;
	if (found.state === 'ready' || found.name !== 'devmapper')
		throw new KataSetupError('host', '--pool-size does not go with this host.', {
			why:
				found.state === 'ready'
					? `The snapshotter ${found.name} works already, and was not set up by kata-setup: the sizes are its own.`
					: 'This containerd has blockfile, which needs no pool.',
			remedy: found.state === 'ready' ? 'Leave the flag out.' : 'Leave the flag out, or take --blockfile-size.',
		});
	const free = freeForPool(facts);
	if (free !== null && free < size * gib)
		throw new KataSetupError('host', `A pool of ${formatGib(size * gib)} does not fit here.`, {
			why: `${formatGib(free)} may be taken in ${stateFolder}: a pool that its disk cannot hold fails in the middle of a container's work.`,
			remedy: `Take a smaller one, up to --pool-size ${Math.floor(free / gib)}, or make room.`,
		});
}
