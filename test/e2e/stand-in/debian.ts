/** What a stand-in release takes from Debian: QEMU with its firmware, a kernel for guests, and busybox. */
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, readFile, rename, rm} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';

/** Of everything that is made once for the end-to-end suite. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kata-setup-e2e', 'stand-in');

export const qemuProgram = '/usr/bin/qemu-system-x86_64';
/** Statically linked. Both places: Debian's merged /usr came late. */
export const busyboxProgram = existsSync('/usr/bin/busybox') ? '/usr/bin/busybox' : '/bin/busybox';
/** Debian builds QEMU's emulator as a module, which fits this very build of QEMU alone. */
export const emulatorModule = '/usr/lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so';
/** What QEMU reads to boot a kernel on q35 without any device of its default. */
export const firmware = [
	'/usr/share/seabios/bios-256k.bin',
	'/usr/share/qemu/kvmvapic.bin',
	'/usr/share/qemu/linuxboot_dma.bin',
];

export interface GuestKernel {
	/** What `uname -r` says in a guest, for example `6.1.0-56-cloud-amd64`. */
	release: string;
	bytes: Buffer;
}

/**
 * Debian's kernel for virtual machines. Its package is downloaded and unpacked once, never installed.
 * @throws Error with apt's own words if it is not in the cache and cannot be downloaded
 */
export async function guestKernel(): Promise<GuestKernel> {
	const folder = join(cacheFolder, 'kernel');
	const cached = async () =>
		existsSync(folder) ? (await readdir(folder)).find(name => name.startsWith('vmlinuz-')) : undefined;
	const name = (await cached()) ?? (await download(folder).then(cached));
	if (!name) throw new Error('Debian’s kernel package holds no kernel.');
	return {release: name.slice('vmlinuz-'.length), bytes: await readFile(join(folder, name))};
}

async function download(folder: string): Promise<void> {
	await mkdir(cacheFolder, {recursive: true});
	const work = await mkdtemp(join(cacheFolder, 'kernel-'));
	try {
		const {stdout} = await execa('apt-cache', ['depends', '--important', 'linux-image-cloud-amd64']);
		const depends = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
		if (!depends) throw new Error(`apt knows no linux-image-cloud-amd64. Run apt-get update.\n${stdout}`);
		await execa('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', depends], {cwd: work});
		const archive = (await readdir(work)).find(name => name.endsWith('.deb'));
		if (!archive) throw new Error(`apt-get download ${depends} left no file.`);
		await execa('dpkg-deb', ['-x', archive, 'unpacked'], {cwd: work});
		await rename(join(work, 'unpacked/boot'), folder).catch(error => {
			// Another test was quicker.
			if (!existsSync(folder)) throw error;
		});
	} finally {
		await rm(work, {recursive: true, force: true});
	}
}
