/**
 * Every known way in which an installation fails before or while Kata is set up, and the recorded host that would be judged
 * wrongly without the check for it. The rows and their numbers are those of this project's catalogue of failures, which
 * names the reports behind each: A the host, C the installation, D the engine's configuration.
 */
import {expect, it, vi} from 'vitest';
import type {Finding, Severity} from '../../src/facts/findings.ts';
import {play} from './play.ts';
import {loadRecording} from './recording.ts';

vi.mock('systeminformation', () => ({default: {}}));

interface Detected {
	row: string;
	/** What the person would see later. */
	failure: string;
	/** A recording that has the cause. */
	host: string;
	finding: string;
	severity: Severity;
	/** A recording without it, where the finding must be another or none. */
	without: string;
}

const metal = 'debian-12-metal';
const ubuntu = 'ubuntu-24.04-metal';

const detected: Detected[] = [
	row('A1', 'virtualization is off in the firmware', 'firmware-off', 'kvm', 'blocker', ubuntu),
	row('A1', 'a VM without nesting', 'vmware-no-nesting', 'kvm', 'blocker', 'vmware-new-kernel'),
	row('A2', 'a made-up processor without SSE4.1', 'proxmox-qemu64-vmx', 'cpu', 'warning', 'digitalocean-droplet'),
	row('A3', 'nesting is opt-in on AWS', 'aws-m5-virtual', 'kvm', 'blocker', 'aws-m8i-nested'),
	row('A3', 'nesting is opt-in on Google', 'gcp-n2', 'kvm', 'blocker', 'gcp-n2-nested'),
	row('A3', 'nesting is a matter of the size on Azure', 'azure-b2s', 'kvm', 'blocker', 'azure-d4s-v5'),
	row('A4', 'KVM_CREATE_VM gives EBUSY', 'virtualbox-holds-vmx', 'kvm', 'blocker', ubuntu),
	row('A5', 'a node without capability', 'kvm-node-without-driver', 'kvm', 'blocker', 'digitalocean-droplet'),
	row('A6', 'root is refused in a container', 'docker-kvm-denied', 'kvm', 'blocker', 'kind-node'),
	row('A6', 'a user is refused, which is no obstacle', 'debian-13-metal', 'kvm', 'unknown', metal),
	row('A7', 'vhost_vsock is not there', 'kernel-without-vsock', 'vhost-vsock', 'blocker', metal),
	row('A7', 'vhost_vsock is not loaded', metal, 'vhost-vsock', 'note', 'vsock-loaded'),
	row('A8', 'VMware’s transport keeps vhost_vsock out', 'vmware-vsock', 'vhost-vsock', 'warning', 'vmware-new-kernel'),
	row('A9', 'the kernel was upgraded, not rebooted', 'kernel-upgraded', 'modules', 'warning', metal),
	row('A9', 'an old WSL has no such module', 'wsl2-old', 'vhost-vsock', 'blocker', 'wsl2-new'),
	row('A10', 'modules cannot be loaded in a container', 'lxc-unprivileged', 'vhost-vsock', 'blocker', metal),
	row('A10', 'loading is locked', 'modules-disabled', 'vhost-vsock', 'blocker', metal),
	row('A10', 'loading is replaced by a line', 'vsock-blacklisted', 'vhost-vsock', 'blocker', metal),
	row('A11', 'no /dev/vhost-net', 'vhost-net-missing', 'devices', 'warning', metal),
	row('A12', 'gone after the next boot', 'vsock-not-at-boot', 'modules-blacklist', 'warning', metal),
	row('A13', '/dev/shm of 64 MiB', 'shm-64m', 'shm', 'blocker', metal),
	row('A13', '/dev/shm hidden by another mount', 'shm-stacked', 'shm', 'blocker', metal),
	row('A14', 'less memory than the guest’s default', 'vps-1gb', 'memory', 'warning', metal),
	row('A15', 'cgroup v1', 'cgroup-v1', 'cgroup', 'warning', metal),
	row('A15', 'a controller is not mounted', 'cgroup-hybrid', 'cgroup', 'warning', metal),
	row('A16', 'a kernel that virtiofsd cannot use', 'centos-7-metal', 'kernel', 'blocker', metal),
	row('A16', 'an old kernel', 'rocky-8-metal', 'kernel', 'warning', metal),
	row('A17', 'io_uring is refused', 'rhel-10-podman', 'io-uring', 'note', 'fedora-43-metal'),
	row('A18', 'SELinux refuses Cloud Hypervisor’s tap', 'rhel-9-docker', 'selinux', 'warning', metal),
	row('A18', 'SELinux without its policy for containers', 'power10-lpar', 'selinux', 'warning', 'power9-powernv'),
	row('A19', 'a board without a GIC', 'raspberry-pi-3', 'gic', 'blocker', 'raspberry-pi-5'),
	row('A19', 'a nested arm64 guest without a PMU', 'arm64-nested', 'pmu', 'note', 'ampere-altra-metal'),
	row('A20', '/dev/mshv instead of /dev/kvm', 'azure-mshv', 'mshv', 'note', 'azure-d4s-v5'),
	row('A21', 'Firecracker under nested AMD-V of VMware', 'vmware-amd-nested', 'nested-firecracker', 'warning', metal),
	row('C3', 'a Kata of kata-manager is here', 'kata-manager', 'existing-kata', 'blocker', metal),
	row('C3', 'a Kata of kata-deploy is here', 'kata-deploy', 'existing-kata', 'blocker', 'kubeadm-node'),
	row('C4', 'a Kata is running', 'kata-deploy', 'kata-processes', 'note', 'kubeadm-node'),
	row('C5', 'too little room', 'disk-full', 'space', 'warning', metal),
	row('C6', 'containerd finds another shim on its PATH', 'shims-shadowed', 'kata-programs', 'warning', metal),
	row('C7', 'a package’s Kata', 'kata-package', 'other-kata', 'warning', 'fedora-43-metal'),
	row('C7', 'a snap’s Kata', 'kata-snap', 'other-kata', 'warning', 'ubuntu-22.04-metal'),
	row('C7', 'leftovers of 1.x', 'kata-1x', 'old-kata', 'warning', 'ubuntu-22.04-metal'),
	row('C8', '/opt is noexec', 'opt-noexec', 'space', 'blocker', metal),
	row('C8', '/opt is read-only', 'opt-read-only', 'space', 'blocker', metal),
	row('C8', '/usr is immutable', 'flatcar', 'space-shim', 'warning', metal),
	row('C11', 'root is wanted later', 'debian-13-metal', 'root', 'note', metal),
	row('C11', 'root cannot be had', 'no-sudo', 'root', 'note', metal),
	row('D1', 'duplicated tables', 'containerd-broken-config', 'engine', 'blocker', ubuntu),
	row('D2', 'a file without version', 'containerd-schema-1', 'engine-config', 'blocker', ubuntu),
	row('D3', 'plugins.cri in a file of version 2', 'containerd-invalid-key', 'engine-schema', 'warning', ubuntu),
	row('D4', 'a schema that the daemon drops', 'containerd-too-new-schema', 'engine-config', 'blocker', metal),
	row('D5', 'a drop-in that replaces the section', 'containerd-import-replaces', 'engine-config', 'blocker', ubuntu),
	row('D8', 'kata is the default runtime', 'kata-is-default', 'engine-default', 'warning', 'kubeadm-node'),
	row('D9', 'k3s has a containerd of its own', 'k3s-node', 'engine', 'blocker', ubuntu),
	row('D9', 'RKE2 has a containerd of its own', 'rke2-node', 'engine', 'blocker', ubuntu),
	row('D10', 'changed after the start', 'containerd-config-newer', 'engine-restart', 'warning', ubuntu),
	row('D11', 'a restart ends containers', 'containerd-kills-containers', 'live-containers', 'warning', 'kubeadm-node'),
	row('D12', 'daemon.json is no JSON', 'docker-broken-json', 'docker', 'warning', 'docker-debian'),
	row('D12', 'a directive given twice', 'docker-told-twice', 'docker', 'warning', 'docker-debian'),
	row('D13', 'a runtime by the path of kata-runtime', 'docker-old-runtime', 'docker', 'warning', 'docker-debian'),
	row('D15', 'Docker 22 to 25 with Kata', 'docker-24', 'docker', 'warning', 'docker-debian'),
	row('D16', 'Podman alone', 'rhel-10-podman', 'engine', 'blocker', 'rhel-9-docker'),
	row('D17', 'CRI-O without runtime_type', 'crio-kata-oci', 'crio', 'warning', 'crio-node'),
	row('D18', 'a rootless engine', 'docker-rootless', 'rootless', 'note', 'docker-debian'),
];

function row(...[id, failure, host, finding, severity, without]: string[]): Detected {
	return {row: id, failure, host, finding, severity, without} as Detected;
}

/** Rows that no look at a host can detect, with what stands in their place. */
const undetected: Record<string, string> = {
	C1: 'A fault of another installer: ours names the folder it unpacks into, and its unpacking is tested for it.',
	C2: 'A property of an archive: found while it is unpacked, where names outside of the tree are refused.',
	C9: 'A fault of another installer, in how it is fetched and run.',
	C10: 'Not a failure of ours: the edit keeps the file’s bytes and goes without a trace; dpkg asks at its next upgrade.',
	C12: 'A property of an archive: modes are made right while it is unpacked.',
	D6: 'A property of the edit: the runtimes before and after it are compared, and runc must be among them.',
	D7: 'Not in the way of ctr or Docker: said in the engine’s finding where CRI is off, which is no fault of the host.',
	D14: 'Decided by the release that is chosen, not by the host, and Docker is not configured by this version.',
};

const rowsOf = (table: string, last: number): string[] => Array.from({length: last}, (_, at) => `${table}${at + 1}`);

it('has every row of the tables A, C and D, as detected or with the reason why not', () => {
	const named = new Set([...detected.map(({row: id}) => id), ...Object.keys(undetected)]);
	expect([...named].sort()).toEqual([...rowsOf('A', 21), ...rowsOf('C', 12), ...rowsOf('D', 18)].sort());
	expect(Object.keys(undetected).filter(id => detected.some(({row: found}) => found === id))).toEqual([]);
});

const findingsOf = new Map<string, Promise<Finding[]>>();
const judged = (name: string): Promise<Finding[]> => {
	const begun = findingsOf.get(name) ?? play(loadRecording(name)).then(({findings}) => findings);
	findingsOf.set(name, begun);
	return begun;
};

it.each(detected)('$row: $failure', async ({host, finding, severity, without}) => {
	const isFound = (findings: Finding[]): boolean =>
		findings.some(({id, severity: found}) => id === finding && found === severity);
	expect(isFound(await judged(host)), `${finding} on ${host}`).toBe(true);
	expect(isFound(await judged(without)), `${finding} on ${without}`).toBe(false);
});

it('says that CRI is switched off without taking it for a fault (D7)', async () => {
	const engine = (await judged('containerd-cri-off')).find(({id}) => id === 'engine');
	expect(engine?.severity).toBe('ok');
	expect(engine?.detail.join('\n')).toContain('disabled_plugins');
	const other = (await judged(ubuntu)).find(({id}) => id === 'engine');
	expect(other?.detail.join('\n')).not.toContain('disabled_plugins');
});
