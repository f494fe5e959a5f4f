/**
 * What goes wrong when a sandbox starts, by the words it leaves behind. The more particular stands before the more general:
 * a guest that does not answer is the symptom of many causes, whose own words are elsewhere in the same log.
 *
 * Sources of the texts: containerd 1.6 to 2.3 as tried, Kata 4.1.0's sources, and reports in Kata's, containerd's,
 * Firecracker's and Cloud Hypervisor's issues.
 */

import {poolUnit} from '../layout.ts';

export interface KnownError {
	/** For tests and for reading the table. */
	name: string;
	/** Looked for in the engine's message and the journal's lines. */
	pattern: RegExp;
	/** One sentence in words; `$1` stands for the pattern's first group. */
	cause: string;
	/** The most promising first. */
	remedy: string[];
}

const check = 'See what this host has: kata-setup check';
const reinstall = 'Put the installation right again: kata-setup uninstall, then kata-setup install';
const otherHypervisor =
	'Or take a hypervisor that does without: kata-setup uninstall, then kata-setup install --hypervisor cloud-hypervisor';

/** What the host lacks, or keeps for itself. */
const hostErrors: KnownError[] = [
	{
		name: 'no KVM',
		pattern:
			/Could not access KVM kernel module: No such|\/dev\/kvm\b.*(?:no such (?:file|device)|os error 2\b|ENOENT)/i,
		cause: 'There is no /dev/kvm here: virtualization is off in the firmware, or this VM is not given it by its host.',
		remedy: [check, 'Switch it on (VT-x, AMD-V; in a VM: nested virtualization), then run kata-setup test'],
	},
	{
		name: 'KVM refused',
		pattern:
			/Could not access KVM kernel module: Permission denied|\/dev\/kvm\b.*(?:permission denied|os error 13\b|EACCES)/i,
		cause: '/dev/kvm may not be opened: this is a container without that device, or a security module forbids it.',
		remedy: [check, 'With SELinux: ausearch -m AVC -ts recent'],
	},
	{
		name: 'KVM busy',
		pattern: /KVM_CREATE_VM.*busy|Error opening VM fd.*busy|kvm\b.*Device or resource busy/i,
		cause: 'Another hypervisor on this host, such as VirtualBox or VMware, keeps the processor for itself.',
		remedy: ["Stop the other hypervisor's VMs, then run kata-setup test"],
	},
	{
		name: 'little shared memory',
		pattern: /kvm run failed Bad address|\/dev\/shm.*No space left on device/i,
		cause: "The guest's memory is a file in /dev/shm, and there was no room for it.",
		remedy: ['Make it larger: mount -o remount,size=75% /dev/shm', otherHypervisor],
	},
	{
		name: 'little memory',
		pattern: /must be at least the initial memory size|cannot set up guest memory|Cannot allocate memory|OutOfMemory/i,
		cause: 'This host has not enough free memory for the guest, which gets 2048 MiB unless it is told otherwise.',
		remedy: [
			'Give it less: put `default_memory = 512` under the hypervisor into a file of your own in config.d',
			check,
		],
	},
	{
		name: 'no vsock',
		pattern:
			/vhost-vsock\b.*no such (?:file|device)|host system doesn't support vsock|vhost-vsock.*os error (?:2|19)\b/i,
		cause: 'There is no /dev/vhost-vsock, through which the runtime talks with the guest.',
		remedy: ['Load it: modprobe vhost_vsock', otherHypervisor],
	},
	{
		name: 'no vhost-net',
		pattern: /vhost-net\b.*no such (?:file|device)/i,
		cause: "There is no /dev/vhost-net, which the guest's network needs.",
		remedy: ['Load it: modprobe vhost_net'],
	},
	{
		name: 'no tap',
		pattern: /OpenTap|\/dev\/net\/tun\b.*(?:denied|no such)/i,
		cause:
			"/dev/net/tun cannot be opened, which the guest's network needs: it is missing, or a security module forbids it.",
		remedy: ['Load it: modprobe tun', 'With SELinux: restorecon -R /opt/kata-setup, and ausearch -m AVC -ts recent'],
	},
	{
		name: 'io_uring',
		pattern: /Unable to use io_uring/i,
		cause: 'This host forbids io_uring, which the packaged configuration uses for block devices.',
		remedy: ['Put `block_device_aio = "threads"` under the hypervisor into a file of your own in config.d'],
	},
	{
		name: 'cgroups',
		pattern: /cgroup mountpoint does not exist|create the sandbox resource controller/i,
		cause: "This host's cgroups are not mounted as Kata needs them.",
		remedy: ['Use cgroup v2 alone: systemd.unified_cgroup_hierarchy=1 on the kernel command line'],
	},
	{
		name: 'old kernel',
		pattern: /InitSeccompContext|Capability missing: ImmediateExit/,
		cause: "This host's kernel is too old for this release of Kata.",
		remedy: ['Use a kernel of 5.10 or newer.'],
	},
	{
		name: 'no GIC',
		pattern: /CreateVgic|host-arm-cpu\.pmu' not found/,
		cause: 'This board has no interrupt controller or no performance counters that a guest could use.',
		remedy: [check, 'Choose QEMU, and clear `cpu_features` in a file of your own in config.d'],
	},
	{
		name: 'disk full',
		pattern: /no space left on device/i,
		cause: 'A file system of this host is full.',
		remedy: ['See which: df -h /opt /var/lib /run /dev/shm'],
	},
];

/** What is wrong with the installation or its configuration. */
const installationErrors: KnownError[] = [
	{
		name: 'no configuration',
		pattern: /load TOML config failed|Cannot find usable config file|invalid KATA_CONF_FILE/i,
		cause: 'The runtime found no configuration file, or could not read it.',
		remedy: [reinstall],
	},
	{
		name: 'not a pair',
		pattern: /can ?not find plugin for hypervisor|unsupported runtime name|Unknown hypervisor/i,
		cause: 'The shim and its configuration do not belong together: go and rust read files of their own.',
		remedy: [reinstall],
	},
	{
		name: 'virtiofsd',
		pattern: /virtiofsd.*(?:no such file|permission denied|exec format|os error \d+)|vhost-fs\.sock.*refused/i,
		cause: "virtiofsd, which shares the container's files with the guest, did not run.",
		remedy: ['Try it by hand: /opt/kata/libexec/virtiofsd --version', reinstall],
	},
	{
		name: 'missing file',
		pattern: /(?:resolve path \w+|\bfile) "?(\/[^\s":]+)"?:? (?:does not exist|no such file)/i,
		cause: 'The configuration names $1, which is not there.',
		remedy: [reinstall],
	},
	{
		name: 'Cloud Hypervisor ended',
		pattern: /failed to launch cloud-hypervisor|Failed to connect to API/i,
		cause: 'Cloud Hypervisor ended at once, before it could be told anything.',
		remedy: ['Try it by hand: /opt/kata/bin/cloud-hypervisor --version', check],
	},
	{
		name: 'no block device',
		pattern: /failed to mount \S*\/rootfs\b.*(?:ENOENT|no such file)/i,
		cause:
			"The container's files did not reach the guest: Firecracker shares no folders and needs a block snapshotter.",
		remedy: ['Set up the blockfile or devmapper snapshotter in containerd: ctr plugins ls must say ok for it'],
	},
	{
		name: 'address in use',
		pattern: /Address (?:already )?in use/i,
		cause: 'Something that an earlier sandbox left behind is in the way.',
		remedy: ['See which shims run: pgrep -af containerd-shim-kata', 'Restarting this host clears it for certain.'],
	},
	{
		name: 'not Kata',
		pattern: /type with url runtimeoptions\.v1\.Options: not found/i,
		cause: "The program that was started as the shim is not Kata's: it does not know how to take a configuration.",
		remedy: [reinstall],
	},
	{
		name: 'no shim',
		pattern: /binary not installed|failed to resolve runtime path|fork\/exec (\/\S+): no such file/i,
		cause: "containerd did not find Kata's shim.",
		remedy: [
			'See whether it is there: readlink -e /etc/kata-containers/kata-setup/active/containerd-shim-kata-v2',
			reinstall,
		],
	},
	{
		name: 'shim not executable',
		pattern: /fork\/exec (\/[^\s:]+): permission denied/i,
		cause: 'containerd may not execute $1: its mode or the mount options of its file system forbid it.',
		remedy: ['See whether it is mounted noexec: findmnt -T /opt', reinstall],
	},
	{
		name: 'shim of another machine',
		pattern: /(\/[^\s:]+): exec format error/i,
		cause: '$1 is a program for another architecture, or damaged.',
		remedy: [reinstall],
	},
	{
		name: 'shim too new',
		pattern: /unsupported shim version/i,
		cause: 'This containerd does not speak the protocol of the shim that was started.',
		remedy: ['Upgrade containerd to 1.7 or newer.'],
	},
	{
		name: 'shim crashed',
		pattern: /signal: (segmentation fault|aborted|illegal instruction|killed)|ttrpc: closed/i,
		cause: "Kata's shim died while it started the sandbox.",
		remedy: ['journalctl -t kata and journalctl -k may tell why.', check],
	},
];

/** What is wrong with containerd. */
const engineErrors: KnownError[] = [
	{
		name: 'no pool',
		pattern: /failed to query pool/i,
		cause: "The devmapper snapshotter's pool is not there; a pool of loop devices does not outlive a reboot.",
		remedy: ['See whether it is: dmsetup status', `One that kata-setup made: systemctl status ${poolUnit}`],
	},
	{
		name: 'no snapshotter',
		pattern: /snapshotter not loaded: (\S+?):|snapshotter (\S+) was not found/i,
		cause: 'containerd has no snapshotter $1 that works.',
		remedy: [
			'See which it has: ctr plugins ls',
			`Where kata-setup made a pool for devmapper, this says why it is not there: systemctl status ${poolUnit}`,
		],
	},
	{
		name: 'plugin dead',
		pattern: /unknown service containerd\.services/i,
		cause: 'containerd runs, but a part of it did not start; one failing snapshotter stops all of 2.x.',
		remedy: ['See which: ctr plugins ls', 'journalctl -u containerd tells why.'],
	},
	{
		name: 'engine refused',
		pattern: /^ctr: .*dial.*permission denied/im,
		cause: "containerd's socket may not be opened: that takes root.",
		remedy: ['Run it as root: kata-setup test'],
	},
	{
		name: 'engine down',
		pattern: /^ctr: .*(?:failed to dial|error while dialing)/im,
		cause: 'containerd does not answer on its socket.',
		remedy: ['Start it: systemctl start containerd', 'journalctl -u containerd tells why it stopped.'],
	},
	{
		name: 'no image',
		pattern: /image "\S+": not found|content digest \S+: not found/i,
		cause: 'The image was gone when the container was to be started: something removed it in between.',
		remedy: ['Run kata-setup test again.'],
	},
];

/** The symptom of many causes: only where nothing else was said. */
const symptoms: KnownError[] = [
	{
		name: 'guest silent',
		pattern:
			/timed out connecting to vsock|vsock: failed to connect|dial timeout|agent did not (?:answer|respond)|Failed to Check if grpc server is working/i,
		cause: 'The guest did not answer in time. It started too slowly, or its hypervisor ended early.',
		remedy: [
			check,
			"See whether there is room for the guest's memory: df -h /dev/shm",
			'On a slow host give it longer: `reconnect_timeout_ms` (rust) or `dial_timeout` (go) under [agent.kata] in config.d',
		],
	},
];

export const knownErrors: readonly KnownError[] = [...hostErrors, ...installationErrors, ...engineErrors, ...symptoms];
