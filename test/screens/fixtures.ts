/** A host, its findings, a plan and a run as they really look, for tests of the screens and for the demo. */
import type {RunEvent, RunOutcome, UnstampedEvent} from '../../src/apply/events.ts';
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {makeStep} from '../../src/plan/make-step.ts';
import type {Archive, Plan, Step} from '../../src/plan/plan.ts';
import type {SmokeVerdict} from '../../src/smoke/verdict.ts';

export const facts: Facts = {
	schema: 1,
	takenAt: '2026-11-20T09:00:00.000Z',
	kataSetup: '0.1.0',
	hostname: 'web-01',
	os: {id: 'debian', name: 'Debian GNU/Linux 13 (trixie)', versionId: '13'},
	kernel: '6.12.48+deb13-amd64',
	machine: 'x86_64',
	cpu: {model: 'AMD EPYC 7443P', vendor: 'AuthenticAMD', count: 8, virtualization: 'svm'},
	kvm: {
		path: '/dev/kvm',
		state: 'opens',
		error: null,
		proof: {state: 'ran', step: 'run', error: null, why: null},
	},
	virt: {isGuest: true, hypervisor: 'kvm', container: null, source: 'systemd-detect-virt'},
	memory: {
		totalBytes: 16_700_000_000,
		availableBytes: 12_100_000_000,
		shm: {totalBytes: 8_350_000_000, freeBytes: 8_350_000_000},
	},
	devices: [{path: '/dev/vhost-vsock', state: 'ENOENT', module: 'vhost_vsock', moduleState: 'loadable'}],
	privileges: {uid: 1000, user: 'ada', root: 'password'},
	systemd: true,
	space: [
		{
			path: '/opt/kata-setup',
			on: '/',
			freeBytes: 41_000_000_000,
			freeInodes: 2_000_000,
			fileSystem: 'ext4',
			readOnly: false,
			noExec: false,
		},
	],
	containerd: [
		{
			name: 'containerd',
			pid: 712,
			binary: '/usr/bin/containerd',
			ctr: '/usr/bin/ctr',
			version: '1.7.27',
			address: '/run/containerd/containerd.sock',
			unit: 'containerd.service',
			ownedBy: null,
			snapshotters: {overlayfs: 'ok', native: 'ok', devmapper: 'skip'},
			config: {
				path: '/etc/containerd/config.toml',
				text: 'version = 2\n',
				sha256: 'a'.repeat(64),
				version: 2,
				imports: [],
				criDisabled: false,
				runtimes: {},
				defaultRuntime: 'runc',
				dumpError: null,
			},
		},
	],
	otherEngines: [],
	kata: [],
	paths: {},
	installation: null,
};

const finding = (id: string, severity: Finding['severity'], label: string, summary: string): Finding => ({
	id,
	severity,
	label,
	summary,
	detail: [`Found on this host: ${summary}.`],
	sources: ['/proc'],
	remedy: [],
	command: null,
	affects: 'all',
});

export const findings: Finding[] = [
	{
		...finding('nested', 'warning', 'Nesting', 'this host is itself a VM under kvm; guests start slowly'),
		detail: [
			'systemd-detect-virt says kvm, so Kata starts its VMs inside a VM.',
			'Nested guests take 20 to 60 seconds to start where a bare host takes one. Kata waits 30 seconds for its agent as shipped, which is why the time-out is raised on such a host.',
		],
		remedy: ['Nothing has to be done: kata-setup raises the time-out.'],
	},
	finding('cpu', 'ok', 'CPU', 'AMD EPYC 7443P, 8 processors, svm'),
	finding('kvm', 'ok', 'KVM', '/dev/kvm opens'),
	finding('memory', 'ok', 'Memory', '12 GB of 17 GB available; /dev/shm has room for 3 guests'),
	finding('disk', 'ok', 'Disk', '41 GB free on / (ext4)'),
	{
		...finding('vhost-vsock', 'note', 'vhost-vsock', 'the module vhost_vsock is not loaded; the plan loads it'),
		affects: [
			{runtime: 'rust', hypervisor: 'qemu'},
			{runtime: 'go', hypervisor: 'qemu'},
		],
	},
	finding('engine', 'ok', 'Engine', 'containerd 1.7.27, containerd.service'),
	finding('privileges', 'ok', 'Root', 'sudo, with a password'),
	finding('kata', 'ok', 'Kata', 'none installed'),
];

export const blockers: Finding[] = [
	{
		...finding('kvm', 'blocker', 'KVM', '/dev/kvm does not exist'),
		detail: ['The CPU offers svm, but no KVM module is loaded. Without KVM no hypervisor of Kata can start a VM.'],
		remedy: ['Switch on virtualization (SVM) in the firmware, or nested virtualization where this host is a VM.'],
		command: 'sudo modprobe kvm_amd',
	},
	finding('engine', 'blocker', 'Engine', 'no containerd is running'),
	...findings.filter(({id}) => id !== 'kvm' && id !== 'engine'),
];

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

const tree = '/opt/kata-setup/trees/4.1.0-rust-0123456789ab';
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

export const verdict: SmokeVerdict = {
	outcome: 'vm',
	sentence: 'The container ran in a VM of QEMU, started from the tree of Kata 4.1.0.',
	evidence: [
		{label: 'boot id', found: "9f3b… in the container, 41d7… on the host: not the host's kernel", proves: true},
		{label: 'guest kernel', found: '6.18.35 in the container, 6.12.48+deb13-amd64 on the host', proves: true},
		{label: 'agent', found: 'kata-agent is on the kernel command line', proves: true},
		{label: 'hypervisor process', found: `${tree}/bin/qemu-system-x86_64, process 4711`, proves: true},
	],
	control: {outcome: 'told-apart', detail: "under runc the boot id is the host's"},
	cause: null,
	log: [],
	remedy: [],
	startMs: 1830,
};

export const rehearsed: SmokeVerdict = {
	outcome: 'rehearsed',
	sentence: 'This was a rehearsal: no container was started and nothing was proven.',
	evidence: [],
	control: {outcome: 'not-run', detail: ''},
	cause: null,
	log: [],
	remedy: [],
	startMs: null,
};

/** Stamps events one after another, `stepMs` apart, from now on: a screen shows since when a step has been running. */
export function stamped(events: readonly UnstampedEvent[], stepMs = 100): RunEvent[] {
	const start = Date.now();
	return events.map((event, index) => ({
		...event,
		number: index + 1,
		at: new Date(start + index * stepMs).toISOString(),
	})) as RunEvent[];
}

export interface RunScript {
	plan?: Plan;
	verdict?: SmokeVerdict | null;
	outcome?: RunOutcome;
	/** Progress events for each long step. @default 20 */
	progress?: number;
	/** The kind of step that fails; everything before it is undone. */
	failAt?: string;
}

/** The events of a whole run, as the worker would send them. */
export function runEvents(script: RunScript = {}): RunEvent[] {
	const {plan: planned = plan, progress = 20, failAt} = script;
	const events: UnstampedEvent[] = [
		{
			event: 'run-started',
			run: '20261120-090500',
			verb: planned.verb,
			planHash: planned.hash,
			rehearsal: planned.rehearsal,
			steps: planned.steps.map(({id, kind, title, cost}) => ({id, kind, title, seconds: cost.seconds})),
		},
	];
	const done: string[] = [];
	for (const {id, kind, cost} of planned.steps) {
		events.push({event: 'step-started', step: id});
		const total = cost.downloadBytes || cost.diskBytes;
		if (total > 0)
			for (let at = 1; at <= progress; at += 1)
				events.push({
					event: 'step-progress',
					step: id,
					done: (total * at) / progress,
					total,
					unit: 'bytes',
					rate: at < 2 ? null : 11_200_000 + at * 17_000,
					eta: at < 2 ? null : (total * (progress - at)) / progress / 11_200_000,
				});
		events.push({event: 'step-log', step: id, line: `${kind} ${id}`});
		if (kind === failAt) {
			const error = failure;
			events.push({event: 'step-failed', step: id, error}, {event: 'undo-started', reason: 'failed'});
			for (const undone of done.toReversed()) events.push({event: 'step-undone', step: undone, left: []});
			events.push({event: 'run-finished', outcome: script.outcome ?? 'undone', error, left: []});
			return stamped(events);
		}
		if (kind === 'smoke-test' && script.verdict !== null)
			events.push({event: 'verdict', verdict: script.verdict ?? verdict});
		events.push({event: 'step-done', step: id, ms: total > 0 ? 36_000 : 120});
		done.push(id);
	}
	events.push({event: 'run-finished', outcome: script.outcome ?? 'done', error: null, left: []});
	return stamped(events);
}

export const failure = {
	exit: 'undone' as const,
	message: 'containerd did not come back after its restart.',
	why: 'Its configuration was accepted, but the unit failed to start within 30 seconds.',
	remedy: ['Look at `journalctl -u containerd`, then run kata-setup again.'],
	evidence: ['containerd.service: Failed with result "exit-code".'],
};

export const failedVerdict: SmokeVerdict = {
	outcome: 'failed',
	sentence: 'The container did not start.',
	evidence: [{label: 'boot id', found: 'the container never answered', proves: false}],
	control: {outcome: 'told-apart', detail: "under runc the boot id is the host's"},
	cause: "QEMU ended at once: /dev/shm has less room than the guest's memory.",
	log: ['qemu-system-x86_64: unable to map backing store for guest RAM: Cannot allocate memory'],
	remedy: ['Make /dev/shm larger than 2 GB, or choose Cloud Hypervisor, which does not use it.'],
	startMs: null,
};
