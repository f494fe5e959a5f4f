/** A plan as it really looks, for tests of the screens and for the demo. */
import {carryOver} from '../../src/kataconfig/carry-over.ts';
import {makeStep} from '../../src/plan/make-step.ts';
import type {Archive, Plan, Step} from '../../src/plan/plan.ts';

export const archive: Archive = {
	name: 'kata-static-4.1.0-amd64.tar.zst',
	url: 'https://github.com/kata-containers/kata-containers/releases/download/4.1.0/kata-static-4.1.0-amd64.tar.zst',
	file: null,
	size: 412_000_000,
	sha256: '5f'.repeat(32),
	digestSource: 'release-index',
	compression: 'zst',
	carries: ['rust'],
};

export const tree = '/opt/kata-setup/trees/4.1.0-rust-0123456789ab';
const own = '/etc/kata-containers/kata-setup/rust-qemu';
const folder = (path: string): Step =>
	makeStep(
		'make-directory',
		{path, mode: 0o755},
		{
			of: path,
			title: `Make the folder ${path}`,
			why: 'Something of ours goes there.',
			undo: 'remove it if it is empty',
		},
	);
const link = (path: string, target: string, title: string): Step =>
	makeStep('link', {path, target}, {of: path, title, why: 'It is put in place by one rename.', undo: `remove ${path}`});

const mainConfig = `version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.10"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
`;
const block = `
# >>> kata-setup
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]
  runtime_type = "io.containerd.kata.v2"
  runtime_path = "/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2"
  privileged_without_host_devices = true
# <<< kata-setup
`;

/** What becomes of settings of go's under rust: as it is, under another name with another unit, and dropped. */
export const carriedSettings = carryOver(
	[
		{
			path: '/etc/kata-containers/kata-setup/go-qemu/config.d/50-mine.toml',
			pair: 'go-qemu',
			mode: 0o644,
			text: '[hypervisor.qemu]\ndefault_vcpus = 2\n[agent.kata]\ndial_timeout = 60\n[factory]\nvm_cache_number = 3\n',
		},
	],
	{runtime: 'go', hypervisor: 'qemu'},
	{runtime: 'rust', hypervisor: 'qemu'},
	{from: '4.1.0', to: '4.1.0'},
).settings;

const steps: Step[] = [
	makeStep(
		'load-module',
		{module: 'vhost_vsock', device: '/dev/vhost-vsock'},
		{
			of: 'vhost_vsock',
			title: 'Load the kernel module vhost_vsock',
			why: "It provides /dev/vhost-vsock, which the sandbox's VM needs.",
			undo: 'unload vhost_vsock again if nothing uses it',
			pre: [{kind: 'root'}, {kind: 'machine', machine: 'x86_64'}, {kind: 'sequence', sequence: 0}],
		},
	),
	folder('/opt/kata-setup/trees'),
	folder('/opt/kata-setup/downloads'),
	makeStep(
		'fetch-archive',
		{archive, into: `/opt/kata-setup/downloads/${archive.name}`, allowUnverified: false},
		{
			of: archive.name,
			title: `Download and verify ${archive.name}`,
			why: `Its SHA-256 must be ${archive.sha256} (published by the release index).`,
			undo: 'remove the download',
			cost: {downloadBytes: 412_000_000, seconds: 17},
		},
	),
	makeStep(
		'unpack-tree',
		{
			archives: [
				{
					path: `/opt/kata-setup/downloads/${archive.name}`,
					name: archive.name,
					sha256: archive.sha256,
					compression: 'zst',
				},
			],
			staging: '/opt/kata-setup/staging/4.1.0-rust-0123456789ab',
			tree,
			expect: ['runtime-rs/bin/containerd-shim-kata-v2'],
			version: '4.1.0',
			runtime: 'rust',
		},
		{
			of: '4.1.0-rust-0123456789ab',
			title: 'Unpack Kata 4.1.0 into a tree of its own',
			why: 'Only a finished, verified tree gets its name; until then nothing can reach it.',
			undo: `remove ${tree}`,
			pre: [{kind: 'space', path: '/opt/kata-setup', bytes: 1_480_000_000}],
			cost: {diskBytes: 1_071_000_000, seconds: 8},
		},
	),
	link('/opt/kata', 'kata-setup/trees/4.1.0-rust-0123456789ab', 'Point /opt/kata at the new tree'),
	folder(`${own}/config.d`),
	makeStep(
		'kata-config',
		{
			pair: {runtime: 'rust', hypervisor: 'qemu'},
			tree,
			from: '/opt/kata/share/defaults/kata-containers/runtime-rs/configuration-qemu-runtime-rs.toml',
			to: `${own}/configuration.toml`,
		},
		{
			of: 'rust-qemu',
			title: 'Copy the packaged configuration of rust-qemu',
			why: 'Packaged files are never edited. Every file that the copy names is checked to be in the tree.',
			undo: `remove ${own}/configuration.toml`,
		},
	),
	makeStep(
		'write-file',
		{path: `${own}/config.d/10-kata-setup.toml`, content: '[runtime]\ncreate_container_timeout = 120\n', mode: 0o644},
		{
			of: '10-kata-setup.toml',
			title: 'Write the drop-in for this host',
			why: 'This host is a VM itself.',
			undo: 'remove it',
		},
	),
	link(
		`${own}/containerd-shim-kata-v2`,
		'/opt/kata/runtime-rs/bin/containerd-shim-kata-v2',
		'Keep the rust shim beside its configuration',
	),
	link('/etc/kata-containers/kata-setup/active', 'rust-qemu', 'Make rust-qemu the active pair'),
	link(
		'/etc/kata-containers/runtime-rs/configuration.toml',
		'/etc/kata-containers/kata-setup/active/configuration.toml',
		'Make the active pair the default configuration',
	),
	link(
		'/usr/local/bin/containerd-shim-kata-v2',
		'/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2',
		'Put the shim where containerd looks for it',
	),
	makeStep(
		'containerd-config',
		{
			binary: '/usr/bin/containerd',
			address: '/run/containerd/containerd.sock',
			ctr: '/usr/bin/ctr',
			version: '1.7.27',
			config: '/etc/containerd/config.toml',
			edits: [
				{
					path: '/etc/containerd/config.toml',
					before: mainConfig,
					after: mainConfig + block,
					mode: 0o644,
					what: 'append a marked block',
				},
			],
			handler: 'kata',
			runtime: {
				runtimePath: '/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2',
				configPath: '/etc/kata-containers/kata-setup/active/configuration.toml',
			},
			restart: 'containerd.service',
		},
		{
			of: 'kata',
			title: 'Register the handler `kata` and restart containerd.service',
			why: 'containerd itself judges the result before it is put in place; the default runtime stays as it is.',
			undo: 'put the bytes back and restart containerd',
			pre: [{kind: 'path', path: '/etc/containerd/config.toml', state: `file:${'a'.repeat(64)}`}],
			cost: {seconds: 5},
		},
	),
	makeStep(
		'drop-download',
		{path: `/opt/kata-setup/downloads/${archive.name}`},
		{of: archive.name, title: `Remove the download of ${archive.name}`, why: 'It has been unpacked.', undo: null},
	),
	makeStep(
		'smoke-test',
		{
			pair: {runtime: 'rust', hypervisor: 'qemu'},
			ctr: '/usr/bin/ctr',
			address: '/run/containerd/containerd.sock',
			shim: '/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2',
			configuration: '/etc/kata-containers/kata-setup/active/configuration.toml',
			tree,
			snapshotter: null,
			timeoutMs: 300_000,
		},
		{
			of: 'rust-qemu',
			title: 'Run a container and prove that it is in a VM',
			why: 'The same image is run under runc too, which must be told apart.',
			undo: null,
			cost: {seconds: 15},
		},
	),
];

export const plan: Plan = {
	schema: 1,
	kataSetup: '0.1.0',
	verb: 'install',
	rehearsal: false,
	choice: {
		runtime: 'rust',
		hypervisor: 'qemu',
		release: {version: '4.1.0', architecture: 'x86_64', archives: [archive]},
		restartEngine: true,
		defaultPaths: true,
		smokeTest: true,
	},
	hostname: 'web-01',
	steps,
	notes: ['This host is a VM itself: Kata gets 120 seconds to start a sandbox instead of 30.'],
	command: 'kata-setup install --yes --runtime rust --hypervisor qemu --version 4.1.0',
	hash: 'c0ffee01'.repeat(8),
};
