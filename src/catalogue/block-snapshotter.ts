/**
 * Which containerd snapshotter gives Firecracker's containers their files as a block device: one that is ready, one that
 * kata-setup can set up, blockfile first, or none and why. Pure.
 */
import type {BlockToolFacts, ContainerdFacts, Facts} from '../facts/facts.ts';
import {loadingRefused} from '../facts/machine/module-loading.ts';
import {formatGib} from '../format.ts';
import {poolUnit, stateFolder} from '../layout.ts';
import {atLeast} from './version.ts';

export type BlockSnapshotter =
	/** It works already; kata-setup only selects it for its handler. */
	| {state: 'ready'; name: string}
	/** The plan sets it up and selects it. */
	| {state: 'set-up'; name: 'blockfile' | 'devmapper'}
	/** `reason` in one clause, `remedy` beginning with a verb. */
	| {state: 'none'; reason: string; remedy: string};

/** What keeps a snapshotter from being set up. */
interface Lack {
	/** What follows after `needs a block snapshotter`, with its comma or conjunction. */
	reason: string;
	remedy: string;
}

/** The containerd snapshotters that give a container's files as a block device, the preferred one first. */
const names = ['blockfile', 'devmapper'];

/** containerd has the plugin blockfile, and a snapshotter for one handler, since then. Source: its release notes. */
export const blockfileSince = '1.7.0';

/** What a scratch file may measure, in GiB: what is copied when containerd starts and for each layer and container. */
export const blockfileSizes = {least: 1, usual: 1, most: 16} as const;

/** What the pool of devmapper may measure, in GiB: its file has holes, and grows as containers write. */
export const poolSizes = {least: 4, usual: 20, most: 4096} as const;

/** The containerd that will be configured, if there is one. */
const ownContainerd = ({containerd}: Facts): ContainerdFacts | undefined =>
	containerd.find(({ownedBy}) => ownedBy === null);

/** The block snapshotter that a handler of ours gets on this host. */
export function blockSnapshotterFor(facts: Facts): BlockSnapshotter {
	const containerd = ownContainerd(facts);
	if (!containerd)
		return none({
			reason: facts.docker ? ', which Docker cannot choose for one runtime' : ' in a containerd of its own',
			remedy: 'install and start containerd 1.7 or newer',
		});
	const {snapshotters} = containerd;
	const ready = names.find(name => snapshotters?.[name] === 'ok');
	if (ready) return {state: 'ready', name: ready};
	const lack = lackOfBoth(facts, containerd);
	if (lack) return none(lack);
	// Where its plugins cannot be listed, a containerd of today has it; the run itself looks as root.
	if (snapshotters !== null && snapshotters.blockfile === undefined) {
		const lacking = lackOfDevmapper(facts, snapshotters.devmapper, containerd);
		return lacking ? none(lacking) : {state: 'set-up', name: 'devmapper'};
	}
	return {state: 'set-up', name: 'blockfile'};
}

const none = ({reason, remedy}: Lack): BlockSnapshotter => ({
	state: 'none',
	reason: `needs a block snapshotter${reason}`,
	remedy,
});

/** What keeps either from being set up. */
function lackOfBoth(facts: Facts, {version, snapshotters, config}: ContainerdFacts): Lack | null {
	if (!atLeast(version, blockfileSince))
		return snapshotters === null
			? {reason: '; only root can see whether there is one', remedy: 'look again with sudo'}
			: {
					reason: `, and containerd ${version} has no blockfile`,
					remedy: 'take containerd 1.7 or newer, or set up devmapper',
				};
	const blockfile = snapshotters?.blockfile;
	if (blockfile !== undefined && blockfile !== 'skip')
		return {
			reason: `, and blockfile is there in state \`${blockfile}\``,
			remedy: "mend its section in containerd's configuration, or remove it",
		};
	if (config.criDisabled)
		return {
			reason: ', which is set up only beside a CRI handler, and CRI is switched off',
			remedy: "take cri out of containerd's disabled_plugins, or set up blockfile",
		};
	const {mkfsExt4, loop} = facts.blockTools ?? {mkfsExt4: null, loop: true};
	if (facts.blockTools && mkfsExt4 === null)
		return {reason: ', and there is no mkfs.ext4 to set one up', remedy: 'install e2fsprogs'};
	if (!loop) return {reason: ', and there are no loop devices for one', remedy: 'load the module: modprobe loop'};
	return null;
}

/** What keeps devmapper from being set up where there is no blockfile. `state`: its own, in `ctr plugins ls`. */
function lackOfDevmapper(facts: Facts, state: string | undefined, {unit}: ContainerdFacts): Lack | null {
	const lacking = (reason: string, remedy: string): Lack => ({
		reason: `: this containerd has no blockfile, and ${reason}`,
		remedy,
	});
	const pool = facts.blockTools?.thinPool;
	if (state === undefined) return lacking('no devmapper either', 'take a containerd that was built with one of them');
	if (state !== 'skip')
		return pool?.dataBytes === undefined
			? lacking(
					`devmapper is there in state \`${state}\``,
					"mend its pool or its section in containerd's configuration",
				)
			: lacking('the pool of its devmapper is not there', `see why: systemctl status ${poolUnit}`);
	if (!facts.systemd)
		return lacking(
			'without systemd nothing would put the pool of devmapper together at boot',
			'take a containerd with blockfile, or set up a pool of your own',
		);
	if (unit === null)
		return lacking(
			'systemd, which would put the pool of devmapper together before it, does not start it',
			'run containerd as a systemd unit',
		);
	if (!pool)
		return lacking('whether this host can have a pool for devmapper is not known', 'look again: kata-setup check');
	if (pool.module === 'absent')
		return lacking('this kernel has no dm_thin_pool for devmapper', 'take a containerd with blockfile');
	const refused = pool.module === 'loadable' ? loadingRefused(facts, 'dm_thin_pool') : null;
	if (refused)
		return lacking('dm_thin_pool, which devmapper needs, cannot be loaded here', 'take a containerd with blockfile');
	if (pool.dmsetup === null)
		return lacking('there is no dmsetup for devmapper', 'install dmsetup (device-mapper on Fedora and its kin)');
	if (pool.losetup === null || pool.blkdiscard === null)
		return lacking('there is no losetup or blkdiscard for devmapper', 'install util-linux');
	const room = lackOfRoom(facts, pool);
	return room === null ? null : lacking(room, `make room in ${stateFolder}`);
}

/** The least pool has to fit: its file has holes, but what containers write must not fill the host's disk. */
function lackOfRoom(facts: Facts, {dataBytes}: NonNullable<BlockToolFacts['thinPool']>): string | null {
	const free = freeForPool(facts);
	const least = poolSizes.least * 2 ** 30;
	if (dataBytes !== undefined || free === null || free >= least) return null;
	return `the least pool for devmapper takes ${formatGib(least)}, and ${formatGib(free)} are free`;
}

/** What stays free for others on the pool's file system, in bytes. */
const spare = 2 ** 30;

/** The bytes that a pool may measure here; null if the file system did not say. */
export function freeForPool({space}: Facts): number | null {
	const free = space.find(({path}) => path === stateFolder)?.freeBytes ?? null;
	return free === null ? null : free - spare;
}

/** The snapshotter that a container of Firecracker is run with once the plan was carried out; null: there is none. */
export function blockSnapshotter(facts: Facts): string | null {
	const found = blockSnapshotterFor(facts);
	return found.state === 'none' ? null : found.name;
}
