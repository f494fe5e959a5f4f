/** What a stand-in release holds, in the layout of Kata's archives for amd64. */
import {readFile} from 'node:fs/promises';
import {basename} from 'node:path';
import {build} from 'esbuild';
import {catalogue, pairEntry, type Runtime} from '../../../src/catalogue/catalogue.ts';
import {pairOfVariant} from '../../../src/catalogue/variants.ts';
import {configurationInTree, shimInTree} from '../../../src/layout.ts';
import {configurationFile, configurationText} from './configurations.ts';
import {busyboxProgram, emulatorModule, firmware, guestKernel, qemuProgram} from './debian.ts';
import {guestBase} from './guest.ts';
import type {Settings} from './shim/settings.ts';

export interface File {
	content?: string | Buffer;
	/** A symbolic link's target. */
	link?: string;
	/** Default 0o644. */
	mode?: number;
}

/** Kata installs several of its programs for root alone; kata-deploy changes that, an installer meets it. */
const rootOnly = 0o744;
const everybody = 0o755;

/**
 * By path below /opt/kata.
 * @param runtimes both up to Kata 4.0, one since 4.1
 * @param settings how the shim behaves unless it is told otherwise later
 * @param node the Node that the shim tries first; an absolute path without blanks
 */
export async function contents(
	version: string,
	runtimes: readonly Runtime[],
	settings: Partial<Settings>,
	node: string,
): Promise<Record<string, File>> {
	const files: Record<string, File> = {
		VERSION: {content: `${version}\n`},
		'versions.yaml': {content: `---\ndescription: |\n  A stand-in release for tests\n# version: ${version}\n`},
		'libexec/virtiofsd': placeholder('virtiofsd', rootOnly),
		'libexec/nydusd': placeholder('nydusd', rootOnly),
		'bin/qemu-system-x86_64': {content: await readFile(qemuProgram), mode: everybody},
		'bin/qemu-system-x86_64-snp-experimental': placeholder('QEMU for SEV-SNP', everybody),
		'bin/qemu-system-x86_64-tdx-experimental': placeholder('QEMU for TDX', everybody),
		'bin/cloud-hypervisor': placeholder('Cloud Hypervisor', rootOnly),
		...(await guestFiles()),
		...Object.fromEntries(
			['OVMF.fd', 'AMDSEV.fd', 'OVMF.inteltdx.fd'].map(name => [`share/ovmf/${name}`, {content: 'a placeholder\n'}]),
		),
		...(Object.keys(settings).length > 0
			? {'share/kata-stand-in/stand-in.json': {content: `${JSON.stringify(settings)}\n`}}
			: {}),
		// Kata's build makes this link whatever the runtime: it dangles in the rust archive.
		'share/defaults/kata-containers/configuration.toml': {link: 'configuration-qemu.toml'},
	};
	for (const path of [...firmware, emulatorModule])
		files[`share/kata-qemu/qemu/${basename(path)}`] = {content: await readFile(path)};
	const shim = await bundledShim(node);
	for (const runtime of runtimes) {
		files[shimInTree[runtime]] = {content: shim, mode: everybody};
		Object.assign(files, runtime === 'rust' ? rustFiles() : await goFiles(), configurations(version, runtime));
	}
	return files;
}

const rustFiles = (): Record<string, File> => ({
	'bin/qemu-system-x86_64-no-shared-fs': placeholder('QEMU without shared files', everybody),
	'bin/openvmm': placeholder('OpenVMM', rootOnly),
	'share/kata-containers/vmlinux-dragonball-experimental.container': {
		link: 'vmlinux-6.18.35-202-dragonball-experimental',
	},
	'share/kata-containers/vmlinux-6.18.35-202-dragonball-experimental': {content: 'a placeholder\n'},
	'share/defaults/kata-containers/runtime-rs/configuration.toml': {link: 'configuration-qemu-runtime-rs.toml'},
});

/** With the guest of NVIDIA's variants: a kernel and images of its own, which boot like the plain ones. */
async function goFiles(): Promise<Record<string, File>> {
	const {release, bytes} = await guestKernel();
	const folder = 'share/kata-containers';
	const base = guestBase(busyboxProgram);
	return {
		'bin/firecracker': placeholder('Firecracker', rootOnly),
		'bin/jailer': placeholder('Firecracker’s jailer', rootOnly),
		'bin/kata-runtime': placeholder('kata-runtime', everybody),
		'bin/kata-monitor': placeholder('kata-monitor', everybody),
		'bin/kata-collect-data.sh': placeholder('kata-collect-data.sh', everybody),
		[`${folder}/vmlinuz-${release}-nvidia-gpu`]: {content: bytes},
		[`${folder}/vmlinuz-nvidia-gpu.container`]: {link: `vmlinuz-${release}-nvidia-gpu`},
		[`${folder}/kata-containers-nvidia.img`]: {content: base},
		[`${folder}/kata-containers-nvidia-gpu.img`]: {content: base},
	};
}

/** The variants that kata-setup installs with this release: NVIDIA's under go. */
const variants = catalogue.advanced
	.filter(entry => !entry.refusal && !entry.until)
	.map(pairOfVariant)
	.filter(pair => pair !== null)
	.map(pairEntry);

/** The file that one pair has, whether its hypervisor is shipped or not, as in Kata's archives. */
function configurations(version: string, runtime: Runtime): Record<string, File> {
	const files: Record<string, File> = {};
	for (const pair of [...catalogue.pairs, ...variants]) {
		const file = configurationFile(pair, version);
		if (pair.runtime !== runtime || !file) continue;
		files[`${configurationInTree[runtime]}/${file}`] = {content: configurationText(pair, version)};
	}
	return files;
}

async function guestFiles(): Promise<Record<string, File>> {
	const {release, bytes} = await guestKernel();
	const base = guestBase(busyboxProgram);
	const folder = 'share/kata-containers';
	return {
		// A compressed kernel serves under both names: QEMU takes either.
		[`${folder}/vmlinux-${release}`]: {content: bytes},
		[`${folder}/vmlinuz-${release}`]: {link: `vmlinux-${release}`},
		[`${folder}/vmlinux.container`]: {link: `vmlinux-${release}`},
		[`${folder}/vmlinuz.container`]: {link: `vmlinuz-${release}`},
		[`${folder}/kata-ubuntu-noble.image`]: {content: base},
		[`${folder}/kata-containers.img`]: {link: 'kata-ubuntu-noble.image'},
		[`${folder}/kata-ubuntu-noble.initrd`]: {content: base},
		[`${folder}/kata-containers-initrd.img`]: {link: 'kata-ubuntu-noble.initrd'},
	};
}

const placeholder = (what: string, mode: number): File => ({
	content: `#!/bin/sh\necho 'This release is a stand-in for tests, and its ${what} a placeholder.' >&2\nexit 1\n`,
	mode,
});

/**
 * In place of `#!/usr/bin/env node`: containerd starts shims with a PATH of its own, on which Node need not be; on the lab's
 * servers an ordinary user alone has it. To Node the second line is a string and a comment.
 */
const findNode = (node: string): string => `#!/bin/sh
':' //; for node in ${node} "$(command -v node)" /home/*/.local/node/bin/node; do [ ! -x "$node" ] || exec "$node" "$0" "$@"; done; echo 'the stand-in shim needs Node, and there is none' >&2; exit 127
`;

async function bundledShim(node: string): Promise<string> {
	const {outputFiles} = await build({
		entryPoints: [`${import.meta.dirname}/shim/main.ts`],
		bundle: true,
		write: false,
		platform: 'node',
		format: 'cjs',
		target: 'node20',
		charset: 'utf8',
		legalComments: 'none',
		logLevel: 'error',
	});
	return findNode(node) + (outputFiles[0]?.text ?? '');
}
