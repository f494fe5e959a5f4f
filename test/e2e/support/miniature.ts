/** A private host for journeys with the rehearsal's miniature release: it is unpacked in a moment, and no VM is started. */
import {createHash} from 'node:crypto';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {type ContainerdEngine, containerdEngines} from './engines.ts';
import {type JourneyHost, openJourneyHost} from './journey-host.ts';
import {ignoring} from './stand-in-flags.ts';

/** The rehearsal's release, as an archive of some kilobytes. */
export const miniatureArchive = join(
	import.meta.dirname,
	'../../../assets/rehearsal/kata-static-4.1.999-amd64.tar.zst',
);

/** The same release's archive of the go runtime, which Firecracker is in. */
export const goArchive = join(import.meta.dirname, '../../../assets/rehearsal/kata-go-static-4.1.999-amd64.tar.zst');

/** The release after that one: the same files with another VERSION. @returns the path of its archive, in `folder` */
export async function makeNextArchive(folder: string): Promise<string> {
	const tree = join(folder, 'next');
	const archive = join(folder, 'kata-static-4.1.1000-amd64.tar.zst');
	await mkdir(tree);
	await execa('tar', ['--zstd', '-xf', miniatureArchive, '-C', tree]);
	await writeFile(join(tree, 'opt/kata/VERSION'), '4.1.1000\n');
	await execa('tar', ['--zstd', '--owner=0', '--group=0', '-cf', archive, '-C', tree, './opt']);
	return archive;
}

/** The flags that name an archive and its digest. */
export async function archiveFlags(archive: string): Promise<string[]> {
	const sha256 = createHash('sha256')
		.update(await readFile(archive))
		.digest('hex');
	return ['--archive', archive, '--sha256', sha256];
}

/** Unpacks the miniature release at /opt/kata, as somebody does by hand: what `adopt` takes over. */
export async function unpackByHand(host: JourneyHost): Promise<void> {
	const {stderr} = await host.run('tar', ['--zstd', '-xf', miniatureArchive, '-C', '/', './opt/kata']);
	if (stderr !== '') throw new Error(stderr);
}

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
	const choice = ['--runtime', 'rust', '--hypervisor', 'qemu', ...ignored];
	const install = ['install', '--yes', '--no-test', ...choice, ...(await archiveFlags(miniatureArchive))];
	return {host, install, ignored};
}
