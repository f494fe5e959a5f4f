/** What the plan changes on a host so that a pair runs there, in a few words each. Pure. */
import type {Facts} from '../facts/facts.ts';
import {neededModules} from '../facts/machine/module-loading.ts';
import {formatBytes} from '../format.ts';
import {settingsFor} from '../kataconfig/drop-in.ts';
import {blockSnapshotterFor} from './block-snapshotter.ts';
import {type Pair, pairEntry} from './catalogue.ts';
import {fittingGuestMemory, shippedGuestMemory} from './guest-memory.ts';
import {treeHere} from './here-already.ts';
import {knownSizes} from './sizes.ts';

/** Where something is installed, and this runtime of that release is not: the archive that has it, and its size. */
function fetched({runtime}: Pair, facts: Facts, version: string | null): string[] {
	const {installation, machine} = facts;
	if (!installation?.trees || treeHere(facts, runtime, version)) return [];
	const release = version ?? installation.version;
	if (release !== installation.version) return [];
	const {download} = knownSizes(runtime, machine);
	const size = download?.release === release ? `, +${formatBytes(download.downloadBytes)}` : '';
	return [`only in the ${runtime} archive${size}`];
}

/** Half a line each; empty: the pair runs on this host as Kata is shipped. */
export function changesFor(pair: Pair, facts: Facts, version: string | null): string[] {
	const modules = neededModules(facts, {vsock: pair.hypervisor === 'qemu'}).filter(({load}) => load);
	const {mib} = fittingGuestMemory(facts, pair);
	const settings = settingsFor(facts, {...pair, ...(mib === shippedGuestMemory(pair) ? {} : {guestMemoryMiB: mib})});
	const snapshotter = pairEntry(pair).needsBlockSnapshotter ? blockSnapshotterFor(facts) : null;
	const blocks =
		snapshotter?.state === 'set-up' ? [`sets up the ${snapshotter.name} snapshotter; containerd restarts`] : [];
	return [
		...fetched(pair, facts, version),
		...blocks,
		...modules.map(({module}) => `loads the kernel module ${module}`),
		...settings.map(({change}) => change),
	];
}
