/** A container image for tests: busybox alone, as `docker save` writes it, which every containerd imports. */
import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {pack} from 'tar-stream';
import {busyboxProgram} from './debian.ts';

export const busyboxImage = 'localhost/stand-in-busybox:1';

/** The image's archive. Its entrypoint is `/bin/busybox`; there is nothing else in it, not even /proc. */
export async function busyboxArchive(): Promise<Buffer> {
	const layer = await tar([['bin/busybox', await readFile(busyboxProgram), 0o755]]);
	const config = JSON.stringify({
		architecture: 'amd64',
		os: 'linux',
		config: {Entrypoint: ['/bin/busybox'], Env: ['PATH=/bin']},
		rootfs: {type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`]},
	});
	const manifest = [{Config: 'config.json', RepoTags: [busyboxImage], Layers: ['layer.tar']}];
	return tar([
		['config.json', Buffer.from(config), 0o644],
		['layer.tar', layer, 0o644],
		['manifest.json', Buffer.from(JSON.stringify(manifest)), 0o644],
	]);
}

async function tar(files: [string, Buffer, number][]): Promise<Buffer> {
	const archive = pack();
	for (const [name, content, mode] of files) archive.entry({name, mode, mtime: new Date(0)}, content);
	archive.finalize();
	const chunks: Buffer[] = [];
	for await (const chunk of archive) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}
