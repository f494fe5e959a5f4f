/** Engines of ordinary users: they have no right to the devices and networks that Kata's VMs need. */
import type {Host} from '../../host/host.ts';
import type {RootlessFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {quietly, sharedProcesses} from '../processes.ts';
import {exists} from '../read-text.ts';

/** Below /run/user/UID, which only that user and root may look into. */
const places: readonly [engine: RootlessFacts['engine'], place: string][] = [
	['docker', 'docker.sock'],
	['containerd', 'containerd-rootless'],
	['podman', 'podman/podman.sock'],
];

export const rootlessProbe: Probe<RootlessFacts[]> = {name: 'rootless', unknown: [], read: readRootless};

/** Sockets and folders of rootless engines that we may see, and the rootlesskit processes that hold them up. */
export async function readRootless(host: Host): Promise<RootlessFacts[]> {
	const users = (await quietly(host.files.list('/run/user'))) ?? [];
	const found = await Promise.all(
		users.flatMap(uid =>
			places.map(async ([engine, place]): Promise<RootlessFacts[]> => {
				const path = `/run/user/${uid}/${place}`;
				return (await exists(host, path)) ? [{engine, evidence: path}] : [];
			}),
		),
	);
	if (found.flat().length > 0) return found.flat();
	return (await sharedProcesses(host)).flatMap(({pid, argv, exe}): RootlessFacts[] => {
		const [program = ''] = argv;
		if ((exe ?? program).split('/').at(-1) !== 'rootlesskit') return [];
		const engine = argv.some(word => word.includes('dockerd')) ? 'docker' : 'containerd';
		return [{engine, evidence: `process ${pid}, ${program}`}];
	});
}
