/**
 * The file names of Kata's release archives, and what they say.
 *
 * Source: the assets of the project's releases. 3.0 and 3.1 say x86_64, later ones amd64; `.tar.xz` up to 3.20, `.tar.zst`
 * since 3.21; one archive for both runtimes up to 4.0, `kata-static` (rust) and `kata-go-static` (go) since 4.1.
 */
import type {Runtime} from '../catalogue/catalogue.ts';
import {atLeast} from '../catalogue/version.ts';
import type {Architecture} from '../facts/facts.ts';

export interface ArchiveName {
	version: string;
	architecture: Architecture;
	/** `kata-go-static`, not `kata-static`. */
	go: boolean;
	compression: 'zst' | 'xz';
}

/** What an architecture is called in archive names, today's name first. */
const namesOf: Record<Architecture, readonly string[]> = {
	x86_64: ['amd64', 'x86_64'],
	aarch64: ['arm64', 'aarch64'],
	s390x: ['s390x'],
	ppc64le: ['ppc64le'],
};

/** What an architecture is called in the archives of today's releases. */
export const releaseArchitecture = (architecture: Architecture): string => namesOf[architecture][0] ?? architecture;

const shape = /^kata-(go-)?static-(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)-([a-z0-9_]+)\.tar\.(zst|xz)$/;

/** What a file name says; null if it is no archive of Kata's runtimes (`kata-tools-static-…` is none). */
export function parseArchiveName(name: string): ArchiveName | null {
	const [, go, version, machine, compression] = shape.exec(name) ?? [];
	const architecture = (Object.keys(namesOf) as Architecture[]).find(key => namesOf[key].includes(machine ?? ''));
	if (version === undefined || architecture === undefined) return null;
	return {version, architecture, go: go !== undefined, compression: compression === 'xz' ? 'xz' : 'zst'};
}

/** The first release whose archives carry one runtime each; its pre-releases do so too. */
const splitSince = '4.1.0-0';

/**
 * Which runtimes' files an archive carries.
 * @param split is a `kata-go-static` known to stand beside it?
 */
export function runtimesIn({version, go}: Pick<ArchiveName, 'version' | 'go'>, split = false): Runtime[] {
	if (go) return ['go'];
	return split || atLeast(version, splitSince) ? ['rust'] : ['rust', 'go'];
}

/** The name that the archive for a runtime has in today's releases, for messages. */
export function wantedName(runtime: Runtime, version: string, architecture: Architecture): string {
	const go = runtime === 'go' && atLeast(version, splitSince);
	const extension = atLeast(version, '3.21.0') ? 'zst' : 'xz';
	return `kata-${go ? 'go-' : ''}static-${version}-${releaseArchitecture(architecture)}.tar.${extension}`;
}
