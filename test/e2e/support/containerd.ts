/**
 * A containerd of our own for a test: its own root, state and socket, no CRI, nothing shared with a daemon that may run
 * on this machine. Needs root and a containerd.
 */
import {spawn} from 'node:child_process';
import {mkdir, open, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {execa} from 'execa';

export interface StartOptions {
	/** The daemon's path. Default: `containerd` on the PATH. The ctr in its folder is used, else the one on the PATH. */
	binary?: string;
	/** A folder for everything it writes; created if missing. Keep it short: a socket's path ends at 107 bytes. */
	root: string;
	/** Added to the daemon's environment, which its shims inherit. */
	env?: Record<string, string>;
	/**
	 * The text of its main file after `version`, `root`, `state` and `[grpc]`. Default: the CRI plugin is switched off, which
	 * starts quicker and needs no CNI.
	 */
	config?: string;
	/** The `version` of the main file. Default 2, which every release from 1.3 to 2.x reads. */
	configVersion?: number;
}

export interface RunningContainerd {
	/** The path of its socket. */
	address: string;
	/** The ctr that belongs to it. */
	ctr: string;
	binary: string;
	pid: number;
	/** Its main configuration file. */
	config: string;
	/** Runs `ctr -a ADDRESS …` and gives its standard output. Throws if it fails. */
	run(...args: string[]): Promise<string>;
	/** What the daemon has logged. */
	log(): Promise<string>;
	/** Ends the daemon and waits until it is gone. Its folder stays. Can be called twice. */
	stop(): Promise<void>;
}

const patience = {start: 30_000, stop: 10_000};

/**
 * Starts it and waits until it answers.
 * @throws Error with the daemon's own log if it does not come up
 */
export async function startContainerd(options: StartOptions): Promise<RunningContainerd> {
	const {root} = options;
	const binary = options.binary ?? 'containerd';
	const ctr = await ctrBeside(binary);
	const address = join(root, 'c.sock');
	const config = join(root, 'config.toml');
	const logFile = join(root, 'containerd.log');
	await mkdir(root, {recursive: true});
	await writeFile(config, configText(options, address));
	const log = await open(logFile, 'w');
	const child = spawn(binary, ['-c', config], {
		detached: true,
		stdio: ['ignore', log.fd, log.fd],
		env: {...process.env, ...options.env},
	});
	await log.close();
	let ended: string | null = null;
	child.once('error', error => {
		ended = error.message;
	});
	child.once('exit', (code, signal) => {
		ended ??= `exit ${code ?? signal}`;
	});

	const stop = async (): Promise<void> => {
		if (ended === null) child.kill('SIGTERM');
		const end = Date.now() + patience.stop;
		while (ended === null) {
			if (Date.now() > end) child.kill('SIGKILL');
			await sleep(20);
		}
	};
	const started = Date.now();
	for (;;) {
		if (ended === null && (await execa(ctr, ['-a', address, 'version'], {reject: false, timeout: 5000})).exitCode === 0)
			break;
		if (ended !== null || Date.now() - started > patience.start) {
			await stop();
			throw new Error(`${binary} did not start (${ended}):\n${await readFile(logFile, 'utf8')}`);
		}
		await sleep(50);
	}
	return {
		address,
		ctr,
		binary,
		pid: child.pid as number,
		config,
		run: async (...args) => (await execa(ctr, ['-a', address, ...args], {timeout: 60_000})).stdout,
		log: () => readFile(logFile, 'utf8'),
		stop,
	};
}

/** The CRI plugin needs CNI and a sandbox image; our tests of it work on `containerd config dump` alone. */
const withoutCri =
	'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]\n';

function configText({root, config, configVersion}: StartOptions, address: string): string {
	return [
		`version = ${configVersion ?? 2}`,
		`root = "${join(root, 'root')}"`,
		`state = "${join(root, 'state')}"`,
		config ?? withoutCri,
		`[grpc]\n  address = "${address}"`,
		'',
	].join('\n');
}

async function ctrBeside(binary: string): Promise<string> {
	if (!binary.includes('/')) return 'ctr';
	const beside = join(dirname(binary), 'ctr');
	return (await execa(beside, ['--version'], {reject: false})).exitCode === 0 ? beside : 'ctr';
}
