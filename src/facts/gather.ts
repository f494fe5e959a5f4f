/** All probes side by side → Facts. */
import type {Host} from '../host/host.ts';
import {crioProbe} from './engines/crio.ts';
import {dockerProbe} from './engines/docker.ts';
import {engineUnitsProbe} from './engines/engine-units.ts';
import {containerdProbe} from './engines/engines.ts';
import {idleContainerdProbe} from './engines/idle-containerd.ts';
import {kubernetesProbe} from './engines/kubernetes.ts';
import {otherEnginesProbe} from './engines/other-engines.ts';
import {renderedConfigsProbe} from './engines/rendered-configs.ts';
import {rootlessProbe} from './engines/rootless.ts';
import type {Facts, InstallationFacts, UnreadProbe} from './facts.ts';
import {driftProbe} from './kata/drift.ts';
import {dropInsProbe} from './kata/drop-ins.ts';
import {kataConfigurationProbe} from './kata/kata-configuration.ts';
import {kataHandlersProbe} from './kata/kata-handlers.ts';
import {kataProbe} from './kata/kata-installs.ts';
import {kataProcessesProbe} from './kata/kata-processes.ts';
import {kataProgramsProbe} from './kata/kata-programs.ts';
import {theirSettingsProbe} from './kata/their-settings.ts';
import {treeOffersProbe} from './kata/tree-offers.ts';
import {blockToolsProbe} from './machine/block-tools.ts';
import {boardProbe} from './machine/board.ts';
import {cgroupProbe} from './machine/cgroup.ts';
import {cpuProbe} from './machine/cpu.ts';
import {keptFromDeadMounts} from './machine/dead-mounts.ts';
import {devicesProbe} from './machine/devices.ts';
import {initProbe} from './machine/init.ts';
import {kvmProbe} from './machine/kvm.ts';
import {machineProbe} from './machine/machine.ts';
import {memoryProbe} from './machine/memory.ts';
import {modulesProbe} from './machine/modules.ts';
import {passthroughProbe} from './machine/passthrough.ts';
import {privilegesProbe} from './machine/privileges.ts';
import {securityProbe} from './machine/security.ts';
import {spaceProbe} from './machine/space.ts';
import {virtProbe} from './machine/virt.ts';
import {networkProbe} from './network/network.ts';
import {readPaths} from './paths.ts';
import {type Probe, runProbe} from './probe.ts';

/** The fields of Facts that no probe reads. */
type Given = 'schema' | 'takenAt' | 'kataSetup' | 'unread' | 'installation' | 'sequence';
/** The fields that one probe reads together: see machine.ts. */
type OfMachine = 'hostname' | 'os' | 'kernel' | 'machine';

/** The fields whose probes must know the running containerds first. */
const afterContainerd = ['paths', 'kataHandlers', 'kataPrograms', 'drift'] as const;
type AfterContainerd = (typeof afterContainerd)[number];

type ProbesOf<Fields extends keyof Facts> = {[Field in Fields]-?: Probe<Exclude<Facts[Field], undefined>>};
type ProbeOf = ProbesOf<Exclude<keyof Facts, Given | OfMachine | AfterContainerd | 'network'>>;

/** By the field that each fills. A new probe is a line here. */
export const probes: ProbeOf = {
	cpu: cpuProbe,
	kvm: kvmProbe,
	virt: virtProbe,
	memory: memoryProbe,
	devices: devicesProbe,
	blockTools: blockToolsProbe,
	passthrough: passthroughProbe,
	modules: modulesProbe,
	cgroup: cgroupProbe,
	security: securityProbe,
	board: boardProbe,
	privileges: privilegesProbe,
	systemd: initProbe,
	space: spaceProbe,
	kata: kataProbe,
	kataProcesses: kataProcessesProbe,
	kataConfiguration: kataConfigurationProbe,
	dropIns: dropInsProbe,
	theirSettings: theirSettingsProbe,
	treeOffers: treeOffersProbe,
	otherEngines: otherEnginesProbe,
	containerd: containerdProbe,
	idleContainerd: idleContainerdProbe,
	engineUnits: engineUnitsProbe,
	docker: dockerProbe,
	crio: crioProbe,
	renderedConfigs: renderedConfigsProbe,
	rootless: rootlessProbe,
	kubernetes: kubernetesProbe,
};

export interface GatherOptions {
	/** The version of kata-setup. */
	kataSetup: string;
	/** What the journal says of an installation of ours. */
	installation: InstallationFacts | null;
	/** See `Facts.sequence`. */
	sequence?: number;
	/** The environment that kata-setup was started with: its PATH and its proxies are looked at. Default: empty. */
	environment?: Readonly<Record<string, string | undefined>>;
	/** The release index that is asked whether it answers. Default: none is asked. */
	index?: string | null;
	/** One limit in milliseconds for every probe, instead of their own. */
	timeoutMs?: number;
	/**
	 * Called whenever a probe has ended, with what is known by then and the fields that are still being read: they hold
	 * their unknown value. Not called for the last one, whose facts are the result.
	 */
	onFacts?: (facts: Facts, pending: ReadonlySet<keyof Facts>) => void;
}

/** Which files an edit may touch, and which Kata an engine starts, only the engines' configuration tells. */
export const probesAfter = (
	containerd: Facts['containerd'],
	{environment = {}, installation}: Pick<GatherOptions, 'environment' | 'installation'>,
): ProbesOf<AfterContainerd> => ({
	paths: {name: 'paths', unknown: {}, read: host => readPaths(host, containerd)},
	kataHandlers: kataHandlersProbe(containerd),
	kataPrograms: kataProgramsProbe(containerd, environment),
	drift: driftProbe(installation, containerd, 'quick'),
});

/**
 * Looks at the host: without root, changing nothing. Every probe has its own time limit; one that fails or hangs delays
 * nothing but itself, and is named in `unread`. Never rejects.
 */
export async function gatherFacts(host: Host, options: GatherOptions): Promise<Facts> {
	const takenAt = new Date(host.now()).toISOString();
	const answering = keptFromDeadMounts(host);
	const unread: UnreadProbe[] = [];
	const values: Partial<Record<keyof Facts, unknown>> = {paths: {}};
	const facts = (): Facts =>
		({
			schema: 1,
			takenAt,
			kataSetup: options.kataSetup,
			...values,
			unread: unread.toSorted((a, b) => (a.probe < b.probe ? -1 : 1)),
			installation: options.installation,
			...(options.sequence === undefined ? {} : {sequence: options.sequence}),
		}) as Facts;

	const pending = new Set<keyof Facts>();

	/** Runs a probe and puts its value into its fields: the unknown one at once, the read one when it is there. */
	const read = async <T>(probe: Probe<T>, fields: readonly (keyof Facts)[], take: (value: T) => void): Promise<T> => {
		take(probe.unknown);
		for (const field of fields) pending.add(field);
		const {value, why} = await runProbe(answering, probe, options.timeoutMs);
		take(value);
		if (why !== null) unread.push({probe: probe.name, why});
		for (const field of fields) pending.delete(field);
		if (pending.size > 0) options.onFacts?.(facts(), pending);
		return value;
	};
	const fill = async (field: keyof Facts, probe: Probe<unknown>): Promise<unknown> =>
		read(probe, [field], value => {
			values[field] = value;
		});
	const readField = async (field: keyof ProbeOf): Promise<unknown> => fill(field, probes[field]);

	const containerd = readField('containerd') as Promise<Facts['containerd']>;
	const {environment = {}, index = null} = options;
	// What waits for another probe is not known before it either.
	for (const field of afterContainerd) pending.add(field);
	await Promise.all([
		read(machineProbe, ['hostname', 'os', 'kernel', 'machine'], value => Object.assign(values, value)),
		...(Object.keys(probes) as (keyof ProbeOf)[]).filter(field => field !== 'containerd').map(readField),
		fill('network', networkProbe(environment, index)),
		containerd.then(running => {
			const later = probesAfter(running, options);
			return Promise.all(afterContainerd.map(field => fill(field, later[field])));
		}),
	]);
	return facts();
}
