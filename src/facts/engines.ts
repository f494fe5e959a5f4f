/** The running containerds: binary, version, socket, unit, owner, and the configuration in force. */
import {askCtr, dumpConfig, pluginStates, snapshottersOf, unitProperties} from '../engines/containerd-daemon.ts';
import type {Host} from '../host/host.ts';
import {readContainerdConfig} from './containerd-config.ts';
import type {ContainerdFacts, EngineName} from './facts.ts';
import type {Probe} from './probe.ts';
import {findProgram, type ProcessFacts, programName, quietly, readProcesses, serviceOf} from './processes.ts';

const defaultConfig = '/etc/containerd/config.toml';
const defaultAddress = '/run/containerd/containerd.sock';
const askTimeoutMs = 10_000;

/** Asking an engine starts its binaries, each with a limit of its own. */
export const engineTimeoutMs = 30_000;

export const containerdProbe: Probe<ContainerdFacts[]> = {
	name: 'containerd',
	timeoutMs: engineTimeoutMs,
	unknown: [],
	read: readContainerd,
};

/** Every containerd that runs in our mount namespace, by process id. */
export async function readContainerd(host: Host): Promise<ContainerdFacts[]> {
	const found: ContainerdFacts[] = [];
	const ours = await quietly(host.files.readLink('/proc/self/ns/mnt'));
	for (const process of await readProcesses(host)) {
		const daemon = daemonArguments(process);
		if (!daemon) continue;
		const theirs = await quietly(host.files.readLink(`/proc/${process.pid}/ns/mnt`));
		// One in a container has files and sockets of its own under the same names (kind, a dind).
		if (ours !== null && theirs !== null && ours !== theirs) continue;
		found.push(await describe(host, process, daemon));
	}
	return found;
}

interface DaemonArguments {
	config: string | null;
	address: string | null;
}

const flagsWithValue = new Set(['config', 'c', 'log-level', 'l', 'address', 'a', 'root', 'state']);

/** What a containerd was started with; null if the process is none, or one of its subcommands (`publish`, `config`). */
export function daemonArguments(process: ProcessFacts): DaemonArguments | null {
	const [first = '', ...rest] = process.argv;
	if (programName(process) !== 'containerd' && first.split('/').at(-1) !== 'containerd') return null;
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
	const service = await serviceOf(host, process.pid);
	const binary = await binaryOf(host, process, service);
	const ctr = await ctrBeside(host, binary);
	const path = await configPath(host, process.pid, daemon.config);
	const dump = await dumpConfig(host, binary, path);
	const version = await binaryVersion(host, binary);
	const {config, address: configured} = await readContainerdConfig(host, path, version, dump);
	const address = withoutScheme(daemon.address ?? configured ?? defaultAddress);
	const reach = {binary, ctr, address};
	const server = await serverVersion(host, reach);
	const plugins = server === null ? null : await pluginStates(host, reach);
	return {
		name: 'containerd',
		pid: process.pid,
		binary,
		ctr,
		version: server ?? version,
		address,
		unit: await verifiedUnit(host, service, process.pid),
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

/** `1.6.20~ds1`, `v2.1.4`, `2.1.9+unknown`, `v1.7.11-k3s2` → the three numbers, with a pre-release if it is one. */
const versionIn = (text: string): string | null =>
	/v?(\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.?\d+)?)/.exec(text)?.[1] ?? null;

/** `containerd --version` prints its module's path, which has a /v2 in it, and then the version. */
async function binaryVersion(host: Host, binary: string): Promise<string> {
	const result = await host.run(binary, ['--version'], {timeoutMs: askTimeoutMs});
	return versionIn(result.stdout.split(/\s+/).slice(2).join(' ')) ?? 'unknown';
}

/** The running server's version, which differs from the binary's after an upgrade without a restart; null if we may not ask. */
async function serverVersion(host: Host, daemon: Parameters<typeof askCtr>[1]): Promise<string | null> {
	const result = await quietly(askCtr(host, daemon, ['version']));
	if (result?.code !== 0) return null;
	return versionIn(/^Server:[\s\S]*?Version:\s*(\S+)/m.exec(result.stdout)?.[1] ?? '');
}

/** The service of the process's cgroup, if systemd agrees that this process is its main one. */
async function verifiedUnit(host: Host, service: string | null, pid: number): Promise<string | null> {
	if (service === null) return null;
	const unit = await unitProperties(host, service, ['MainPID']);
	return unit?.MainPID === String(pid) ? service : null;
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
