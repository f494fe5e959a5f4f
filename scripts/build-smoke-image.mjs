/**
 * Builds the smoke test's images from assets/smoke/probe.c: assets/smoke/kata-setup-smoke-<machine>.tar for the four
 * architectures, and assets/smoke/manifest.json with the hashes of all that went in and came out.
 *
 *     node scripts/build-smoke-image.mjs [--check]
 *
 * The bytes depend on the compiler and the linker: see freestanding.mjs. `--check` writes nothing, and says where the bytes
 * are others than those in the repository.
 */
import {readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {pack} from 'tar-stream';
import {compiled, flags, sayTools, sha256, toolsOf} from './freestanding.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../assets/smoke');
const image = 'localhost/kata-setup-smoke:1';

/** By machine: the architecture's name in an image. */
const architectures = {x86_64: 'amd64', aarch64: 'arm64', s390x: 's390x', ppc64le: 'ppc64le'};

const json = value => Buffer.from(JSON.stringify(value));

async function tar(files) {
	const archive = pack();
	const common = {uid: 0, gid: 0, mtime: new Date(0)};
	for (const [name, content, mode = 0o644] of files)
		if (content === null) archive.entry({...common, name, type: 'directory', mode: 0o755});
		else archive.entry({...common, name, mode}, content);
	archive.finalize();
	const chunks = [];
	for await (const chunk of archive) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** An OCI layout and a `docker save` archive in one: every ctr, nerdctl, docker and podman reads one of the two. */
async function imageOf(program, architecture) {
	const layer = await tar([['probe', program, 0o755]]);
	const config = json({
		architecture,
		os: 'linux',
		created: '1970-01-01T00:00:00Z',
		config: {Entrypoint: ['/probe'], WorkingDir: '/'},
		rootfs: {type: 'layers', diff_ids: [`sha256:${sha256(layer)}`]},
	});
	const descriptor = (mediaType, bytes) => ({mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length});
	const manifest = json({
		schemaVersion: 2,
		mediaType: 'application/vnd.oci.image.manifest.v1+json',
		config: descriptor('application/vnd.oci.image.config.v1+json', config),
		layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
	});
	const index = {
		schemaVersion: 2,
		mediaType: 'application/vnd.oci.image.index.v1+json',
		manifests: [
			{
				...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
				platform: {architecture, os: 'linux'},
				annotations: {
					'io.containerd.image.name': image,
					'org.opencontainers.image.ref.name': image.split(':')[1],
				},
			},
		],
	};
	const blob = bytes => `blobs/sha256/${sha256(bytes)}`;
	return tar([
		['oci-layout', json({imageLayoutVersion: '1.0.0'})],
		['index.json', json(index)],
		['manifest.json', json([{Config: blob(config), RepoTags: [image], Layers: [blob(layer)]}])],
		['blobs/', null],
		['blobs/sha256/', null],
		...[manifest, config, layer].map(bytes => [blob(bytes), bytes]),
	]);
}

const check = process.argv.includes('--check');
const source = join(folder, 'probe.c');
const manifest = {image, source: sha256(await readFile(source)), flags: flags.join(' '), targets: {}};
const built = {};
for (const [machine, architecture] of Object.entries(architectures)) {
	const program = await compiled(machine, source);
	const archive = await imageOf(program, architecture);
	built[`kata-setup-smoke-${machine}.tar`] = archive;
	manifest.targets[machine] = {
		architecture,
		tools: toolsOf(machine),
		probe: sha256(program),
		archive: sha256(archive),
	};
}
built['manifest.json'] = Buffer.from(`${JSON.stringify(manifest, null, '\t')}\n`);
for (const [name, bytes] of Object.entries(built)) {
	if (!check) await writeFile(join(folder, name), bytes);
	else if (!bytes.equals(await readFile(join(folder, name)))) {
		console.error(`assets/smoke/${name} is not what scripts/build-smoke-image.mjs makes.`);
		process.exitCode = 1;
	}
}
if (process.exitCode) sayTools(manifest, JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
