/**
 * Where everything of ours lies. One place, so that the plan, the screens and the documentation say the same paths.
 *
 *     /opt/kata                              link to the active tree; the prefix compiled into Kata
 *     /opt/kata-setup/trees/<tree>           one folder for each unpacked release
 *     /opt/kata-setup/{staging,downloads}    work in progress, on the same file system
 *     /opt/kata-setup/kvm-probe              for a moment: a program that proves that programs and VMs run here
 *     /etc/kata-containers/kata-setup/<pair> managed copy of the packaged configuration, and its config.d
 *     /etc/kata-containers/kata-setup/active link to the pair in force: shim and configuration change together
 *     /var/lib/kata-setup/journal.ndjson     what was done and how to undo it
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
export const downloadsFolder = `${ourPrefix}/downloads`;

export const configurationFolder = '/etc/kata-containers/kata-setup';
export const activePairLink = `${configurationFolder}/active`;
/** Stable paths through the active pair's link: what an engine is told, so that a switch needs no engine change. */
export const activeShim = `${activePairLink}/containerd-shim-kata-v2`;
export const activeConfiguration = `${activePairLink}/configuration.toml`;

export const pairFolder = (pair: Pair): string => `${configurationFolder}/${pairName(pair)}`;

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
/** What everybody may know of the journal (which only root may read): the installation and an unfinished run. */
export const summaryFile = `${stateFolder}/installation.json`;

export const runFolder = '/run/kata-setup';
export const lockFile = `${runFolder}/lock`;
export const socketFile = `${runFolder}/worker.sock`;

/** The containerd namespace of the smoke test. */
export const containerdNamespace = 'kata-setup';
