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

/**
 * Damages an installation of the miniature release (rust): one thing of each kind, and none that an uninstall would take for
 * somebody's own work and leave.
 */
export async function damage(host: JourneyHost): Promise<void> {
	const script = `
		cd /opt/kata-setup/trees/*-rust-*/ && truncate -s 3 share/kata-containers/rehearsal.image
		rm libexec/virtiofsd; chmod 700 bin; rm /etc/containerd/conf.d/kata-setup.toml
		rm /opt/kata-setup/uninstall; rm /etc/kata-containers/kata-setup/active
		chmod 777 /etc/kata-containers/kata-setup/rust-qemu/*-rust-*/
		rm /etc/kata-containers/kata-setup/rust-qemu/*-rust-*/configuration.toml`;
	await succeed(host, script);
}

/** Damages the record of its files as well: what was broken in the tree is told only when the record is whole again. */
export async function loseRecord(host: JourneyHost): Promise<void> {
	const script = `
		cd /opt/kata-setup/trees/*-rust-*/ && truncate -s 3 share/kata-containers/rehearsal.image && rm VERSION
		truncate -s 100 /opt/kata-setup/trees/*-rust-*.manifest`;
	await succeed(host, script);
}

async function succeed(host: JourneyHost, script: string): Promise<void> {
	const {code, stderr} = await host.run('sh', ['-ec', script]);
	if (code !== 0) throw new Error(stderr);
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
