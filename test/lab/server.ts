import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {execa} from 'execa';
import {KEYS, openTerminal, type TestTerminal} from '../support/terminal.ts';
import {listingCommand, parseListing, type Snapshot} from './snapshot.ts';

const LAB = fileURLToPath(new URL('lab', import.meta.url));

/**
 * The accounts of a lab server. `user` may use sudo with the password; node, npm and npx are on the PATH of `user` alone.
 * `free` and `plain` are there once logins.ts has made them.
 */
export type Account = 'root' | 'user' | 'free' | 'plain';
export const USER_PASSWORD = 'lab';

/** Gives sudo the password of `user`, once it asks. */
export async function answerSudo(terminal: TestTerminal, limitMs: number): Promise<void> {
	await terminal.until(/\[sudo\] password for user/, limitMs);
	terminal.press(`${USER_PASSWORD}${KEYS.enter}`);
}

/** Everything inside is emulated, about ten times slower than the machine outside. */
const COMMAND_LIMIT = 120_000;
const BOOT_LIMIT = 400_000;
const BUILD_LIMIT = 1_800_000;
const PUSH_LIMIT = 600_000;

export interface ServerOptions {
	/** Debian's name: bookworm (default; containerd 1.6), trixie (1.7), sid (2.x). */
	readonly suite?: string;
	/** MiB. */
	readonly memory?: number;
	/** QEMU's name for the processor; 'EPYC-Milan,-svm' has no nested virtualization, so no /dev/kvm. */
	readonly cpu?: string;
	/** Words for the kernel's command line. */
	readonly append?: string;
}

export interface CommandOptions {
	/** Default root. */
	readonly user?: Account;
	readonly input?: string;
	/** Default 120 000. When it is over the command's ssh is killed and `ssh` throws. */
	readonly timeoutMs?: number;
}

export interface CommandResult {
	/** Exit status; 255 is ssh's own: the connection failed or broke. */
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface PtyOptions {
	/** Default user: screens are shown to people. */
	readonly user?: Account;
	readonly cols?: number;
	readonly rows?: number;
	/** Only TERM, LANG and LC_* reach the server, as with any sshd. Default: xterm-256color and C.UTF-8. */
	readonly env?: Readonly<Record<string, string>>;
}

/** A running lab server. Every method throws with the lab's or the command's own words when it fails. */
export interface Server {
	/** Runs a shell command over ssh, without a terminal. A failing command is a result, not an error. */
	ssh(command: string, options?: CommandOptions): Promise<CommandResult>;
	/** Like `ssh`, for commands that must succeed: gives the standard output, without the last line's end. */
	must(command: string, options?: CommandOptions): Promise<string>;
	/** `ssh -t`: a command, or a login shell for an empty one, in a terminal and a connection of its own. */
	pty(command: string, options?: PtyOptions): TestTerminal;
	/** Copies files and folders into the folder `dest` of the server, which is made if need be. */
	push(files: readonly string[], dest: string, user?: Account): Promise<void>;
	/** Restarts the server and waits until it is ready again. */
	reboot(): Promise<void>;
	/** A power cut: what was not synced to the disk is lost. `on` boots again. */
	cut(): Promise<void>;
	on(): Promise<void>;
	/** What is at and below these absolute paths; a path that does not exist has no entry. Stays on the paths' filesystems. */
	snapshot(paths: readonly string[]): Promise<Snapshot>;
	/** Ends the server and throws its disk away. */
	down(): Promise<void>;
}

/**
 * Boots a fresh server; the first time ever its base disk is built, which takes minutes. The server does not outlive this process.
 * Throws with the names of missing packages where the machine lacks some.
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
	const run = await mkdtemp(join(tmpdir(), 'kata-setup-lab-'));
	const env: Record<string, string> = {LAB_RUN: run, LAB_OWNER: String(process.pid), LAB_WAIT: '300'};
	if (options.memory !== undefined) env.LAB_MEMORY = String(options.memory);
	if (options.cpu !== undefined) env.LAB_CPU = options.cpu;
	if (options.append !== undefined) env.LAB_APPEND = options.append;

	const lab = async (args: readonly string[], timeout: number, more: Record<string, string> = {}) => {
		const done = await execa(LAB, args, {env: {...env, ...more}, stdin: 'ignore', timeout, reject: false, all: true});
		if (done.failed)
			throw new Error(`lab ${args[0]} failed${done.timedOut ? ` after ${timeout} ms` : ''}:\n${done.all}`);
	};
	const config = ['-F', join(run, 'ssh_config')];

	const ssh: Server['ssh'] = async (command, {user = 'root', input, timeoutMs = COMMAND_LIMIT} = {}) => {
		const done = await execa('ssh', [...config, '-l', user, 'server', command], {
			...(input === undefined ? {stdin: 'ignore'} : {input}),
			env: {LANG: 'C.UTF-8'},
			timeout: timeoutMs,
			reject: false,
			stripFinalNewline: false,
		});
		const {stdout, stderr} = done;
		if (done.exitCode === undefined) throw new Error(`${done.shortMessage}\n${stdout}${stderr}`);
		return {code: done.exitCode, stdout, stderr};
	};
	const must: Server['must'] = async (command, commandOptions) => {
		const {code, stdout, stderr} = await ssh(command, commandOptions);
		if (code !== 0) throw new Error(`On the server, \`${command}\` ended with ${code}:\n${stdout}${stderr}`);
		return stdout.replace(/\n$/, '');
	};
	const down = () => lab(['down'], COMMAND_LIMIT);

	try {
		await lab(['build', options.suite ?? 'bookworm'], BUILD_LIMIT);
		await lab(['up', options.suite ?? 'bookworm'], BOOT_LIMIT);
	} catch (error) {
		await down().catch(() => undefined);
		throw error;
	}
	return {
		ssh,
		must,
		pty: (command, {user = 'user', cols, rows, env: own} = {}) =>
			openTerminal(
				'ssh',
				[...config, '-o', 'ControlPath=none', '-tt', '-l', user, 'server', ...(command ? [command] : [])],
				{
					cols,
					rows,
					env: {PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...own},
				},
			),
		push: (files, dest, user = 'root') => lab(['push', ...files, dest], PUSH_LIMIT, {LAB_USER: user}),
		reboot: () => lab(['reboot'], 2 * BOOT_LIMIT),
		cut: () => lab(['cut'], COMMAND_LIMIT),
		on: () => lab(['on'], BOOT_LIMIT),
		snapshot: async paths => parseListing(await must(listingCommand(paths), {timeoutMs: PUSH_LIMIT})),
		down,
	};
}
