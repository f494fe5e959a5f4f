/** A containerd that is installed and does not run: what it would start with, and whether it could. */
import {dumpConfig, unitProperties} from '../../engines/containerd-daemon.ts';
import type {Host} from '../../host/host.ts';
import type {IdleContainerdFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {findProgram, sharedProcesses} from '../processes.ts';
import {binaryVersion, daemonArguments, defaultAddress, defaultConfig, isElsewhere, ownerOf} from './engines.ts';
import {listening} from './unix-sockets.ts';

export const idleContainerdProbe: Probe<IdleContainerdFacts | null> = {
	name: 'idle-containerd',
	unknown: null,
	read: readIdleContainerd,
};

/** Null if none is installed, or if a plain one runs: see engines.ts for that one. */
export async function readIdleContainerd(host: Host): Promise<IdleContainerdFacts | null> {
	if (await plainOneRuns(host)) return null;
	const started = await startedByUnit(host);
	const binary = started?.binary ?? (await findProgram(host, 'containerd'));
	if (binary === null) return null;
	const configPath = started?.config ?? defaultConfig;
	const [version, dump, isListening] = await Promise.all([
		binaryVersion(host, binary),
		dumpConfig(host, binary, configPath),
		listening(host, defaultAddress),
	]);
	return {
		binary,
		version,
		configPath,
		configError: 'error' in dump ? dump.error : null,
		socket: isListening === null ? 'absent' : isListening ? 'listening' : 'stale',
	};
}

async function plainOneRuns(host: Host): Promise<boolean> {
	for (const process of await sharedProcesses(host)) {
		const daemon = daemonArguments(process);
		if (daemon === null || (await isElsewhere(host, process.pid))) continue;
		const where = {
			binary: process.exe ?? process.argv[0] ?? '',
			path: daemon.config ?? '',
			address: daemon.address ?? '',
		};
		if (ownerOf({...where, service: null}) === null) return true;
	}
	return false;
}

/** The program and the `--config` of containerd.service's ExecStart; null if there is no such unit. */
async function startedByUnit(host: Host): Promise<{binary: string; config: string | null} | null> {
	const unit = await unitProperties(host, 'containerd.service', ['ExecStart']);
	const [, binary, words] = /path=(\S+) ; argv\[\]=([^;]*) ;/.exec(unit?.ExecStart ?? '') ?? [];
	if (!binary || words === undefined) return null;
	const argv = words.trim().split(/\s+/);
	return {binary, config: daemonArguments({pid: 0, argv, exe: binary})?.config ?? null};
}
