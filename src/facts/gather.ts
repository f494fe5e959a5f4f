/** All probes side by side → Facts. */
import type {Host} from '../host/host.ts';
import {cpuProbe} from './cpu.ts';
import {devicesProbe} from './devices.ts';
import {readContainerd, readOtherEngines} from './engines.ts';
import type {ContainerdFacts, Facts, InstallationFacts, OtherEngineFacts, UnreadProbe} from './facts.ts';
import {initProbe} from './init.ts';
import {kataProbe} from './kata-installs.ts';
import {kvmProbe} from './kvm.ts';
import {machineProbe} from './machine.ts';
import {memoryProbe} from './memory.ts';
import {readPaths} from './paths.ts';
import {privilegesProbe} from './privileges.ts';
import {type Probe, type ProbeResult, runProbe} from './probe.ts';
import {spaceProbe} from './space.ts';
import {virtProbe} from './virt.ts';

/** Asking an engine starts its binaries, each with a limit of its own. */
const engineTimeoutMs = 30_000;

const containerdProbe: Probe<ContainerdFacts[]> = {
	name: 'containerd',
	timeoutMs: engineTimeoutMs,
	unknown: [],
	read: readContainerd,
};

const otherEnginesProbe: Probe<OtherEngineFacts[]> = {
	name: 'engines',
	timeoutMs: engineTimeoutMs,
	unknown: [],
	read: readOtherEngines,
};

export interface GatherOptions {
	/** The version of kata-setup. */
	kataSetup: string;
	/** What the journal says of an installation of ours. */
	installation: InstallationFacts | null;
	/** One limit in milliseconds for every probe, instead of their own. */
	timeoutMs?: number;
}

/**
 * Looks at the host: without root, changing nothing. Every probe has its own time limit; one that fails or hangs delays
 * nothing but itself, and is named in `unread`. Never rejects.
 */
export async function gatherFacts(host: Host, options: GatherOptions): Promise<Facts> {
	const unread: UnreadProbe[] = [];
	const read = async <T>(probe: Probe<T>): Promise<T> => {
		const result: ProbeResult<T> = await runProbe(host, probe, options.timeoutMs);
		if (result.why !== null) unread.push({probe: probe.name, why: result.why});
		return result.value;
	};
	// Which files an edit may touch is known only from the engines' configuration.
	const containerdAndPaths = async () => {
		const containerd = await read(containerdProbe);
		const pathsProbe = {name: 'paths', unknown: {}, read: (on: Host) => readPaths(on, containerd)};
		return {containerd, paths: await read<Facts['paths']>(pathsProbe)};
	};
	const [machine, cpu, kvm, virt, memory, devices, privileges, systemd, space, kata, otherEngines, engine] =
		await Promise.all([
			read(machineProbe),
			read(cpuProbe),
			read(kvmProbe),
			read(virtProbe),
			read(memoryProbe),
			read(devicesProbe),
			read(privilegesProbe),
			read(initProbe),
			read(spaceProbe),
			read(kataProbe),
			read(otherEnginesProbe),
			containerdAndPaths(),
		]);
	return {
		schema: 1,
		takenAt: new Date(host.now()).toISOString(),
		kataSetup: options.kataSetup,
		...machine,
		cpu,
		kvm,
		virt,
		memory,
		devices,
		privileges,
		systemd,
		space,
		containerd: engine.containerd,
		otherEngines,
		kata,
		paths: engine.paths,
		unread: unread.sort((a, b) => (a.probe < b.probe ? -1 : 1)),
		installation: options.installation,
	};
}
