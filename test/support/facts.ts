/** Facts of an imaginary server, for tests: everything is fine unless a test says otherwise. */

import type {ContainerdFacts, Facts} from '../../src/facts/facts.ts';
import type {Choice} from '../../src/plan/choice.ts';

const configText = 'version = 3\n';

/** A containerd 2.1 under systemd with a nearly empty configuration. */
export const sampleContainerd = (changes: Partial<ContainerdFacts> = {}): ContainerdFacts => ({
	name: 'containerd',
	pid: 612,
	binary: '/usr/bin/containerd',
	ctr: '/usr/bin/ctr',
	version: '2.1.4',
	address: '/run/containerd/containerd.sock',
	unit: 'containerd.service',
	ownedBy: null,
	snapshotters: {overlayfs: 'ok', devmapper: 'skip', blockfile: 'skip'},
	config: {
		path: '/etc/containerd/config.toml',
		text: configText,
		// printf 'version = 3\n' | sha256sum
		sha256: 'a6302849064e016e520e513a22aef99a2d874333e7fcbf0b2c2260cb6ffb42f6',
		version: 3,
		imports: [],
		criDisabled: false,
		runtimes: {runc: {runtime_type: 'io.containerd.runc.v2'}},
		defaultRuntime: 'runc',
		dumpError: null,
	},
	...changes,
});

export const sampleFacts = (changes: Partial<Facts> = {}): Facts => ({
	schema: 1,
	takenAt: '2026-11-23T08:00:00.000Z',
	kataSetup: '0.0.0-test',
	hostname: 'web-01',
	os: {id: 'debian', name: 'Debian GNU/Linux 12 (bookworm)', versionId: '12'},
	kernel: '6.1.0-40-amd64',
	machine: 'x86_64',
	cpu: {model: 'AMD EPYC 7763', vendor: 'AuthenticAMD', count: 8, virtualization: 'svm'},
	kvm: {
		path: '/dev/kvm',
		state: 'opens',
		error: null,
		proof: {state: 'ran', step: 'run', error: null, why: null},
	},
	virt: {isGuest: false, hypervisor: null, container: null, source: 'systemd-detect-virt'},
	memory: {
		totalBytes: 32e9,
		availableBytes: 28e9,
		shm: {totalBytes: 16e9, freeBytes: 16e9},
	},
	devices: [
		{path: '/dev/vhost-vsock', state: 'ENOENT', module: 'vhost_vsock', moduleState: 'loadable'},
		{path: '/dev/vhost-net', state: 'ok', module: 'vhost_net', moduleState: 'loaded'},
		{path: '/dev/net/tun', state: 'ok', module: 'tun', moduleState: 'built-in'},
	],
	privileges: {uid: 1000, user: 'ops', root: 'password'},
	systemd: true,
	space: [
		{path: '/opt', on: '/opt', freeBytes: 80e9, freeInodes: 5e6, fileSystem: 'ext4', readOnly: false, noExec: false},
	],
	containerd: [sampleContainerd()],
	otherEngines: [],
	kata: [],
	paths: {},
	installation: null,
	...changes,
});

const digest = '3dc6b69c4acb787b967b04b64599a20d02a8beb1a8eaab3084110df9d0b08c96';

/** rust with QEMU of Kata 4.1.0, from an index. */
export const sampleChoice = (changes: Partial<Choice> = {}): Choice => ({
	runtime: 'rust',
	hypervisor: 'qemu',
	release: {
		version: '4.1.0',
		architecture: 'x86_64',
		archives: [
			{
				name: 'kata-static-4.1.0-amd64.tar.zst',
				url: 'https://releases.example/kata-static-4.1.0-amd64.tar.zst',
				file: null,
				size: 969_000_000,
				sha256: digest,
				digestSource: 'release-index',
				compression: 'zst',
				carries: ['rust'],
			},
		],
	},
	restartEngine: true,
	defaultPaths: true,
	smokeTest: true,
	...changes,
});
