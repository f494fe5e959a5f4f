/** A private host with a running containerd at its default paths, and kata-setup as it would be published. */
import {dirname, join} from 'node:path';
import type {TerminalOptions, TestTerminal} from '../../support/terminal.ts';
import type {ContainerdEngine} from './engines.ts';
import {unpackProject} from './package.ts';
import {type HostResult, openPrivateHost, type PrivateHost} from './private-host.ts';

const config = '/etc/containerd/config.toml';
const address = '/run/containerd/containerd.sock';

/** As systemd gives it to a service; the engine's own programs come first. */
const daemonPath = (binary: string): string =>
	`${dirname(binary)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface JourneyHost extends PrivateHost {
	readonly engine: ContainerdEngine;
	/** Runs kata-setup without a terminal. */
	kataSetup(...args: string[]): Promise<HostResult>;
	/** The same with variables added to its environment. */
	kataSetupWith(env: Record<string, string>, ...args: string[]): Promise<HostResult>;
	/** Starts kata-setup in a terminal. */
	onTerminal(args: readonly string[], options?: TerminalOptions): TestTerminal;
	/** What the engine says its configuration is. */
	dump(): Promise<string>;
	/** `ctr` of this engine; throws if it fails. */
	ctr(...args: string[]): Promise<string>;
	/** Ends the daemon and starts it again. */
	restartEngine(): Promise<void>;
}

export interface JourneyOptions {
	/** The engine's main file; null: it has none. */
	mainFile: string | null;
	/** More files, by absolute path: what the main file imports. */
	extraFiles?: Record<string, string>;
	/** Added to the daemon's environment, which its shims inherit; made with the folder that both sides see. */
	env?: (folder: string) => Record<string, string>;
}

/** @throws Error with the daemon's own log if it does not come up */
export async function openJourneyHost(
	engine: ContainerdEngine,
	{mainFile, extraFiles = {}, env = () => ({})}: JourneyOptions,
): Promise<JourneyHost> {
	const host = await openPrivateHost();
	try {
		const program = await unpackProject(host.folder);
		const must = async (file: string, args: string[], input?: string): Promise<string> => {
			const {code, stdout, stderr} = await host.run(file, args, input === undefined ? {} : {input});
			if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
			return stdout;
		};
		const files = {...(mainFile === null ? {} : {[config]: mainFile, ...extraFiles})};
		for (const [path, text] of Object.entries(files))
			await must('sh', ['-c', `mkdir -p ${dirname(path)} && cat >${path}`], text);

		const log = join(host.folder, 'containerd.log');
		const ctr = (...args: string[]): Promise<string> =>
			must(join(dirname(engine.binary), 'ctr'), ['-a', address, ...args]);
		let pid = '';
		const start = async (): Promise<void> => {
			const words = Object.entries({...env(host.folder), PATH: daemonPath(engine.binary)}).map(
				([name, value]) => `${name}=${value}`,
			);
			pid = await must('sh', [
				'-c',
				`cd /; setsid env "$@" ${engine.binary} >>${log} 2>&1 </dev/null & echo $!`,
				'start',
				...words,
			]);
			pid = pid.trim();
			// The client waits for the socket by itself, but not for one that never comes.
			await must('sh', [
				'-c',
				`while ! [ -S ${address} ]; do kill -0 ${pid} || { tail -5 ${log}; exit 1; }; sleep 0.05; done`,
			]);
			await ctr('version');
		};
		await start();
		const script = [process.execPath, program] as const;
		const kataSetupWith: JourneyHost['kataSetupWith'] = (env, ...args) =>
			host.run(script[0], [script[1], ...args], {env: {PATH: path, HOME: '/root', LANG: 'C.UTF-8', ...env}});
		return {
			...host,
			engine,
			kataSetup: (...args) => kataSetupWith({}, ...args),
			kataSetupWith,
			onTerminal: (args, options) =>
				host.terminal(script[0], [script[1], ...args], {env: {PATH: path, HOME: '/root', LANG: 'C.UTF-8'}, ...options}),
			// 1.x prints nothing for a file that is not there, though it runs with its built-in configuration then.
			dump: () => must('sh', ['-c', `cd /; ${engine.binary} config $([ -e ${config} ] && echo dump || echo default)`]),
			ctr,
			async restartEngine() {
				await must('sh', [
					'-c',
					`kill ${pid}; while kill -0 ${pid} 2>/dev/null; do sleep 0.05; done; rm -f ${address}`,
				]);
				await start();
			},
		};
	} catch (error) {
		await host.close();
		throw error;
	}
}
