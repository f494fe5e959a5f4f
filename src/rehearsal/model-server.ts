/**
 * The server that a rehearsal is rehearsed on: the files that the probes read, as they would stand on a Debian 12 with
 * KVM and a containerd 2.1 under systemd.
 */
import type {Runtime} from '../catalogue/catalogue.ts';
import type {Architecture} from '../facts/facts.ts';

/** The process id of the model server's containerd. */
export const containerdPid = 612;
export const modelContainerdVersion = '2.1.4';
export const modelKernel = '6.1.0-40-amd64';

/** The version of the miniature release: not a real one's, so that nothing of it is taken for Kata. */
export const rehearsedVersion = '4.1.999';

const releaseArchitecture: Record<Architecture, string> = {
	x86_64: 'amd64',
	aarch64: 'arm64',
	s390x: 's390x',
	ppc64le: 'ppc64le',
};

/** The archive's name under assets/rehearsal. */
export const rehearsedRelease = (architecture: Architecture, runtime: Runtime): string =>
	`kata-${runtime === 'go' ? 'go-' : ''}static-${rehearsedVersion}-${releaseArchitecture[architecture]}.tar.zst`;

const cpuInfo: Record<Architecture, string> = {
	x86_64:
		'processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: Model CPU of the rehearsal\nflags\t\t: fpu sse4_1 lm svm\n',
	aarch64: 'processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n',
	s390x: 'vendor_id       : IBM/S390\nfeatures\t: esan3 zarch sie\nprocessor 0: version = FF\n',
	ppc64le: 'processor\t: 0\ncpu\t\t: POWER9\nplatform\t: PowerNV\n',
};

const containerdConfig = `# containerd of the model server
version = 3

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '/etc/containerd/certs.d'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    SystemdCgroup = true
`;

/** Path → content; `link:TARGET` makes a link. */
export function modelServer(machine: Architecture): Record<string, string> {
	const proc = `/proc/${containerdPid}`;
	return {
		'/etc/hostname': 'rehearsal\n',
		'/etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
		'/etc/containerd/config.toml': containerdConfig,
		'/usr/bin/containerd': '#!/bin/false\n',
		'/usr/bin/ctr': '#!/bin/false\n',
		'/usr/local/bin/.keep': '',
		'/opt/.keep': '',
		'/var/lib/.keep': '',
		'/run/containerd/containerd.sock': '',
		'/run/systemd/system/.keep': '',
		'/dev/kvm': '',
		'/dev/vhost-vsock': '',
		'/dev/vhost-net': '',
		'/dev/net/tun': '',
		'/dev/shm/.keep': '',
		'/proc/cpuinfo': cpuInfo[machine],
		'/proc/meminfo': 'MemTotal:       16384000 kB\nMemFree:        12000000 kB\nMemAvailable:   14000000 kB\n',
		'/proc/modules': 'vhost_vsock 24576 0 - Live 0x0\nvhost_net 32768 0 - Live 0x0\ntun 65536 0 - Live 0x0\n',
		'/proc/mounts': '/dev/vda / ext4 rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\n',
		'/proc/self/mountinfo': [
			'22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
			'30 22 0:25 / /dev/shm rw,nosuid,nodev shared:4 - tmpfs tmpfs rw',
			'31 22 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec shared:5 - cgroup2 cgroup2 rw',
			'',
		].join('\n'),
		'/proc/sys/kernel/osrelease': `${modelKernel}\n`,
		'/proc/sys/kernel/hostname': 'rehearsal\n',
		'/proc/sys/kernel/random/boot_id': '00000000-0000-4000-8000-000000000000\n',
		'/proc/1/comm': 'systemd\n',
		'/proc/1/cgroup': '0::/init.scope\n',
		'/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory hugetlb pids\n',
		'/sys/module/vhost_vsock/.keep': '',
		'/sys/module/vhost_net/.keep': '',
		'/sys/module/tun/.keep': '',
		'/sys/class/dmi/id/sys_vendor': 'Rehearsal\n',
		'/sys/class/dmi/id/product_name': 'Model server\n',
		[`${proc}/cmdline`]: '/usr/bin/containerd\0',
		[`${proc}/comm`]: 'containerd\n',
		[`${proc}/exe`]: 'link:/usr/bin/containerd',
		[`${proc}/cgroup`]: '0::/system.slice/containerd.service\n',
		[`${proc}/stat`]: `${containerdPid} (containerd) S 1 ${containerdPid} ${containerdPid} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000\n`,
	};
}
