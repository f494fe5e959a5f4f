/** The image of the smoke test, which ships with kata-setup: no registry and no network are needed. See assets/smoke. */
import {assetPath} from '../assets.ts';
import {type Architecture, architectures} from '../facts/facts.ts';

export const smokeImage = 'localhost/kata-setup-smoke:1';

/** The path of the image's archive for a machine as `uname -m` calls it; null if there is none for it. */
export function imageArchive(machine: string): string | null {
	const architecture: Architecture | undefined = architectures.find(name => name === machine);
	return architecture ? assetPath(`smoke/kata-setup-smoke-${architecture}.tar`) : null;
}
