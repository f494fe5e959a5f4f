import {describe, expect, it} from 'vitest';
import {diagnose, engineWords, type Failure} from '../../src/smoke/diagnose.ts';
import {knownErrors} from '../../src/smoke/known-errors.ts';

const failure = (stderr: string, changes: Partial<Failure> = {}): Failure => ({
	at: 'run',
	result: {code: 1, stderr, timedOut: false, notStarted: null},
	output: '',
	journal: [],
	timeoutMs: 120_000,
	address: '/run/containerd/containerd.sock',
	ctr: '/usr/bin/ctr',
	...changes,
});

/** Messages as containerd, Kata and the hypervisors write them, and the error that each must be taken for. */
const messages: [string, string][] = [
	[
		'no KVM',
		'ctr: failed to create shim task: Others("failed to handle message try init runtime instance\\n\\nCaused by:\\n    0: start sandbox\\n    1: start vm\\n    2: Could not access KVM kernel module: No such file or directory"): unknown',
	],
	['no KVM', 'ctr: failed to create shim task: open /dev/kvm: no such file or directory: unknown'],
	['KVM refused', 'ctr: failed to create shim task: Could not access KVM kernel module: Permission denied: unknown'],
	['KVM busy', 'ctr: failed to create shim task: ioctl(KVM_CREATE_VM) failed: 16 Device or resource busy'],
	['KVM busy', 'ctr: failed to create shim task: Error opening VM fd: Resource busy (os error 16)'],
	[
		'little memory',
		'ctr: failed to create shim task: qemu-system-x86_64: -m 2048M,slots=10,maxmem=1505M: invalid value of -m option maxmem: maximum memory size (0x5e100000) must be at least the initial memory size',
	],
	['little memory', "ctr: failed to create shim task: cannot set up guest memory 'dimm1': Cannot allocate memory"],
	['no vsock', 'ctr: failed to create shim task: open /dev/vhost-vsock: no such device: unknown'],
	[
		'no vsock',
		"ctr: failed to create shim task: host system doesn't support vsock: stat /dev/vhost-vsock: no such file or directory: unknown",
	],
	[
		'no vhost-net',
		'ctr: failed to create shim task: Could not setup vhost fds eth0 : open /dev/vhost-net: no such file or directory',
	],
	[
		'no tap',
		'ctr: failed to create shim task: CreateVirtioNet(OpenTap(TapOpen(OpenTun(Os { code: 13, kind: PermissionDenied',
	],
	['io_uring', 'ctr: failed to create shim task: QMP command failed: Unable to use io_uring'],
	[
		'cgroups',
		'ctr: failed to create shim task: Could not create the sandbox resource controller cgroups: cgroup mountpoint does not exist: unknown',
	],
	['old kernel', 'ctr: failed to create shim task: CheckExtensions(Capability missing: ImmediateExit)'],
	['no GIC', 'ctr: failed to create shim task: CreateGic(CreateVgic(No such device (os error 19)))'],
	['disk full', 'ctr: failed to create shim task: write /run/kata/x: no space left on device: unknown'],
	[
		'no configuration',
		'ctr: failed to create shim task: Others("load TOML config failed (tried [\\"/etc/kata-containers/runtime-rs/configuration.toml\\"])"): unknown',
	],
	['not a pair', 'ctr: failed to create shim task: Can not find plugin for hypervisor qemu: unknown'],
	['virtiofsd', 'ctr: failed to create shim task: /opt/kata/libexec/virtiofsd: permission denied: unknown'],
	['missing file', 'ctr: failed to create shim task: file /opt/kata/share/x.img does not exist: unknown'],
	[
		'missing file',
		'ctr: failed to create shim task: resolve path kernel /opt/kata/x: No such file or directory (os error 2)',
	],
	['Cloud Hypervisor ended', 'ctr: failed to launch cloud-hypervisor: Failed to connect to API (timeout 10s)'],
	[
		'no block device',
		'ctr: failed to create shim task: failed to mount /run/kata-containers/shared/containers/x/rootfs to /y, with error: ENOENT: No such file or directory',
	],
	['address in use', 'ctr: failed to create shim task: Address in use (os error 98): unknown'],
	['not Kata', 'ctr: failed to create shim task: type with url runtimeoptions.v1.Options: not found: unknown'],
	[
		'no shim',
		'ctr: failed to start shim: failed to resolve runtime path: runtime "io.containerd.kata.v2" binary not installed "containerd-shim-kata-v2": file does not exist: unknown',
	],
	[
		'shim not executable',
		'ctr: failed to start shim: start failed: : fork/exec /opt/x/shim: permission denied: unknown',
	],
	['shim of another machine', 'ctr: failed to start shim: fork/exec /opt/x/shim: exec format error: unknown'],
	['shim too new', 'ctr: failed to start shim: unsupported shim version (3): not implemented'],
	['shim crashed', 'ctr: failed to start shim: start failed: : signal: segmentation fault: unknown'],
	['shim crashed', 'ctr: failed to create shim task: ttrpc: closed: unknown'],
	['no pool', 'ctr: failed to query pool "/dev/mapper/kata-pool": no such device or address'],
	['no snapshotter', 'ctr: snapshotter not loaded: devmapper: invalid argument'],
	['plugin dead', 'ctr: unknown service containerd.services.images.v1.Images'],
	[
		'engine refused',
		'ctr: failed to dial "/run/c.sock": connection error: desc = "transport: error while dialing: dial unix /run/c.sock: connect: permission denied"',
	],
	[
		'engine down',
		'ctr: failed to dial "/run/c.sock": context deadline exceeded: connection error: dial unix:///run/c.sock: timeout',
	],
	[
		'engine down',
		'ctr: connection error: desc = "transport: Error while dialing: dial unix /run/c.sock: connect: connection refused"',
	],
	['no image', 'ctr: image "localhost/kata-setup-smoke:1": not found'],
	['guest silent', 'ctr: failed to create shim task: timed out connecting to vsock 3:1024: unknown'],
	['guest silent', 'ctr: failed to create shim task: vsock: failed to connect to Vsock { vsock_cid: 3 } within 10s'],
];

describe('errors that are known', () => {
	it.each(messages)('%s: %s', (name, message) => {
		expect(diagnose(failure(message)).known).toBe(name);
	});

	it('have a message here each, but for those that only the journal has', () => {
		const tried = new Set([...messages.map(([name]) => name), 'little shared memory']);
		expect(knownErrors.map(({name}) => name).filter(name => !tried.has(name))).toEqual([]);
	});

	it('name their subject, a cause in one sentence, and something to do', () => {
		for (const {cause, remedy} of knownErrors) {
			expect(cause).toMatch(/\.$/);
			expect(remedy.length).toBeGreaterThan(0);
		}
		expect(diagnose(failure('ctr: snapshotter not loaded: devmapper: invalid argument')).cause).toBe(
			'containerd has no snapshotter devmapper that works.',
		);
		expect(diagnose(failure('ctr: x: file /opt/kata/y.img does not exist: unknown')).cause).toBe(
			'The configuration names /opt/kata/y.img, which is not there.',
		);
	});

	it('are found in the journal where the engine tells but the symptom', () => {
		const {known, remedy} = diagnose(
			failure('ctr: failed to create shim task: timed out connecting to vsock 3:1024: unknown', {
				journal: ['{"level":"ERRO","msg":"error: kvm run failed Bad address"}'],
			}),
		);
		expect(known).toBe('little shared memory');
		expect(remedy[0]).toContain('/dev/shm');
	});
});

describe('errors that are not known', () => {
	it('are shown and given no cause', () => {
		const {cause, remedy, known} = diagnose(failure('ctr: failed to create shim task: the moon is full: unknown\n'));
		expect(known).toBeNull();
		expect(cause).toBe("Kata's shim gave a reason that kata-setup does not know: the moon is full");
		expect(remedy[0]).toContain('journalctl -t kata');
	});

	it.each([
		['ctr: failed to start shim: start failed: out of luck: exit status 1: unknown', 'out of luck: exit status 1'],
		['ctr: something else', 'containerd gave a reason that kata-setup does not know: something else'],
		['', 'containerd said nothing'],
	])('keep their words: %s', (message, words) => {
		expect(diagnose(failure(message)).cause).toContain(words);
	});

	it('are not drowned in warnings of ctr itself', () => {
		const warnings =
			'time="x" level=warning msg="DEPRECATION: cgroup v1"\ntime="x" level=warning msg="Failed to check deprecations"';
		expect(engineWords({stderr: `${warnings}\nctr: no luck\n`})).toEqual(['ctr: no luck']);
	});
});

describe('what happened', () => {
	it.each<[string, Partial<Failure>]>([
		['The container did not start.', {}],
		['The container ran, but its answer is not complete.', {output: 'kata-smoke=1\n'}],
		[
			'The container did not answer within 120 s.',
			{result: {code: null, stderr: '', timedOut: true, notStarted: null}},
		],
		['No container could be run: containerd did not take the image.', {at: 'image'}],
		['No container could be run: containerd does not run.', {at: 'socket', result: null}],
		[
			'No container could be run: ctr does not start.',
			{result: {code: null, stderr: '', timedOut: false, notStarted: 'ENOENT'}},
		],
	])('%s', (sentence, changes) => {
		const diagnosis = diagnose(failure('', changes));
		expect(diagnosis.sentence).toBe(sentence);
		expect(diagnosis.remedy.length).toBeGreaterThan(0);
	});

	it('says of a silence that its cause is not known', () => {
		const {cause, known} = diagnose(failure('', {result: {code: null, stderr: '', timedOut: true, notStarted: null}}));
		expect([known, cause]).toEqual([null, expect.stringContaining('not known')]);
	});
});
