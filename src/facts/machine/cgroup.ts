/** Which cgroup layout is in force and which controllers it has. See cgroups(7). */
import type {Host} from '../../host/host.ts';
import type {CgroupFacts, CgroupLayout} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';
import {readLine} from '../read-text.ts';
import {type Mount, mountOf, parseMountInfo} from './mount-info.ts';

const root = '/sys/fs/cgroup';

export const cgroupProbe: Probe<CgroupFacts> = {
	name: 'cgroup',
	unknown: {layout: null, controllers: null, unmounted: [], disabled: null},
	async read(host) {
		const [table, known] = await Promise.all([readLine(host, '/proc/self/mountinfo'), readKnown(host)]);
		if (table === null) return readByMagic(host, known);
		const mounts = parseMountInfo(table);
		const layout = layoutOf(mounts);
		const controllers = layout === 'v2' ? await unifiedControllers(host) : mountedControllers(mounts);
		return factsOf(layout, controllers, known);
	},
};

/**
 * As the shims tell it (github.com/containerd/cgroups, utils.go: the file system at /sys/fs/cgroup decides). A v2 tree
 * that somebody mounted elsewhere, as Cilium does, changes nothing.
 */
function layoutOf(mounts: readonly Mount[]): CgroupLayout {
	if (mountOf(mounts, root)?.fileSystem === 'cgroup2') return 'v2';
	if (mountedControllers(mounts).length === 0) return 'none';
	return mountOf(mounts, `${root}/unified`)?.fileSystem === 'cgroup2' ? 'hybrid' : 'v1';
}

/** v1 names its controllers among the mount's options: `rw,cpu,cpuacct`. A `name=` makes a tree without controllers. */
const mountedControllers = (mounts: readonly Mount[]): string[] =>
	mounts
		.filter(({at, fileSystem}) => fileSystem === 'cgroup' && at.startsWith(`${root}/`))
		.flatMap(({options}) => options.filter(option => v1Controllers.includes(option)));

/** See cgroups(7), "Cgroups version 1 controllers". */
const v1Controllers = [
	'blkio',
	'cpu',
	'cpuacct',
	'cpuset',
	'devices',
	'freezer',
	'hugetlb',
	'memory',
	'net_cls',
	'net_prio',
	'perf_event',
	'pids',
	'rdma',
];

/** An empty file means none: nothing was delegated to this container. */
const unifiedControllers = async ({files}: Host): Promise<string[] | null> =>
	(await quietly(files.readText(`${root}/cgroup.controllers`)))?.split(/\s+/).filter(Boolean) ?? null;

/** The magic numbers of statfs(2) for cgroup v2 and for what v1's folders lie on. */
const magic = {cgroup2: 0x63677270, tmpfs: 0x01021994, sysfs: 0x62656572};

/** Where /proc does not show the mounts. */
async function readByMagic(host: Host, known: Known): Promise<CgroupFacts> {
	const type = (await quietly(host.files.space(root)))?.type;
	if (type === magic.cgroup2) return factsOf('v2', await unifiedControllers(host), known);
	if (type === magic.sysfs) return factsOf('none', [], known);
	if (type !== magic.tmpfs) return cgroupProbe.unknown;
	const [names, unified] = await Promise.all([
		quietly(host.files.list(root)),
		quietly(host.files.space(`${root}/unified`)),
	]);
	const controllers = (names ?? []).filter(name => v1Controllers.includes(name));
	return factsOf(unified?.type === magic.cgroup2 ? 'hybrid' : 'v1', controllers, known);
}

/** Controllers of /proc/cgroups: switched on, and switched off at boot; null where there is no such file. */
type Known = {on: string[]; off: string[]} | null;

/** `#subsys_name hierarchy num_cgroups enabled`, one line a controller of v1. */
async function readKnown(host: Host): Promise<Known> {
	const text = await readLine(host, '/proc/cgroups');
	if (text === null) return null;
	const rows = text
		.split('\n')
		.filter(line => !line.startsWith('#'))
		.map(line => line.split(/\s+/));
	const named = (enabled: string): string[] =>
		rows.filter(row => row[3] === enabled).flatMap(([name]) => (name ? [name] : []));
	return {on: named('1'), off: named('0')};
}

const factsOf = (layout: CgroupLayout, controllers: readonly string[] | null, known: Known): CgroupFacts => ({
	layout,
	controllers: controllers && [...new Set(controllers)].sort(),
	// Newer ones (misc) systemd mounts nowhere with v1, and nothing on such a host expects them.
	unmounted:
		layout === 'v1' || layout === 'hybrid'
			? v1Controllers.filter(name => known?.on.includes(name) && !controllers?.includes(name)).sort()
			: [],
	disabled: known ? [...known.off].sort() : null,
});
