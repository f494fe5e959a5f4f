/** Docker: the daemon's own answer, with a limit of its own, and its configuration. */
import {lastWords, unitProperties} from '../../engines/containerd-daemon.ts';
import type {Host} from '../../host/host.ts';
import type {DockerFacts, DockerInfoFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {findProgram, onlyAnswers, programName, quietly, sharedProcesses} from '../processes.ts';
import {type DockerArguments, dockerArguments, readDockerConfig} from './docker-config.ts';
import {isElsewhere} from './engines.ts';
import {listening} from './unix-sockets.ts';

/** `docker info` waits for ever on a daemon that hangs; a well one answers in 0.03 s, an emulated server's in 3 s. */
const infoTimeoutMs = 8000;

export const dockerProbe: Probe<DockerFacts | null> = {
	name: 'docker',
	timeoutMs: 15_000,
	unknown: null,
	read: readDocker,
};

const snapConfig = '/var/snap/docker/current/config/daemon.json';

/** Null where there is no dockerd: neither a program nor a process. */
export async function readDocker(host: Host): Promise<DockerFacts | null> {
	const daemon = await runningDaemon(host);
	const program = await findProgram(host, 'dockerd');
	const isSnap = (await quietly(host.files.stat('/snap/bin/docker.dockerd'))) !== null;
	if (daemon === null && program === null && !isSnap) return null;
	const {configFile, sockets, flags} = daemon?.started ?? (await startedByUnit(host));
	const path = sockets[0] ?? '/run/docker.sock';
	const isListening = await listening(host, path);
	const [config, asked] = await Promise.all([
		readDockerConfig(host, configFile ?? (isSnap && program === null ? snapConfig : '/etc/docker/daemon.json')),
		// systemd would start a daemon that does not run yet.
		daemon !== null && isListening !== null ? askDocker(host, path) : {info: null, error: null},
	]);
	const noSocket = daemon !== null && isListening === null ? `${path} is not there.` : null;
	return {
		pid: daemon?.pid ?? null,
		socket: {path, listening: isListening},
		info: asked.info,
		error: asked.error ?? noSocket,
		config,
		flags,
	};
}

async function runningDaemon(host: Host): Promise<{pid: number; started: DockerArguments} | null> {
	for (const process of await sharedProcesses(host)) {
		if (programName(process) !== 'dockerd' || onlyAnswers(process)) continue;
		if (await isElsewhere(host, process.pid)) continue;
		return {pid: process.pid, started: dockerArguments(process.argv)};
	}
	return null;
}

/** The command line of docker.service, for a daemon that does not run: it may not run because of it. */
async function startedByUnit(host: Host): Promise<DockerArguments> {
	const unit = await unitProperties(host, 'docker.service', ['ExecStart']);
	const words = /argv\[\]=([^;]*) ;/.exec(unit?.ExecStart ?? '')?.[1] ?? '';
	return dockerArguments(words.trim().split(/\s+/));
}

async function askDocker(host: Host, socket: string): Promise<{info: DockerInfoFacts | null; error: string | null}> {
	const client = await findProgram(host, 'docker');
	if (client === null) return {info: null, error: null};
	const args = ['-H', `unix://${socket}`, 'info', '--format', '{{json .}}'];
	const result = await host.run(client, args, {timeoutMs: infoTimeoutMs});
	const said = objectOf(result.stdout);
	const complaint = Array.isArray(said?.ServerErrors) ? String(said.ServerErrors[0] ?? '') : '';
	// The client prints an empty answer beside its complaint, and older ones end with 0.
	if (said === null || !said.ServerVersion) return {info: null, error: complaint || lastWords(result)};
	const security = Array.isArray(said.SecurityOptions) ? said.SecurityOptions : [];
	return {
		info: {
			version: String(said.ServerVersion),
			running: typeof said.ContainersRunning === 'number' ? said.ContainersRunning : 0,
			liveRestore: said.LiveRestoreEnabled === true,
			rootless: security.some(option => String(option).includes('name=rootless')),
			runtimes: Object.keys((said.Runtimes as object | null) ?? {}),
			defaultRuntime: typeof said.DefaultRuntime === 'string' ? said.DefaultRuntime || null : null,
		},
		error: null,
	};
}

function objectOf(text: string): Record<string, unknown> | null {
	try {
		const parsed: unknown = JSON.parse(text);
		return parsed !== null && typeof parsed === 'object' ? (parsed as Record<string, unknown>) : null;
	} catch {
		return null;
	}
}
