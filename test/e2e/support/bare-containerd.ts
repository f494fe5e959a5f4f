/** A real containerd with folders of its own, without a host around it, and a systemctl that starts and stops it. */
import {type ChildProcess, spawn} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import * as fs from 'node:fs/promises';
import {join} from 'node:path';
import {dumpConfig, pluginStates} from '../../../src/engines/containerd-daemon.ts';
import {type ContainerdDump, readDump} from '../../../src/engines/containerd-dump.ts';
import {readContainerd} from '../../../src/facts/engines/engines.ts';
import type {ContainerdFacts} from '../../../src/facts/facts.ts';
import type {CommandResult, Host} from '../../../src/host/host.ts';
import {createRealHost} from '../../../src/host/real.ts';

/** The unit that its systemctl knows it by. */
export const unit = 'containerd.service';

export class BareContainerd {
	readonly #folder: string;
	/** What the next start runs, and listens on. */
	binary: string;
	socket = 'containerd.sock';
	#process: ChildProcess | null = null;
	#runs = 0;
	readonly host: Host;

	constructor(folder: string, binary: string) {
		this.#folder = folder;
		this.binary = binary;
		const real = createRealHost();
		this.host = {
			...real,
			run: async (file, args, options) =>
				file === 'systemctl'
					? this.#systemctl(args)
					: file === 'journalctl'
						? ended(await this.log())
						: real.run(file, args, options),
		};
	}

	get config(): string {
		return join(this.#folder, 'etc/config.toml');
	}

	get address(): string {
		return join(this.#folder, this.socket);
	}

	log = (): Promise<string> => fs.readFile(join(this.#folder, 'log'), 'utf8');

	async start(): Promise<void> {
		const folders = {root: 'root', state: 'state', address: this.socket};
		const flags = Object.entries(folders).flatMap(([flag, name]) => [`--${flag}`, join(this.#folder, name)]);
		const output = openSync(join(this.#folder, 'log'), 'a');
		const child = spawn(this.binary, ['--config', this.config, ...flags], {
			stdio: ['ignore', output, output],
			cwd: '/',
		});
		closeSync(output);
		this.#process = child;
		this.#runs += 1;
		const ctr = {binary: this.binary, ctr: this.binary.replace(/containerd$/, 'ctr'), address: this.address};
		while ((await pluginStates(this.host, ctr)) === null)
			if (child.exitCode !== null) throw new Error(`containerd ended: ${(await this.log()).slice(-2000)}`);
	}

	async stop(): Promise<void> {
		this.goOn();
		const child = this.#process;
		this.#process = null;
		if (!child || child.exitCode !== null) return;
		const ending = new Promise(resolve => child.once('exit', resolve));
		child.kill('SIGTERM');
		await ending;
		await fs.rm(this.address, {force: true});
	}

	/** Alive, and deaf until it goes on. */
	pause = (): boolean | undefined => this.#process?.kill('SIGSTOP');
	goOn = (): boolean | undefined => this.#process?.kill('SIGCONT');

	async #systemctl(args: readonly string[]): Promise<CommandResult> {
		if (args[0] === 'show')
			return ended(
				`MainPID=${this.#process?.pid}\nKillMode=process\nActiveState=active\nInvocationID=run${this.#runs}\n`,
			);
		if (args[0] !== 'restart') return ended('');
		await this.stop();
		return this.start().then(
			() => ended(''),
			() => ({...ended(''), code: 1, stderr: 'Job for containerd.service failed'}),
		);
	}

	async found(): Promise<ContainerdFacts> {
		const all = await readContainerd(this.host);
		const mine = all.find(({address}) => address === this.address);
		if (!mine) throw new Error(`the probe did not find ${this.address} among ${all.map(({address}) => address)}`);
		// The process is in no cgroup of systemd's.
		return {...mine, unit};
	}

	async dump(): Promise<ContainerdDump> {
		const dump = await dumpConfig(this.host, this.binary, this.config);
		if ('error' in dump) throw new Error(dump.error);
		return readDump(dump.text);
	}
}

const ended = (stdout: string): CommandResult => ({
	command: 'systemctl',
	code: 0,
	stdout,
	stderr: '',
	timedOut: false,
	notStarted: null,
});
