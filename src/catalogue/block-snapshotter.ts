/**
 * Which containerd snapshotter gives Firecracker's containers their files as a block device: one that is ready, blockfile
 * where kata-setup can set it up, or none and why. Pure.
 */
import type {ContainerdFacts, Facts} from '../facts/facts.ts';
import {atLeast} from './version.ts';

export type BlockSnapshotter =
	/** It works already; kata-setup only selects it for its handler. */
	| {state: 'ready'; name: string}
	/** The plan sets up blockfile and selects it. */
	| {state: 'set-up'; name: 'blockfile'}
	/** `reason` in one clause, `remedy` beginning with a verb. */
	| {state: 'none'; reason: string; remedy: string};

/** The containerd snapshotters that give a container's files as a block device, the preferred one first. */
const names = ['blockfile', 'devmapper'];

/** containerd has the plugin blockfile since then. Source: its release notes; 1.6 has no such row in `ctr plugins ls`. */
export const blockfileSince = '1.7.0';

/** The containerd that will be configured, if there is one. */
const ownContainerd = ({containerd}: Facts): ContainerdFacts | undefined =>
	containerd.find(({ownedBy}) => ownedBy === null);

/** The block snapshotter that a handler of ours gets on this host. */
export function blockSnapshotterFor(facts: Facts): BlockSnapshotter {
	const containerd = ownContainerd(facts);
	const none = (reason: string, remedy: string): BlockSnapshotter => ({state: 'none', reason, remedy});
	if (!containerd)
		return none(
			facts.docker
				? 'needs a block snapshotter, which Docker cannot choose for one runtime'
				: 'needs a block snapshotter in a containerd of its own',
			'install and start containerd 1.7 or newer',
		);
	const {snapshotters, version, config} = containerd;
	const ready = names.find(name => snapshotters?.[name] === 'ok');
	if (ready) return {state: 'ready', name: ready};
	if (!atLeast(version, blockfileSince))
		return snapshotters === null
			? none('needs a block snapshotter; only root can see whether there is one', 'look again with sudo')
			: none(
					`needs a block snapshotter, and containerd ${version} has no blockfile`,
					'take containerd 1.7 or newer, or set up devmapper',
				);
	if (snapshotters !== null && snapshotters.blockfile !== 'skip')
		return snapshotters.blockfile === undefined
			? none('needs a block snapshotter, and this containerd was built without blockfile', 'set up devmapper')
			: none(
					`needs a block snapshotter, and blockfile is there in state \`${snapshotters.blockfile}\``,
					"mend its section in containerd's configuration, or remove it",
				);
	if (config.criDisabled)
		return none(
			'needs a block snapshotter, which is set up only beside a CRI handler, and CRI is switched off',
			"take cri out of containerd's disabled_plugins, or set up blockfile",
		);
	const {mkfsExt4, loop} = facts.blockTools ?? {mkfsExt4: null, loop: true};
	if (facts.blockTools && mkfsExt4 === null)
		return none('needs a block snapshotter, and there is no mkfs.ext4 to set up blockfile', 'install e2fsprogs');
	if (!loop)
		return none(
			'needs a block snapshotter, and there are no loop devices for blockfile',
			'load the module: modprobe loop',
		);
	return {state: 'set-up', name: 'blockfile'};
}

/** The snapshotter that a container of Firecracker is run with once the plan was carried out; null: there is none. */
export function blockSnapshotter(facts: Facts): string | null {
	const found = blockSnapshotterFor(facts);
	return found.state === 'none' ? null : found.name;
}

/** What a scratch file may measure, in GiB: what is copied when containerd starts and for each layer and container. */
export const blockfileSizes = {least: 1, usual: 1, most: 16} as const;
