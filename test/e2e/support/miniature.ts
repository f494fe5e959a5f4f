/** A private host for journeys with the rehearsal's miniature release: it is unpacked in a moment, and no VM is started. */
import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type ContainerdEngine, containerdEngines} from './engines.ts';
import {type JourneyHost, openJourneyHost} from './journey-host.ts';
import {ignoring} from './stand-in-flags.ts';

/** The rehearsal's release, as an archive of some kilobytes. */
export const miniatureArchive = join(
	import.meta.dirname,
	'../../../assets/rehearsal/kata-static-4.1.999-amd64.tar.zst',
);

export interface MiniatureHost {
	host: JourneyHost;
	/** `install` and its flags, without a smoke test. */
	install: string[];
	/** The flags by which other commands accept the blockers of this machine. */
	ignored: string[];
}

/** @param asked absent: the newest containerd */
export async function openMiniatureHost(asked?: ContainerdEngine): Promise<MiniatureHost> {
	const engine = asked ?? ((await containerdEngines()).at(-1) as ContainerdEngine);
	const host = await openJourneyHost(engine, {mainFile: 'version = 2\n'});
	const ignored = await ignoring(host);
	const sha256 = createHash('sha256')
		.update(await readFile(miniatureArchive))
		.digest('hex');
	const choice = ['--runtime', 'rust', '--hypervisor', 'qemu', ...ignored];
	const install = ['install', '--yes', '--no-test', ...choice, '--archive', miniatureArchive, '--sha256', sha256];
	return {host, install, ignored};
}
