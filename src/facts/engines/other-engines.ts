/**
 * Engines that are here beside containerd: their presence, and their version by the cheapest way there is. No daemon is
 * asked here, so that none that hangs delays the list; see docker.ts and crio.ts for those.
 */
import type {Host} from '../../host/host.ts';
import type {OtherEngineFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {findProgram, onlyAnswers, type ProcessFacts, programName, quietly, sharedProcesses} from '../processes.ts';
import {isElsewhere} from './engines.ts';

const versionTimeoutMs = 5000;

interface EngineProgram {
	name: OtherEngineFacts['name'];
	/** Asked for the version; the first that is there. */
	programs: string[];
	args: string[];
	/** What the version's text begins with, so that podman's `docker` is not taken for Docker; case is ignored. */
	says: string;
	/** The daemon's process names; none: it has no daemon. */
	daemons: string[];
}

const engines: EngineProgram[] = [
	{name: 'docker', programs: ['dockerd', 'docker'], args: ['--version'], says: 'docker', daemons: ['dockerd']},
	{name: 'podman', programs: ['podman'], args: ['--version'], says: 'podman', daemons: []},
	{name: 'nerdctl', programs: ['nerdctl'], args: ['--version'], says: 'nerdctl', daemons: []},
	{name: 'crio', programs: ['crio'], args: ['--version'], says: 'crio', daemons: ['crio']},
	{name: 'k3s', programs: ['k3s'], args: ['--version'], says: 'k3s', daemons: ['k3s', 'k3s-server', 'k3s-agent']},
	{name: 'rke2', programs: ['rke2'], args: ['--version'], says: 'rke2', daemons: ['rke2']},
	{name: 'k0s', programs: ['k0s'], args: ['version'], says: 'v', daemons: ['k0s']},
];

export const otherEnginesProbe: Probe<OtherEngineFacts[]> = {
	name: 'engines',
	unknown: [],
	read: readOtherEngines,
};

/** Every engine but containerd that has a program here or a daemon running. */
export async function readOtherEngines(host: Host): Promise<OtherEngineFacts[]> {
	const processes = await sharedProcesses(host);
	const daemons = new Set(engines.flatMap(engine => engine.daemons));
	const running = new Set<string>();
	for (const process of processes) {
		const name = daemonName(process);
		if (!daemons.has(name) || onlyAnswers(process)) continue;
		if (!(await isElsewhere(host, process.pid))) running.add(name);
	}
	const found = await Promise.all(engines.map(engine => describe(host, engine, running)));
	return [...found, await microk8s(host)]
		.filter(engine => engine !== null)
		.map(engine => ({...engine, ...monitored(engine.name, processes)}));
}

/** k3s and RKE2 write `/usr/local/bin/k3s server` over their first argument, to hide the others. */
const daemonName = (process: ProcessFacts): string => programName(process).split(' ')[0] ?? '';

/** Containers by their monitor: asking podman would make folders, and sees only the asking user's. */
function monitored(name: OtherEngineFacts['name'], processes: readonly ProcessFacts[]): {containers?: number} {
	if (name !== 'podman' && name !== 'crio') return {};
	const monitors = processes.filter(
		process =>
			programName(process) === 'conmon' &&
			// A second one watches each `podman exec`.
			!process.argv.some(word => word === '-e' || word.startsWith('--exec-attach') || word === '--exec-process-spec') &&
			process.argv.some(word => word.includes('podman')) === (name === 'podman'),
	);
	return {containers: monitors.length};
}

/** Podman's package podman-docker brings a `docker` that is Podman. */
async function isDocker(host: Host): Promise<boolean> {
	const docker = await findProgram(host, 'docker');
	if (docker === null) return false;
	const {stdout} = await host.run(docker, ['--version'], {timeoutMs: versionTimeoutMs});
	return stdout.trim().toLowerCase().startsWith('podman');
}

async function describe(host: Host, engine: EngineProgram, running: Set<string>): Promise<OtherEngineFacts | null> {
	const isRunning = engine.daemons.some(name => running.has(name));
	for (const name of engine.programs) {
		const path = await findProgram(host, name);
		if (path === null) continue;
		const {code, stdout} = await host.run(path, engine.args, {timeoutMs: versionTimeoutMs});
		if (code === 0 && !stdout.trim().toLowerCase().startsWith(engine.says)) continue;
		const version = code === 0 ? (/v?(\d+\.\d+\.\d+[\w.+~-]*)/.exec(stdout)?.[1] ?? null) : null;
		const also = engine.name === 'podman' ? {isDocker: await isDocker(host)} : {};
		return {name: engine.name, version, running: isRunning, detail: path, ...also};
	}
	if (!isRunning) return null;
	return {name: engine.name, version: null, running: true, detail: 'a process without a program in the usual folders'};
}

/** Asking `microk8s version` takes seconds; its snap's metadata says the same. */
async function microk8s({files}: Host): Promise<OtherEngineFacts | null> {
	const snap = '/snap/microk8s/current';
	const text = await quietly(files.readText(`${snap}/meta/snap.yaml`));
	if (text === null) return null;
	const version = /^version:\s*['"]?v?([^'"\s]+)/m.exec(text)?.[1] ?? null;
	const socket = await quietly(files.stat('/var/snap/microk8s/common/run/containerd.sock'));
	return {name: 'microk8s', version, running: socket !== null, detail: snap};
}
