/**
 * A host of its own inside this one: a private mount and process namespace in which the places that an installation
 * touches are fresh, so that the real paths are used and nothing of this machine is. When it closes, every process in it is
 * gone and so is every file; it does not outlive the process that opened it. Needs root.
 */
import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {execa, type Options} from 'execa';
import {listingCommand, parseListing, type Snapshot} from '../../lab/snapshot.ts';
import {openTerminal, type TerminalOptions, type TestTerminal} from '../../support/terminal.ts';

/** Empty at the start. /etc is a copy of this machine's without any engine's or Kata's part. */
const fresh = ['/opt', '/usr/local/bin', '/var/lib', '/run'];
const foreign = ['containerd', 'kata-containers', 'docker', 'crio', 'modules-load.d/kata-setup.conf'];
/** Working files that change without us: the engine's, and what mount(8) notes down. */
const notOurs = /^\/(var\/lib\/containerd|run\/containerd|run\/mount)(\/|$)/;

export interface HostResult {
	/** null if it had to be ended. */
	code: number | null;
	stdout: string;
	stderr: string;
}

export interface PrivateHost {
	/** A folder that this host and the test both see, for archives and logs; gone after `close`. */
	readonly folder: string;
	/** Runs a program inside. A failing one is a result, not an error. Limit: `timeout`, default 5 minutes. */
	run(
		file: string,
		args?: readonly string[],
		options?: Pick<Options, 'env' | 'timeout' | 'input'>,
	): Promise<HostResult>;
	/** Starts a program inside in a pseudo-terminal. */
	terminal(file: string, args: readonly string[], options?: TerminalOptions): TestTerminal;
	/** Everything in the places that an installation may touch, but for working files of the engine. */
	snapshot(): Promise<Snapshot>;
	close(): Promise<void>;
}

/**
 * The first process of the namespace: sets the places up, says its process id as it is outside, and reaps orphans until
 * its standard input closes. $1… are folders to bring along.
 */
const setUp = `set -e
read -r pid _ </proc/self/stat
mount -t proc proc /proc
etc=$(mktemp -d)
mount -t tmpfs -o mode=755 etc "$etc"
cp -a /etc/. "$etc"
(cd "$etc" && rm -rf ${foreign.join(' ')})
node=$1
exec 4<"$node"
${fresh.map(folder => `mount -t tmpfs -o mode=755 fresh ${folder}`).join('\n')}
mount --move "$etc" /etc
rmdir "$etc"
if [ ! -e "$node" ]; then
	mkdir -p "$(dirname "$node")"
	touch "$node"
	mount --bind /proc/self/fd/4 "$node"
fi
echo "$pid"
exec 3<&0 4<&-
cat <&3 >/dev/null &
wait $!
`;

/** @throws Error with the words of unshare or mount where this machine does not allow it */
export async function openPrivateHost(): Promise<PrivateHost> {
	const folder = await mkdtemp(join(tmpdir(), 'kata-setup-host-'));
	const child = spawn('unshare', ['--mount', '--pid', '--fork', 'bash', '-c', setUp, 'host', process.execPath], {
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
	let complaint = '';
	child.stderr.on('data', chunk => {
		complaint += chunk;
	});
	const close = async (): Promise<void> => {
		child.stdin.destroy();
		await ended;
		await rm(folder, {recursive: true, force: true});
	};
	const pid = await new Promise<string | null>(resolve => {
		createInterface({input: child.stdout})
			.once('line', resolve)
			.once('close', () => resolve(null));
		child.once('error', error => {
			complaint += error.message;
			resolve(null);
		});
	});
	if (pid === null) {
		await close();
		throw new Error(`No private mount namespace can be had here: ${complaint.trim()}`);
	}

	const inside = (file: string, args: readonly string[]): string[] => [
		...['--target', pid, '--mount', '--pid', '--wdns=/', '--', file],
		...args,
	];
	const run: PrivateHost['run'] = async (file, args = [], options = {}) => {
		const done = await execa('nsenter', inside(file, args), {
			...(options.input === undefined ? {stdin: 'ignore' as const} : {}),
			timeout: 300_000,
			...options,
			reject: false,
			stripFinalNewline: false,
		});
		if (done.exitCode === undefined && !done.timedOut && !done.isTerminated) throw done;
		return {code: done.exitCode ?? null, stdout: String(done.stdout), stderr: String(done.stderr)};
	};
	return {
		folder,
		run,
		// Ctrl-C reaches nsenter too, which would end and leave the program behind.
		terminal: (file, args, options) =>
			openTerminal(
				'env',
				['--ignore-signal=INT', 'nsenter', ...inside('env', ['--default-signal=INT', file, ...args])],
				options,
			),
		async snapshot() {
			const {code, stdout, stderr} = await run('sh', ['-c', listingCommand(['/etc', ...fresh])]);
			if (code !== 0) throw new Error(`The listing failed: ${stderr}`);
			const entries = Object.entries(parseListing(stdout));
			return Object.fromEntries(entries.filter(([path]) => !notOurs.test(path)));
		},
		close,
	};
}
