/** Which of Kata's programs is found first: by the containerd that starts the shims, and by a person's shell. */
import type {Host} from '../../host/host.ts';
import type {ContainerdFacts} from '../engine-facts.ts';
import {unitEnvironments} from '../engines/unit-environment.ts';
import type {KataProgramFacts} from '../kata-facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';
import {saidPaths} from '../said-path.ts';

/**
 * What systemd gives a service that is told no PATH. Source: systemd.exec(5), "Environment Variables in Spawned
 * Processes", and its DEFAULT_PATH_NORMAL.
 */
const systemdPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Of the person's PATH: what is typed to look at a Kata. `ctr` and `nerdctl` leave the shim to the daemon. */
const tools = ['kata-runtime', 'kata-ctl', 'containerd-shim-kata-v2'];
const shim = 'containerd-shim-kata-v2';

/**
 * @param containerd the running ones
 * @param environment the one that kata-setup was started with
 */
export const kataProgramsProbe = (
	containerd: readonly ContainerdFacts[],
	environment: Readonly<Record<string, string | undefined>>,
): Probe<KataProgramFacts[]> => ({
	name: 'kata-programs',
	unknown: [],
	async read(host) {
		const daemon = containerd.find(({ownedBy}) => ownedBy === null);
		const [ofDaemon, ...ofPerson] = await Promise.all([
			daemon ? readDaemon(host, daemon) : null,
			...tools.map(name => find(host, name, 'person', 'PATH', environment.PATH ?? '')),
		]);
		return [ofDaemon ?? null, ...ofPerson].filter(
			program => program !== null && program.found.length > 0,
		) as KataProgramFacts[];
	},
});

async function readDaemon(host: Host, daemon: ContainerdFacts): Promise<KataProgramFacts> {
	const {path, source} = await pathOf(host, daemon);
	return find(host, shim, 'containerd', source, path);
}

/** The daemon's own PATH, as it stands in its process; root alone may read that, everybody what systemd says of the unit. */
async function pathOf(host: Host, {pid, unit}: ContainerdFacts): Promise<{path: string; source: string}> {
	const file = `/proc/${pid}/environ`;
	const environ = await quietly(host.files.readText(file));
	if (environ) {
		const path = environ.split('\0').find(entry => entry.startsWith('PATH='));
		return {path: path?.slice('PATH='.length) ?? '', source: file};
	}
	const [service] = unit === null ? [] : ((await unitEnvironments(host, [unit])) ?? []);
	const path = service?.variables.PATH;
	return path ? {path, source: `systemctl show ${unit}`} : {path: systemdPath, source: 'assumed'};
}

async function find(
	host: Host,
	name: string,
	whose: KataProgramFacts['whose'],
	source: string,
	path: string,
): Promise<KataProgramFacts> {
	const folders = [...new Set(path.split(':').filter(folder => folder.startsWith('/')))];
	const said = await saidPaths(host);
	const files = await Promise.all(
		folders.map(async folder => {
			const file = `${folder.replace(/\/+$/, '')}/${name}`;
			const real = await quietly(host.files.realPath(file));
			return {path: file, target: real === null ? null : said(real)};
		}),
	);
	const found: KataProgramFacts['found'] = [];
	for (const {path: file, target} of files)
		if (target !== null && !found.some(earlier => earlier.target === target)) found.push({path: file, target});
	return {name, whose, source, found};
}
