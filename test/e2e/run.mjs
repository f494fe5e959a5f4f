/**
 * `npm run e2e`: says what this machine lacks for the end-to-end suite, by groups of tests, and runs what can run.
 * With CI=true anything missing is a failure: there nothing is skipped silently. Arguments go to vitest, but for
 *
 *     --servers=turn   of the suites on the lab's server, each of which takes up to a quarter of an hour, only the one
 *                      whose turn it is: they follow each other from commit to commit
 *     --servers=none   none of them
 *
 * A test file names its groups in a line of its own: `// needs: engines, guest`.
 */
import {spawnSync} from 'node:child_process';
import {accessSync, constants, existsSync, readdirSync, readFileSync} from 'node:fs';
import {basename, delimiter, join, relative} from 'node:path';

const here = import.meta.dirname;
const top = join(here, '../..');
const path = [process.env.PATH ?? '', '/usr/sbin', '/sbin'].join(delimiter);

/** Names the programs that are not on the PATH, given as [program, Debian's package]. */
const programs = (...wanted) =>
	wanted.filter(([program]) => !onPath(program)).map(([program, owner]) => `${program} (package ${owner})`);

function onPath(program) {
	return path.split(delimiter).some(folder => {
		try {
			accessSync(join(folder, program), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

/** Runs a check of ours that names what is missing, one a line. */
function linesOf(...command) {
	const {status, stdout, stderr, error} = spawnSync(command[0], command.slice(1), {
		encoding: 'utf8',
		env: {...process.env, PATH: path},
	});
	if (status === 0) return [];
	return error
		? [error.message]
		: `${stdout}${stderr}`
				.split('\n')
				.map(line => line.trim())
				.filter(Boolean);
}

const root = () => (process.getuid?.() === 0 ? [] : ['root rights']);

/** What each group lacks here, in words. */
const groups = {
	engines: () => [
		...root(),
		...programs(['unshare', 'util-linux'], ['nsenter', 'util-linux']),
		...linesOf(join(here, 'support/fetch-engines'), '--check'),
	],
	tracer: () => programs(['strace', 'strace']),
	mounts: () => [
		...root(),
		...programs(['unshare', 'util-linux'], ['nsenter', 'util-linux']),
		...(existsSync('/dev/fuse') ? [] : ['the kernel module fuse']),
	],
	guest: () => [
		...programs(
			['qemu-system-x86_64', 'qemu-system-x86'],
			['busybox', 'busybox-static'],
			['zstd', 'zstd'],
			['xz', 'xz-utils'],
			['apt-get', 'apt'],
		),
		// Unpacked from Debian's package at its first use.
		...linesOf(
			'sh',
			'-c',
			'apt-cache show linux-image-cloud-amd64 >/dev/null 2>&1 || { echo "Debian’s package lists"; exit 1; }',
		),
	],
	'lab server': () => linesOf(join(top, 'test/lab/lab'), 'check'),
	'root tools': () => [...root(), ...programs(['sudo', 'sudo'], ['doas', 'opendoas'], ['runuser', 'util-linux'])],
	compilers: () =>
		programs(
			['gcc', 'gcc'],
			['aarch64-linux-gnu-gcc', 'gcc-aarch64-linux-gnu'],
			['s390x-linux-gnu-gcc', 'gcc-s390x-linux-gnu'],
			['powerpc64le-linux-gnu-gcc', 'gcc-powerpc64le-linux-gnu'],
			['qemu-aarch64-static', 'qemu-user-static'],
		),
};

function needsOf(file) {
	const line = /^\/\/ needs: (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
	const needs = line
		.split(',')
		.map(name => name.trim())
		.filter(Boolean);
	const unknown = needs.filter(name => !(name in groups));
	if (unknown.length > 0)
		throw new Error(`${relative(top, file)} needs ${unknown}, which is no group of test/e2e/run.mjs.`);
	return needs;
}

const missing = Object.fromEntries(Object.entries(groups).map(([name, look]) => [name, look()]));
const files = readdirSync(here, {recursive: true})
	.filter(name => name.endsWith('.test.ts'))
	.sort()
	.map(name => ({name: join('test/e2e', name), needs: needsOf(join(here, name))}));

console.log('What this machine has for the end-to-end suite:');
for (const [name, lacks] of Object.entries(missing))
	console.log(`  ${name.padEnd(12)} ${lacks.length === 0 ? 'complete' : `lacks ${lacks.join('; ')}`}`);

const lacking = Object.values(missing).flat().length > 0;
if (lacking) console.log('On Debian, as root, test/e2e/prepare.sh installs all of it.');
if (lacking && process.env.CI === 'true') {
	console.error('With CI=true nothing may be missing: the end-to-end suite fails here.');
	process.exit(1);
}

const [, , ...given] = process.argv;
const servers = given.findLast(word => word.startsWith('--servers='))?.replace('--servers=', '') ?? 'all';
const words = given.filter(word => !word.startsWith('--servers='));

/** The suites on a server that this run is not to take. */
function leftOut() {
	const onServers = files.filter(({needs}) => needs.includes('lab server'));
	if (servers === 'all') return [];
	if (servers === 'none') return onServers;
	if (servers !== 'turn') throw new Error(`--servers=${servers}: it is all, turn or none.`);
	const {status, stdout, stderr} = spawnSync('git', ['rev-list', '--count', 'HEAD'], {cwd: top, encoding: 'utf8'});
	if (status !== 0) throw new Error(`Whose turn it is cannot be told without the number of commits: ${stderr}`);
	return onServers.filter((_, index) => index !== Number(stdout) % onServers.length);
}

const waiting = leftOut();
const skipped = files.filter(file => waiting.includes(file) || file.needs.some(name => missing[name].length > 0));
const runnable = files.filter(file => !skipped.includes(file));
const notRun = skipped.map(file => {
	const lacks = file.needs.filter(need => missing[need].length > 0).join(' and ');
	return `Not run: ${file.name}, ${lacks ? `for want of ${lacks}` : `by --servers=${servers}`}`;
});
for (const line of notRun) console.log(line);
if (runnable.length === 0) {
	console.error('Nothing of the end-to-end suite can run here.');
	process.exit(1);
}

const filters = words.some(word => !word.startsWith('-')) ? [] : runnable.map(({name}) => name);
// A pattern, as names are matched from test/e2e on; a filter takes any file whose name ends like it, too.
const exclude = skipped.flatMap(({name}) => ['--exclude', `**/${basename(name)}`]);
const vitest = join(top, 'node_modules/vitest/vitest.mjs');
const {status} = spawnSync(
	process.execPath,
	[vitest, 'run', '--config', 'test/e2e/vitest.config.ts', ...exclude, ...filters, ...words],
	{cwd: top, stdio: ['ignore', 'inherit', 'inherit'], env: {...process.env, PATH: path}},
);
for (const line of notRun) console.log(line);
process.exit(status ?? 1);
