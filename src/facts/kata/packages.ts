/** Who owns a file by the package managers: one question to each for all paths, for they are slow to start. */
import type {CommandResult, Host} from '../../host/host.ts';
import type {PackageFacts, PackageManager} from '../kata-facts.ts';

/** None takes a lock for a question; a broken rpm database or a disk that hangs may never answer. */
const limitMs = 3000;

export interface PackageOwners {
	/** Path → its package; what no package owns is not there. */
	owners: Map<string, PackageFacts>;
	/** The managers that are installed and did not answer: a path without an owner may be theirs. */
	silent: PackageManager[];
}

interface Question {
	args: (paths: readonly string[]) => string[];
	program: string;
	/** The owned paths among the lines it printed. */
	read: (stdout: string) => [path: string, name: string, version: string | null][];
}

/** `PATH is owned by PACKAGE`, of apk and pacman (which ends a folder with a slash); each splits name and version. */
const ownedBy = (stdout: string, split: RegExp): [string, string, string | null][] =>
	[...stdout.matchAll(/^(\/.*?)\/? is owned by (.+)$/gm)].map(([, path = '', owner = '']) => {
		const parts = split.exec(owner);
		return [path, parts?.[1] ?? owner, parts?.[2] ?? null];
	});

const questions: Record<PackageManager, Question> = {
	dpkg: {
		program: 'dpkg-query',
		args: paths => ['--search', ...paths],
		// `a, b:amd64: /path`; lines of diversions begin with `diversion by`.
		read: stdout =>
			[...stdout.matchAll(/^(?!diversion )([^:,\s]+)[^/]*: (\/.*)$/gm)].map(([, name = '', path = '']) => [
				path,
				name,
				null,
			]),
	},
	rpm: {
		program: 'rpm',
		// Its answer for several paths does not name them: every file of each package is printed.
		args: paths => ['-qf', '--queryformat', '[%{=NAME}\\t%{=VERSION}\\t%{FILENAMES}\\n]', ...paths],
		read: stdout =>
			[...stdout.matchAll(/^(\S+)\t(\S+)\t(\/.*)$/gm)].map(([, name = '', version = '', path = '']) => [
				path,
				name,
				version,
			]),
	},
	apk: {
		program: 'apk',
		args: paths => ['info', '--who-owns', ...paths],
		read: stdout => ownedBy(stdout, /^(.+)-(\d[^-]*(?:-r\d+)?)$/),
	},
	pacman: {program: 'pacman', args: paths => ['-Qo', ...paths], read: stdout => ownedBy(stdout, /^(\S+) (\S+)$/)},
};

/**
 * Asks every package manager that is here. Never rejects.
 * @param paths only those that exist: a manager says of others at length that it does not know them
 */
export async function packageOwners(host: Host, paths: readonly string[]): Promise<PackageOwners> {
	const owners = new Map<string, PackageFacts>();
	const silent: PackageManager[] = [];
	if (paths.length === 0) return {owners, silent};
	await Promise.all(
		(Object.entries(questions) as [PackageManager, Question][]).map(async ([manager, {program, args, read}]) => {
			const result = await host.run(program, args(paths), {timeoutMs: limitMs});
			if (isSilent(result)) silent.push(manager);
			for (const [path, name, version] of read(result.stdout)) owners.set(path, {manager, name, version});
		}),
	);
	await addDebianVersions(host, owners);
	return {owners, silent};
}

/** A code other than 0 only says that some path has no owner. */
const isSilent = ({timedOut, code, notStarted}: CommandResult): boolean =>
	timedOut || (code === null && notStarted !== 'ENOENT');

/** dpkg tells a path's package without its version. */
async function addDebianVersions(host: Host, owners: Map<string, PackageFacts>): Promise<void> {
	const ofDebian = [...owners.values()].filter(({manager}) => manager === 'dpkg');
	if (ofDebian.length === 0) return;
	const names = [...new Set(ofDebian.map(({name}) => name))];
	const {stdout} = await host.run('dpkg-query', ['--show', ...names], {timeoutMs: limitMs});
	// `NAME:ARCHITECTURE`, a tab, the version; the architecture only where several can be installed.
	const versions = new Map(
		[...stdout.matchAll(/^([^:\t]+)(?::\w+)?\t(.+)$/gm)].map(([, name = '', version = '']) => [name, version]),
	);
	for (const owner of ofDebian) owner.version = versions.get(owner.name) ?? null;
}
