/**
 * Builds assets/rehearsal/*.tar.zst: a miniature release for each architecture and runtime, in the layout of Kata 4.1,
 * for the rehearsal. It holds configuration files with the keys that matter and placeholders for programs; nothing in it
 * runs a VM. The result depends on this script and assets/catalogue.json alone.
 *
 *     node scripts/build-rehearsal-release.mjs [--check]
 */
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {pack} from 'tar-stream';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const catalogue = JSON.parse(await readFile(join(root, 'assets/catalogue.json'), 'utf8'));
const version = '4.1.999';
const releaseArchitecture = {x86_64: 'amd64', aarch64: 'arm64', s390x: 's390x', ppc64le: 'ppc64le'};
const qemu = {x86_64: 'x86_64', aarch64: 'aarch64', s390x: 's390x', ppc64le: 'ppc64'};

/** @returns {Record<string, {content?: string, link?: string, mode?: number}>} by path below opt/kata */
function contents(architecture, runtime) {
	const placeholder = what => ({
		content: `#!/bin/sh\necho 'This is the rehearsal of kata-setup: ${what} is a placeholder.' >&2\nexit 1\n`,
		mode: 0o755,
	});
	const rust = runtime === 'rust';
	const folder = `share/defaults/kata-containers${rust ? '/runtime-rs' : ''}`;
	const files = {
		VERSION: {content: `${version}\n`},
		[`${rust ? 'runtime-rs/' : ''}bin/containerd-shim-kata-v2`]: placeholder(`the ${runtime} shim`),
		[`bin/qemu-system-${qemu[architecture]}`]: placeholder('QEMU'),
		'libexec/virtiofsd': placeholder('virtiofsd'),
		'share/kata-containers/vmlinux-0.0.0-rehearsal': {content: 'placeholder of a guest kernel\n'},
		'share/kata-containers/vmlinux.container': {link: 'vmlinux-0.0.0-rehearsal'},
		'share/kata-containers/rehearsal.image': {content: 'placeholder of a guest image\n'},
		'share/kata-containers/kata-containers.img': {link: 'rehearsal.image'},
	};
	for (const pair of catalogue.pairs) {
		if (pair.runtime !== runtime || !pair.shipped[architecture] || pair.until) continue;
		const binary = pair.binary === 'qemu-system' ? `qemu-system-${qemu[architecture]}` : pair.binary;
		if (binary) files[`bin/${binary}`] ??= placeholder(binary);
		files[`${folder}/${pair.configuration.at(-1).file}`] = {content: configuration(pair, binary, runtime)};
	}
	for (const variant of catalogue.advanced) {
		const {name, table, hypervisor, file, until, refusal} = variant;
		if (variant.runtime !== runtime || !variant.architectures.includes(architecture) || until || refusal) continue;
		// Those that can be chosen are NVIDIA's: one kernel, and an image each, as in Kata's archives.
		const guest = {kernel: 'vmlinuz-nvidia-gpu.container', image: nvidiaImages[name]};
		files['share/kata-containers/vmlinuz-0.0.0-rehearsal-nvidia-gpu'] = {content: 'placeholder of a guest kernel\n'};
		files[`share/kata-containers/${guest.kernel}`] = {link: 'vmlinuz-0.0.0-rehearsal-nvidia-gpu'};
		files[`share/kata-containers/${guest.image}`] = {content: 'placeholder of a guest image\n'};
		const text = configuration({section: table, hypervisor}, `qemu-system-${qemu[architecture]}`, runtime, guest);
		files[`${folder}/${file}`] = {content: text};
	}
	return files;
}

const nvidiaImages = {
	'qemu-nvidia-cpu': 'kata-containers-nvidia.img',
	'qemu-nvidia-gpu': 'kata-containers-nvidia-gpu.img',
};
const plainGuest = {kernel: 'vmlinux.container', image: 'kata-containers.img'};

function configuration({section, hypervisor}, binary, runtime, guest = plainGuest) {
	const sharesFiles = hypervisor === 'qemu' || hypervisor === 'cloud-hypervisor';
	return [
		'# Of the miniature release of a kata-setup rehearsal; not a configuration of Kata.',
		`[hypervisor.${section}]`,
		`path = "${binary ? `/opt/kata/bin/${binary}` : ''}"`,
		`kernel = "/opt/kata/share/kata-containers/${guest.kernel}"`,
		`image = "/opt/kata/share/kata-containers/${guest.image}"`,
		...(sharesFiles ? ['shared_fs = "virtio-fs"', 'virtio_fs_daemon = "/opt/kata/libexec/virtiofsd"'] : []),
		'default_vcpus = 1',
		'default_memory = 2048',
		'',
		'[agent.kata]',
		runtime === 'rust' ? 'reconnect_timeout_ms = 3000' : 'dial_timeout = 45',
		'',
		'[runtime]',
		...(runtime === 'rust' ? ['name = "virt_container"', `hypervisor_name = "${section}"`, 'agent_name = "kata"'] : []),
		'',
	].join('\n');
}

async function tar(files) {
	const archive = pack();
	const common = {uid: 0, gid: 0, mtime: new Date(0)};
	const folders = new Set(Object.keys(files).flatMap(path => ancestors(`opt/kata/${path}`)));
	for (const folder of [...folders].sort())
		archive.entry({...common, name: `./${folder}/`, type: 'directory', mode: 0o755});
	for (const [path, {content, link, mode = 0o644}] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
		if (link) archive.entry({...common, name: `./opt/kata/${path}`, type: 'symlink', linkname: link, mode: 0o777});
		else archive.entry({...common, name: `./opt/kata/${path}`, mode}, content);
	archive.finalize();
	const chunks = [];
	for await (const chunk of archive) chunks.push(chunk);
	return Buffer.concat(chunks);
}

const ancestors = path =>
	path
		.split('/')
		.slice(0, -1)
		.map((_, index, names) => names.slice(0, index + 1).join('/'));

/** A zstd frame of raw blocks (RFC 8878, 3.1.1): the same bytes from every version of every library. */
function zstdStored(bytes) {
	const header = Buffer.alloc(10);
	header.writeUInt32LE(0xfd2fb528, 0);
	header.writeUInt8(0b10100000, 4); // single segment, content size in four bytes, no checksum
	header.writeUInt32LE(bytes.length, 5);
	const blocks = [header.subarray(0, 9)];
	const largest = 128 * 1024;
	for (let start = 0; start < bytes.length; start += largest) {
		const block = bytes.subarray(start, start + largest);
		const last = start + largest >= bytes.length ? 1 : 0;
		const size = Buffer.alloc(4);
		size.writeUInt32LE((block.length << 3) | last, 0);
		blocks.push(size.subarray(0, 3), block);
	}
	return Buffer.concat(blocks);
}

const check = process.argv.includes('--check');
const folder = join(root, 'assets/rehearsal');
await mkdir(folder, {recursive: true});
for (const architecture of Object.keys(releaseArchitecture))
	for (const runtime of ['rust', 'go']) {
		const name = `kata-${runtime === 'go' ? 'go-' : ''}static-${version}-${releaseArchitecture[architecture]}.tar.zst`;
		const bytes = zstdStored(await tar(contents(architecture, runtime)));
		if (!check) await writeFile(join(folder, name), bytes);
		else if (!bytes.equals(await readFile(join(folder, name)))) {
			console.error(`assets/rehearsal/${name} is not what scripts/build-rehearsal-release.mjs makes.`);
			process.exitCode = 1;
		}
	}
