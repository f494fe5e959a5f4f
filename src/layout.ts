/**
 * Where everything of ours lies. One place, so that the plan, the screens and the documentation say the same paths.
 *
 *     /opt/kata                              link to the active tree, for people and other tools; nothing of ours needs it
 *     /opt/kata-setup/trees/<tree>           one folder for each unpacked release
 *     /opt/kata-setup/{staging,downloads}    work in progress, on the same file system
 *     /opt/kata-setup/uninstall              takes everything away, without npm and without a network
 *     /opt/kata-setup/program/<version>      the kata-setup that it runs, with its Node where the system has none of its own
 *     /opt/kata-setup/kvm-probe              for a moment: a program that proves that programs and VMs run here
 *     /etc/kata-containers/kata-setup/<pair> config.d, the drop-ins of a pair, which outlive releases
 *                     …/<pair>/<tree>        shim, managed configuration and config.d of that pair, all of one tree
 *     /etc/kata-containers/kata-setup/active link to the <pair>/<tree> in force: one rename changes shim, configuration,
 *                                            hypervisor, guest kernel and image together
 *     /var/lib/kata-setup/journal.ndjson     what was done and how to undo it
 *     /var/lib/kata-setup/blockfile          Firecracker: what the snapshotter blockfile copies, and its copies
 *     /var/lib/kata-setup/devmapper          … or the pool of the snapshotter devmapper, made by a systemd unit
 *     /run/kata-setup                        the lock and the worker's socket
 */
import type {Pair, Runtime} from './catalogue/catalogue.ts';
import {pairName} from './catalogue/catalogue.ts';

/** The prefix compiled into every Kata release. */
export const kataPrefix = '/opt/kata';
export const ourPrefix = '/opt/kata-setup';
export const treesFolder = `${ourPrefix}/trees`;
export const stagingFolder = `${ourPrefix}/staging`;
export const proofProgram = `${ourPrefix}/kvm-probe`;
/** The kept kata-setup, one folder a version, and what starts its uninstall. */
export const keptProgramFolder = `${ourPrefix}/program`;
export const keptUninstall = `${ourPrefix}/uninstall`;
export const downloadsFolder = `${ourPrefix}/downloads`;

export const configurationFolder = '/etc/kata-containers/kata-setup';
export const activePairLink = `${configurationFolder}/active`;
/** Stable paths through the active pair's link: what an engine is told, so that a switch needs no engine change. */
export const activeShim = `${activePairLink}/containerd-shim-kata-v2`;
export const activeConfiguration = `${activePairLink}/configuration.toml`;

/** The pair's own folder: its drop-ins in config.d, and a folder for each tree it was set up from. */
export const pairFolder = (pair: Pair): string => `${configurationFolder}/${pairName(pair)}`;

/** The drop-in for this host in a pair's config.d: written by kata-setup, and anew with every change. */
export const hostDropIn = '10-kata-setup.toml';

/** A tree's name from its path. */
export const treeNameOf = (tree: string): string => tree.slice(tree.lastIndexOf('/') + 1);

/** What the link at /opt/kata says when it leads to a tree: relative to /opt. */
export const linkToTree = (tree: string): string => tree.replace('/opt/', '');

/** What `active` points at when a pair of a tree is in force, relative to the folder of the link. */
export const activeTarget = (pair: Pair, tree: string): string => `${pairName(pair)}/${treeNameOf(tree)}`;

/** Where the shim and the configuration of a pair from one tree lie together. */
export const pinnedFolder = (pair: Pair, tree: string): string => `${configurationFolder}/${activeTarget(pair, tree)}`;

/** The shim inside a tree. Source: Kata 4.1.0's release layout; Dragonball is linked into the rust shim. */
export const shimInTree: Record<Runtime, string> = {
	rust: 'runtime-rs/bin/containerd-shim-kata-v2',
	go: 'bin/containerd-shim-kata-v2',
};

/** The folder of packaged configuration files inside a tree. */
export const configurationInTree: Record<Runtime, string> = {
	rust: 'share/defaults/kata-containers/runtime-rs',
	go: 'share/defaults/kata-containers',
};

/** The first default path that each runtime reads when it is given none; ctr and nerdctl rely on it. */
export const defaultConfiguration: Record<Runtime, string> = {
	rust: '/etc/kata-containers/runtime-rs/configuration.toml',
	go: '/etc/kata-containers/configuration.toml',
};

/** On systemd's default PATH, which is where a containerd resolves `io.containerd.kata.v2`. */
export const shimOnPath = '/usr/local/bin/containerd-shim-kata-v2';

/** Loads the kernel modules at boot that a pair needs; systemd-modules-load(8) reads the folder. */
export const modulesFile = '/etc/modules-load.d/kata-setup.conf';

export const stateFolder = '/var/lib/kata-setup';
export const journalFile = `${stateFolder}/journal.ndjson`;
/** The blockfile snapshotter's own folder: its formatted file, and what containerd copies of it for layers and containers. */
export const blockfileFolder = `${stateFolder}/blockfile`;
export const scratchFile = `${blockfileFolder}/scratch.ext4`;
export const blockfileRoot = `${blockfileFolder}/snapshotter`;
/**
 * The thin pool of the devmapper snapshotter: two files, the script that makes a pool of them, containerd's section that is
 * in force while there is one, and containerd's own list of what lies in it.
 */
export const poolFolder = `${stateFolder}/devmapper`;
export const poolData = `${poolFolder}/data`;
export const poolMetadata = `${poolFolder}/metadata`;
export const poolScript = `${poolFolder}/pool`;
export const poolSection = `${poolFolder}/containerd.toml`;
export const devmapperRoot = `${poolFolder}/snapshotter`;
/** The name under /dev/mapper; containerd calls the devices in it `<name>-snap-<number>`. */
export const poolName = 'kata-setup-pool';
/** Makes the pool at every boot, before containerd starts. */
export const poolUnit = 'kata-setup-devmapper.service';
export const poolUnitFile = `/etc/systemd/system/${poolUnit}`;
/** systemd's own for that unit: it is there, and the section in it, only while the pool is. */
export const poolRunFolder = '/run/kata-setup-devmapper';
export const poolImport = `${poolRunFolder}/pool*.toml`;
/** What everybody may know of the journal (which only root may read): the installation and an unfinished run. */
export const summaryFile = `${stateFolder}/installation.json`;

/** The plan of a run that is not finished, for whoever finishes it; root's alone. */
export const keptPlanFile = `${stateFolder}/plan.json`;

export const runFolder = '/run/kata-setup';
export const lockFile = `${runFolder}/lock`;
export const socketFile = `${runFolder}/worker.sock`;

/** The containerd namespace of the smoke test. */
export const containerdNamespace = 'kata-setup';

/** Where the runtimes keep what a sandbox needs while it runs, innermost first. */
export const sandboxFolders = ['/run/vc/vm', '/run/vc/sbs', '/run/vc/firecracker', '/run/vc', '/run/kata'] as const;
