/** How a kernel module stands for the running kernel. Nothing is loaded to find out. */
import type {Host} from '../host/host.ts';
import type {ModuleState} from './facts.ts';
import {exists, readLine} from './read-text.ts';

/**
 * Tells loaded, built-in, loadable and absent apart, by /proc/modules, /sys/module and the lists that depmod(8) wrote
 * for the running kernel.
 * @returns null where those lists are not there: in many containers, and on kernels of their own
 */
export async function moduleState(host: Host, name: string): Promise<ModuleState | null> {
	if (((await readLine(host, '/proc/modules')) ?? '').split('\n').some(line => line.startsWith(`${name} `)))
		return 'loaded';
	// `initstate` exists for loadable modules alone; a built-in one has a folder only if it has parameters.
	if (await exists(host, `/sys/module/${name}`))
		return (await exists(host, `/sys/module/${name}/initstate`)) ? 'loaded' : 'built-in';
	const release = await readLine(host, '/proc/sys/kernel/osrelease');
	const folder = `/lib/modules/${release}`;
	if (holds(await readLine(host, `${folder}/modules.builtin`), name)) return 'built-in';
	const known = await readLine(host, `${folder}/modules.dep`);
	if (known !== null) return holds(known, name) ? 'loadable' : 'absent';
	// Modules of other kernels only: this one was replaced on disk and is running until the next boot.
	const releases = await host.files.list('/lib/modules').catch(() => null);
	return releases && releases.length > 0 && release !== null ? 'absent' : null;
}

/** A line of modules.dep or modules.builtin for that module; file names use `-` and `_` as they please. */
function holds(list: string | null, name: string): boolean {
	const file = new RegExp(`/${name.replaceAll('_', '[-_]')}\\.ko(\\.\\w+)?(:|$)`, 'm');
	return list !== null && file.test(list);
}
