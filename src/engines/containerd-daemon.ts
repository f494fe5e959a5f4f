/** What we ask of a running containerd, its binary and its systemd unit. Every command has a limit; none changes files. */
import {KataSetupError} from '../errors.ts';
import type {CommandResult, Host} from '../host/host.ts';

/** A daemon by what reaches it. */
export interface Daemon {
	binary: string;
	ctr: string | null;
	address: string;
}

/** What it takes to ask one. */
type Asked = Pick<Daemon, 'ctr' | 'address'>;

/** Printing a configuration takes 50 ms; a nested host can be a hundred times slower. */
const dumpTimeoutMs = 20_000;
const askTimeoutMs = 15_000;

/**
 * What `config dump` prints for a main file.
 * @returns the TOML text, or the engine's own words why not
 */
export async function dumpConfig(host: Host, binary: string, path: string): Promise<{text: string} | {error: string}> {
	// 1.4–1.6 resolve relative globs against the working directory, which for a service is /.
	const options = {timeoutMs: dumpTimeoutMs, cwd: '/'};
	const dump = await host.run(binary, ['-c', path, 'config', 'dump'], options);
	if (dump.code === 0) return {text: dump.stdout};
	if ((await host.files.stat(path)) !== null) return {error: lastWords(dump)};
	// 1.x refuses to print for a file that is not there, though the daemon starts without one.
	const builtIn = await host.run(binary, ['config', 'default'], options);
	return builtIn.code === 0 ? {text: builtIn.stdout} : {error: lastWords(builtIn)};
}

/** The last line that a command wrote about its failure. */
export function lastWords({stderr, stdout, timedOut, notStarted, code, command}: CommandResult): string {
	if (timedOut) return `\`${command}\` did not end in time.`;
	if (notStarted) return `\`${command}\` could not be started: ${notStarted}.`;
	const lines = `${stdout}\n${stderr}`.split('\n').filter(line => line.trim() !== '');
	return lines.at(-1)?.trim() ?? `\`${command}\` ended with ${code}.`;
}

/** One row of `ctr plugins ls`: `io.containerd.grpc.v1 cri` → `ok`, `skip` or `error`. */
export type PluginStates = Record<string, string>;

/** The rows of `ctr plugins ls`, whose columns are type, id, platforms and status. */
export function readPluginStates(stdout: string): PluginStates {
	const rows = stdout.split('\n').map(line => line.trim().split(/\s+/));
	return Object.fromEntries(
		rows.filter(([type = '']) => type.includes('.')).map(row => [`${row[0]} ${row[1]}`, row.at(-1) ?? '']),
	);
}

/** The plugins of a running daemon; null if it does not answer or we may not ask. */
export async function pluginStates(host: Host, daemon: Daemon): Promise<PluginStates | null> {
	const result = await askCtr(host, daemon, ['plugins', 'ls']);
	return result?.code === 0 ? readPluginStates(result.stdout) : null;
}

/** Snapshotters among the plugins, by their short name. */
export const snapshottersOf = (plugins: PluginStates): Record<string, string> =>
	Object.fromEntries(
		Object.entries(plugins)
			.filter(([name]) => name.startsWith('io.containerd.snapshotter.v1 '))
			.map(([name, state]) => [name.split(' ')[1] ?? name, state]),
	);

/** The CRI plugin's rows; 2.x has it in three parts. */
export const criRows = ['io.containerd.grpc.v1 cri', 'io.containerd.cri.v1 runtime', 'io.containerd.cri.v1 images'];

/** `ctr` on this daemon's socket; null if there is no ctr or no socket (dialling a missing one takes ten seconds). */
export async function askCtr(host: Host, {ctr, address}: Asked, args: string[]): Promise<CommandResult | null> {
	if (ctr === null || (await host.files.stat(address)) === null) return null;
	return host.run(ctr, ['--address', address, '--connect-timeout', '5s', ...args], {timeoutMs: askTimeoutMs});
}

/** Properties of a systemd unit; null if systemctl does not answer. */
export async function unitProperties(
	host: Host,
	unit: string,
	names: readonly string[],
): Promise<Record<string, string> | null> {
	const result = await host.run('systemctl', ['show', unit, '--no-pager', `--property=${names.join(',')}`], {
		timeoutMs: askTimeoutMs,
	});
	if (result.code !== 0) return null;
	const pairs = result.stdout.split('\n').filter(line => line.includes('='));
	return Object.fromEntries(pairs.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Tasks of any kind by namespace, those without any left out; null if the daemon could not be asked. */
export async function tasksByNamespace(host: Host, daemon: Daemon): Promise<Record<string, number> | null> {
	const namespaces = await askCtr(host, daemon, ['namespaces', 'ls', '-q']);
	if (namespaces?.code !== 0) return null;
	const counts: Record<string, number> = {};
	for (const namespace of words(namespaces.stdout)) {
		const tasks = await askCtr(host, daemon, ['-n', namespace, 'tasks', 'ls', '-q']);
		if (tasks?.code !== 0) return null;
		const count = words(tasks.stdout).length;
		if (count > 0) counts[namespace] = count;
	}
	return counts;
}

/** A question to a daemon by `ctr`: what it said, or in words why nothing. */
async function answerOf(host: Host, daemon: Asked, args: string[]): Promise<{said: string} | {error: string}> {
	const result = await askCtr(host, daemon, args);
	if (result === null)
		return {error: daemon.ctr === null ? 'There is no ctr.' : `There is no socket at ${daemon.address}.`};
	if (result.code === 0) return {said: result.stdout};
	const ended = !result.timedOut && result.notStarted === null;
	return {error: ended ? `\`${result.command}\` failed: ${lastWords(result)}` : lastWords(result)};
}

/** containerd has no such snapshotter, or did not load it. Measured: the same words from 1.6 to 2.1. */
const notLoaded = /snapshotter not loaded/;

/**
 * The snapshots that are written to, which is one for each container, running or not. None where the daemon has no such
 * snapshotter (any more).
 * @returns an error, in words, if one of the questions was not answered: then nobody knows
 */
export async function containerSnapshots(
	host: Host,
	daemon: Asked,
	snapshotter: string,
): Promise<{snapshots: {namespace: string; key: string}[]} | {error: string}> {
	const namespaces = await answerOf(host, daemon, ['namespaces', 'ls', '-q']);
	if ('error' in namespaces) return namespaces;
	const snapshots: {namespace: string; key: string}[] = [];
	for (const namespace of words(namespaces.said)) {
		const listed = await answerOf(host, daemon, ['-n', namespace, 'snapshots', '--snapshotter', snapshotter, 'ls']);
		if ('error' in listed) {
			if (notLoaded.test(listed.error)) return {snapshots: []};
			return listed;
		}
		// KEY PARENT KIND, of which a snapshot without a parent has no second.
		const rows = listed.said.split('\n').map(words);
		snapshots.push(...rows.flatMap(([key = '', ...rest]) => (rest.at(-1) === 'Active' ? [{namespace, key}] : [])));
	}
	return {snapshots};
}

/** Containers of any kind in any namespace; null if the daemon could not be asked. */
export async function countTasks(host: Host, daemon: Daemon): Promise<number | null> {
	const counts = await tasksByNamespace(host, daemon);
	return counts && Object.values(counts).reduce((sum, count) => sum + count, 0);
}

const words = (text: string): string[] => text.split(/\s+/).filter(word => word !== '');

/** What `unitRestart` reads, in one question with others about the unit. */
export const restartProperties = ['KillMode', 'RequiredBy', 'BoundBy', 'ConsistsOf'] as const;

/**
 * What a restart of a unit does to others: how its processes are ended, and which active services stop with it.
 * @param found the unit's `restartProperties`
 */
export async function unitRestart(
	host: Host,
	found: Record<string, string>,
): Promise<{killMode: string; stoppedWith: string[]}> {
	const bound = new Set(['RequiredBy', 'BoundBy', 'ConsistsOf'].flatMap(name => words(found[name] ?? '')));
	const stoppedWith: string[] = [];
	for (const name of [...bound].filter(name => name.endsWith('.service')))
		if ((await unitProperties(host, name, ['ActiveState']))?.ActiveState === 'active') stoppedWith.push(name);
	return {killMode: found.KillMode || 'process', stoppedWith};
}

/** Whether a KillMode leaves the shims, and with them the containers, alone. */
export const sparesShims = (killMode: string): boolean => killMode === 'process' || killMode === 'none';

/**
 * Why restarting a unit would end containers; null if it does not. Shims survive where the unit's KillMode leaves
 * them alone and no other unit is stopped with it.
 */
export async function restartHazard(host: Host, unit: string, daemon: Daemon): Promise<string | null> {
	const found = await unitProperties(host, unit, restartProperties);
	if (!found) return null;
	const {killMode, stoppedWith} = await unitRestart(host, found);
	const why = [
		...(sparesShims(killMode) ? [] : [`KillMode=${killMode} of ${unit} ends every process in it, shims as well`]),
		...(stoppedWith.length > 0 ? [`${stoppedWith.join(', ')} is stopped and started with it`] : []),
	];
	if (why.length === 0) return null;
	const tasks = await countTasks(host, daemon);
	if (tasks === 0) return null;
	return `${why.join('; ')}; ${tasks === null ? 'whether containers run could not be told' : `${tasks} container${tasks === 1 ? '' : 's'} would end`}`;
}

/** Five minutes: systemd's own limit for a start is 90 s, for a stop as much again. */
const restartTimeoutMs = 300_000;

/** `systemctl restart`. @throws KataSetupError (`undone`) with the unit's last log lines */
export async function restartUnit(host: Host, unit: string): Promise<void> {
	const result = await host.run('systemctl', ['restart', unit], {timeoutMs: restartTimeoutMs});
	if (result.code === 0) return;
	const log = await host.run('journalctl', ['-u', unit, '-n', '15', '--no-pager', '-o', 'cat'], {
		timeoutMs: askTimeoutMs,
	});
	throw new KataSetupError('undone', `${unit} did not start again.`, {
		why: lastWords(result),
		evidence: log.stdout.split('\n').filter(line => line !== ''),
		remedy: `journalctl -u ${unit} tells more.`,
	});
}

/** How long a restarted daemon may take until it answers; measured: 0.1 s, on an emulated server 3 s. */
const answerTimeoutMs = 90_000;
const pollMs = 200;

/**
 * Waits until a daemon lists its plugins; without a ctr until its socket is there and its unit is active.
 * @param find gives what reaches it, again for each try: a start may bring other programs and another socket
 * @returns the plugins; null without a ctr
 * @throws KataSetupError (`undone`) when the time is over
 */
export async function waitUntilAnswering(
	host: Host,
	find: () => Promise<Daemon>,
	unit: string | null,
): Promise<PluginStates | null> {
	const until = host.now() + answerTimeoutMs;
	for (;;) {
		const daemon = await find();
		if (daemon.ctr === null) {
			const active = unit === null || (await unitProperties(host, unit, ['ActiveState']))?.ActiveState === 'active';
			if (active && (await host.files.stat(daemon.address)) !== null) return null;
		} else {
			const plugins = await pluginStates(host, daemon);
			if (plugins) return plugins;
		}
		if (host.now() >= until)
			throw new KataSetupError('undone', `containerd did not answer on ${daemon.address} after its restart.`, {
				why: `It was waited for ${answerTimeoutMs / 1000} seconds.`,
				remedy: `systemctl status ${unit ?? 'containerd'} tells its state.`,
			});
		await host.sleep(pollMs);
	}
}

/** Plugins that fail now and did not before, and parts of CRI that were well before and are not now. */
export const newFailures = (before: PluginStates, now: PluginStates): string[] => [
	...Object.keys(now).filter(name => now[name] === 'error' && before[name] !== 'error'),
	...criRows.filter(name => before[name] === 'ok' && now[name] !== 'ok' && now[name] !== 'error'),
];
