/** Comparing the running kernel. */
import {atLeast} from '../../../catalogue/version.ts';

/** Whether a release of uname(2) (`6.1.0-40-amd64`) is `least` (`5.8.0`) or newer; null if it is no release of Linux. */
export function kernelAtLeast(release: string, least: string): boolean | null {
	const version = /^(\d+)\.(\d+)/.exec(release);
	return version ? atLeast(`${version[1]}.${version[2]}.0`, least) : null;
}
