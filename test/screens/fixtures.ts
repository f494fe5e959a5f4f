/** A host and its findings as they really look, for tests of the screens and for the demo. */
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';

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
