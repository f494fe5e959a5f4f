/** How large a runtime's archive is, as far as that is known. Pure. */
import {type ArchiveSize, catalogue, type Runtime} from './catalogue.ts';
import {compareVersions} from './version.ts';

/** Each of the newest release that it is known of; null: of none. */
export interface KnownSizes {
	download: ArchiveSize | null;
	unpacked: (ArchiveSize & {unpackedBytes: number}) | null;
}

/** @param machine as `uname -m` calls it */
export function knownSizes(runtime: Runtime, machine: string): KnownSizes {
	const sizes = catalogue.runtimes[runtime].sizes
		.filter(({architecture}) => architecture === machine)
		.sort((a, b) => compareVersions(b.release, a.release));
	return {
		download: sizes[0] ?? null,
		unpacked: sizes.find((size): size is ArchiveSize & {unpackedBytes: number} => size.unpackedBytes !== null) ?? null,
	};
}
