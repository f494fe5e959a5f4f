/**
 * The container engines to test against: Debian's containerd of three suites, which `fetch-engines` unpacks into a cache.
 * Nothing is fetched here: a test that runs alone must not surprise anybody with downloads.
 */
import {existsSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';

export interface ContainerdEngine {
	/** Absolute. In its folder lie the ctr and the shims of the same package, and a runc. */
	readonly binary: string;
	/** Three numbers, such as `1.7.24`. */
	readonly version: string;
}

/** Which suite has which line of containerd; sid moves, so it stands for any 2.x. The same suites as in `fetch-engines`. */
const lines = [
	{suite: 'bookworm', line: '1.6'},
	{suite: 'trixie', line: '1.7'},
	{suite: 'sid', line: '2'},
] as const;

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kata-setup-e2e', 'engines');

/** The folder of a suite's programs, whether it is there or not. */
export const engineFolder = (suite: string): string => join(cache, suite, 'usr/bin');

/** Every containerd that is there, oldest first. What is missing is told by `npm run e2e`, and an empty list throws. */
export async function containerdEngines(): Promise<ContainerdEngine[]> {
	const engines: ContainerdEngine[] = [];
	for (const {suite, line} of lines) {
		const binary = join(engineFolder(suite), 'containerd');
		if (!existsSync(binary)) continue;
		const version = await versionOf(binary);
		if (!version.startsWith(`${line}.`)) throw new Error(`${binary} is ${version}; this suite expects ${line} there.`);
		engines.push({binary, version});
	}
	if (engines.length === 0) throw new Error(`There is no containerd in ${cache}. Run test/e2e/prepare.sh first.`);
	return engines;
}

/** `containerd --version` prints a module path, which may end in /v2, and then the version. */
async function versionOf(binary: string): Promise<string> {
	const {stdout} = await execa(binary, ['--version']);
	const version = /^\S+ \S+ v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
	if (!version) throw new Error(`${binary} tells no version: ${stdout}`);
	return version;
}
