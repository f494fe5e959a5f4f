/**
 * Builds the smoke test's images from assets/smoke/probe.c: assets/smoke/kata-setup-smoke-<machine>.tar for the four
 * architectures, and assets/smoke/manifest.json with the hashes of all that went in and came out.
 *
 *     node scripts/build-smoke-image.mjs [--check]
 *
 * The bytes depend on the compiler and the linker. Those in the repository are what Debian 12's make of the source
 * (gcc-12 12.2.0, binutils 2.40); another version may give other, equally good bytes, and `--check` says so then.
 * On Debian: apt-get install gcc gcc-aarch64-linux-gnu gcc-s390x-linux-gnu gcc-powerpc64le-linux-gnu
 */
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {pack} from 'tar-stream';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../assets/smoke');
const image = 'localhost/kata-setup-smoke:1';

/** By machine: the compiler's prefix, and the architecture's name in an image. */
const targets = {
	x86_64: {prefix: 'x86_64-linux-gnu-', architecture: 'amd64'},
	aarch64: {prefix: 'aarch64-linux-gnu-', architecture: 'arm64'},
	s390x: {prefix: 's390x-linux-gnu-', architecture: 's390x'},
	ppc64le: {prefix: 'powerpc64le-linux-gnu-', architecture: 'ppc64le'},
};

/** One segment, read and executed, that a kernel with pages of 64 KiB can map too. */
const flags = [
	...['-Os', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-static', '-nostdlib', '-ffreestanding', '-fno-builtin'],
	...['-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fno-ident', '-fno-pic', '-no-pie'],
	...['--build-id=none', '-z,noseparate-code', '-z,max-page-size=65536', '-z,norelro', '-z,noexecstack', '-s'].map(
		flag => `-Wl,${flag}`,
	),
];

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');
const json = value => Buffer.from(JSON.stringify(value));

function run(command, ...args) {
	const {status, stdout, stderr, error} = spawnSync(command, args, {
		encoding: 'utf8',
		env: {...process.env, LC_ALL: 'C'},
	});
	if (error || status !== 0) throw new Error(`${command}: ${error?.message ?? stderr.trim()}`);
	return stdout;
}

async function compiled({prefix}, work) {
	const program = join(work, `${prefix}probe`);
	run(`${prefix}gcc`, ...flags, '-o', program, join(folder, 'probe.c'));
	run(`${prefix}strip`, '-s', '-R', '.comment', '-R', '.note.gnu.property', program);
	return readFile(program);
}

/** `gcc 12.2.0, ld 2.40`, without what a distribution adds. */
function toolsOf({prefix}) {
	const ld = /(\d+\.[\d.]*\d)\s*$/m.exec(run(`${prefix}ld`, '--version').split('\n')[0])?.[1];
	return `gcc ${run(`${prefix}gcc`, '-dumpfullversion').trim()}, ld ${ld}`;
}

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
const work = await mkdtemp(join(tmpdir(), 'kata-setup-smoke-'));
try {
	const manifest = {
		image,
		source: sha256(await readFile(join(folder, 'probe.c'))),
		flags: flags.join(' '),
		targets: {},
	};
	const built = {};
	for (const [machine, target] of Object.entries(targets)) {
		const program = await compiled(target, work);
		const archive = await imageOf(program, target.architecture);
		built[`kata-setup-smoke-${machine}.tar`] = archive;
		manifest.targets[machine] = {
			architecture: target.architecture,
			tools: toolsOf(target),
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
} finally {
	await rm(work, {recursive: true});
}

/** The harmless reason for other bytes. */
function sayTools(here, there) {
	for (const machine of Object.keys(targets))
		if (here.targets[machine].tools !== there.targets[machine].tools)
			console.error(`${machine}: ${here.targets[machine].tools} here, ${there.targets[machine].tools} there.`);
}
