/** The running containerds: binary, version, socket, unit, owner, and the configuration in force. */
import {
	dumpConfig,
	pluginStates,
	restartProperties,
	snapshottersOf,
	tasksByNamespace,
	unitProperties,
	unitRestart,
} from '../../engines/containerd-daemon.ts';
import type {Files, Host} from '../../host/host.ts';
import type {ContainerdFacts, EngineName} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {
	findProgram,
	onlyAnswers,
	type ProcessFacts,
	parentOf,
	programName,
	quietly,
	readProcesses,
	serviceOf,
	sharedProcesses,
	startOf,
} from '../processes.ts';
import {readContainerdConfig} from './containerd-config.ts';
import {askServer, versionIn} from './containerd-server.ts';

export const defaultConfig = '/etc/containerd/config.toml';
export const defaultAddress = '/run/containerd/containerd.sock';
const askTimeoutMs = 10_000;

/** Asking an engine starts its binaries, each with a limit of its own. */
export const engineTimeoutMs = 30_000;

export const containerdProbe: Probe<ContainerdFacts[]> = {
	name: 'containerd',
	timeoutMs: engineTimeoutMs,
	unknown: [],
	read: async host => readContainerd(host, await sharedProcesses(host)),
};

/** Every containerd that runs in our mount namespace, by process id. They are asked side by side. */
export async function readContainerd(host: Host, processes?: readonly ProcessFacts[]): Promise<ContainerdFacts[]> {
	const daemons = (processes ?? (await readProcesses(host))).flatMap(process => {
		const daemon = daemonArguments(process);
		return daemon ? [{process, daemon}] : [];
	});
	const pids = daemons.map(({process}) => process.pid);
	const found = await Promise.all(
		daemons.map(async ({process, daemon}) =>
			(await isElsewhere(host, process.pid)) || (await isForked(host, process.pid, pids))
				? null
				: describe(host, process, daemon),
		),
	);
	return found.filter(one => one !== null);
}

/** A daemon that starts a shim is there twice until its child executes the shim: both have its command line. */
async function isForked(host: Host, pid: number, daemons: readonly number[]): Promise<boolean> {
	if (daemons.length < 2) return false;
	const parent = await parentOf(host, pid);
	return parent !== null && daemons.includes(parent);
}

/**
 * A process in a container has files and sockets of its own under the same names (kind, a dind, a rootless engine).
 *
 * Of another user's process only root may read the mount namespace; how deep its namespace of processes lies, everybody.
 */
export async function isElsewhere({files}: Host, pid: number): Promise<boolean> {
	const ours = await quietly(files.readLink('/proc/self/ns/mnt'));
	const theirs = await quietly(files.readLink(`/proc/${pid}/ns/mnt`));
	if (ours !== null && theirs !== null) return ours !== theirs;
	const [ourDepth, theirDepth] = await Promise.all([namespaceDepth(files, 'self'), namespaceDepth(files, pid)]);
	return ourDepth !== null && theirDepth !== null && theirDepth > ourDepth;
}

/** In how many nested namespaces a process has a number (`NSpid`, proc(5)); null if the kernel does not tell. */
async function namespaceDepth(files: Files, pid: number | 'self'): Promise<number | null> {
	const status = (await quietly(files.readText(`/proc/${pid}/status`))) ?? '';
	return /^NSpid:\s*(.*)$/m.exec(status)?.[1]?.split(/\s+/).length ?? null;
}

interface DaemonArguments {
	config: string | null;
	address: string | null;
}

const flagsWithValue = new Set(['config', 'c', 'log-level', 'l', 'address', 'a', 'root', 'state']);

/** What a containerd was started with; null if the process is none, only answers, or is a subcommand (`publish`, `config`). */
export function daemonArguments(process: ProcessFacts): DaemonArguments | null {
	const [first = '', ...rest] = process.argv;
	if (programName(process) !== 'containerd' && first.split('/').at(-1) !== 'containerd') return null;
	if (onlyAnswers(process)) return null;
	const values = new Map<string, string>();
	for (let index = 0; index < rest.length; index += 1) {
		const match = /^--?([\w-]+)(?:=(.*))?$/s.exec(rest[index] ?? '');
		if (!match) return null;
		const name = match[1] ?? '';
		if (!flagsWithValue.has(name)) continue;
		if (match[2] === undefined) index += 1;
		values.set(name, match[2] ?? rest[index] ?? '');
	}
	return {
		config: values.get('config') ?? values.get('c') ?? null,
		address: values.get('address') ?? values.get('a') ?? null,
	};
}

async function describe(host: Host, process: ProcessFacts, daemon: DaemonArguments): Promise<ContainerdFacts> {
	const {pid} = process;
	const service = await serviceOf(host, pid);
	const binary = await binaryOf(host, process, service);
	const path = await configPath(host, pid, daemon.config);
	const [ctr, dump, ownVersion, unit, startedMs] = await Promise.all([
		ctrBeside(host, binary),
		dumpConfig(host, binary, path),
		binaryVersion(host, binary),
		verifiedUnit(host, service, pid),
		startOf(host, pid),
	]);
	const {config, address: configured} = await readContainerdConfig(host, path, ownVersion ?? 'unknown', dump);
	const address = withoutScheme(daemon.address ?? configured ?? defaultAddress);
	const reach = {binary, ctr, address};
	const {version, socket} = await askServer(host, reach);
	// One that does not say its version is asked nothing more: each question would cost its limit.
	const [plugins, containers] =
		version === null ? [null, null] : await Promise.all([pluginStates(host, reach), tasksByNamespace(host, reach)]);
	return {
		name: 'containerd',
		pid,
		binary,
		ctr,
		version: version ?? ownVersion ?? 'unknown',
		binaryVersion: version === null || version === ownVersion ? null : ownVersion,
		address,
		socket,
		startedMs,
		unit: unit && service,
		restart: unit && (await unitRestart(host, unit)),
		containers,
		ownedBy: ownerOf({binary, path, address, service}),
		snapshotters: plugins && snapshottersOf(plugins),
		config,
	};
}

/** A relative `-c` is relative to where the daemon was started. */
async function configPath(host: Host, pid: number, named: string | null): Promise<string> {
	if (named === null) return defaultConfig;
	if (named.startsWith('/')) return named;
	return `${(await quietly(host.files.readLink(`/proc/${pid}/cwd`))) ?? ''}/${named}`;
}

const withoutScheme = (address: string): string => address.replace(/^unix:\/\//, '');

/** The executable; for a process of root's that we may not look into, what its command line or its unit says. */
async function binaryOf(host: Host, {argv, exe}: ProcessFacts, service: string | null): Promise<string> {
	if (exe !== null) return exe;
	const named = argv[0] ?? 'containerd';
	if (named.startsWith('/')) return (await quietly(host.files.realPath(named))) ?? named;
	const unit = service === null ? null : await unitProperties(host, service, ['ExecStart']);
	const started = /path=(\S+containerd) ;/.exec(unit?.ExecStart ?? '')?.[1];
	if (started) return (await quietly(host.files.realPath(started))) ?? started;
	return (await findProgram(host, 'containerd')) ?? named;
}

async function ctrBeside(host: Host, binary: string): Promise<string | null> {
	const beside = `${binary.slice(0, binary.lastIndexOf('/'))}/ctr`;
	return (await quietly(host.files.realPath(beside))) ?? findProgram(host, 'ctr');
}

/** `containerd --version` prints its module's path, which has a /v2 in it, and then the version; null if it does not. */
export async function binaryVersion(host: Host, binary: string): Promise<string | null> {
	const result = await host.run(binary, ['--version'], {timeoutMs: askTimeoutMs});
	return versionIn(result.stdout.split(/\s+/).slice(2).join(' '));
}

/** What systemd says of the service of the process's cgroup, if it agrees that this process is its main one. */
async function verifiedUnit(host: Host, service: string | null, pid: number): Promise<Record<string, string> | null> {
	if (service === null) return null;
	const unit = await unitProperties(host, service, ['MainPID', ...restartProperties]);
	return unit?.MainPID === String(pid) ? unit : null;
}

/** By the paths and units of those who run a containerd of their own; the order is that of kata-deploy's detection. */
export function ownerOf(where: {
	binary: string;
	path: string;
	address: string;
	service: string | null;
}): EngineName | null {
	const {binary, path, address, service} = where;
	const places = [binary, path, address];
	const under = (...folders: string[]): boolean => places.some(place => folders.some(folder => place.includes(folder)));
	const unit = service ?? '';
	if (under('/snap/microk8s/') || unit.startsWith('snap.microk8s.')) return 'microk8s';
	if (under('/rancher/rke2/') || unit.startsWith('rke2')) return 'rke2';
	if (under('/rancher/k3s/', '/run/k3s/') || unit.startsWith('k3s')) return 'k3s';
	if (under('/run/k0s/', '/etc/k0s/', '/var/lib/k0s/') || unit.startsWith('k0s')) return 'k0s';
	if (under('/run/docker/', '/var/lib/docker/', '/snap/docker/') || unit === 'docker.service') return 'docker';
	return null;
}
