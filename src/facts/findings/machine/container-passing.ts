/** What a container lacks for Kata, and how the host around it passes that in, in the words of each manager. Pure. */
import type {Facts} from '../../facts.ts';

/** Devices with the numbers that the kernel gives them for good (include/linux/miscdevice.h; if_tun.h for tun). */
const devices = [
	{path: '/dev/kvm', number: '10:232'},
	{path: '/dev/vhost-vsock', number: '10:241'},
	{path: '/dev/vhost-net', number: '10:238'},
	{path: '/dev/net/tun', number: '10:200'},
];

/** More than the 2 GiB that a guest gets as Kata is shipped: QEMU keeps its memory there. */
const shmNeeded = 2.2 * 1024 ** 3;

interface Lacking {
	devices: typeof devices;
	shm: boolean;
	/** As capabilities(7) names them without CAP_, in capital letters. */
	capabilities: string[];
	userNamespace: boolean;
	seccomp: boolean;
	confined: boolean;
}

/** Their filters keep out system calls (kexec, loading modules) that Kata does not make. */
const harmlessFilters = ['lxc', 'lxc-libvirt', 'lxd', 'incus', 'systemd-nspawn'];

function lackingIn({kvm, virt, devices: read, memory, security}: Facts): Lacking {
	const usable = new Set(read.filter(({state}) => state === 'ok' || state === 'EACCES').map(({path}) => path));
	if (kvm.state === 'opens' || kvm.error === 'EACCES') usable.add('/dev/kvm');
	const rights = security?.rights;
	return {
		devices: devices.filter(({path}) => !usable.has(path)),
		shm: memory.shm === null || memory.shm.totalBytes < shmNeeded,
		// Modules are loaded around the container, whatever it may do itself.
		capabilities: (rights?.lacking ?? []).filter(name => name !== 'sys_module').map(name => name.toUpperCase()),
		userNamespace: rights?.userNamespace ?? false,
		seccomp: (rights?.seccomp ?? false) && !harmlessFilters.includes(virt.container ?? ''),
		confined: /\(enforce\)/.test(security?.label ?? ''),
	};
}

/** What is missing, a few words each; empty if nothing is known to be. */
export function missingInContainer(facts: Facts): string[] {
	const lacking = lackingIn(facts);
	return [
		...lacking.devices.map(({path}) => path),
		...(lacking.shm ? ['a /dev/shm of more than 2 GiB'] : []),
		...lacking.capabilities.map(name => `the capability ${name}`),
		...(lacking.userNamespace ? ["root's own user ids (this is a user namespace)"] : []),
		...(lacking.confined ? [`freedom from the profile ${facts.security?.label}`] : []),
		...(lacking.seccomp ? ['freedom from the seccomp filter'] : []),
	];
}

/** What to do on the host around the container. */
export function passIn(facts: Facts): string[] {
	const lacking = lackingIn(facts);
	const kvmModule = facts.kvm.module?.name ?? 'kvm';
	const modules = `sudo modprobe -a ${kvmModule} vhost_vsock vhost_net tun`;
	const load = `On the host around it, load the modules: ${modules}`;
	switch (facts.virt.container) {
		case 'docker':
		case 'podman':
			return [load, ...asFlags(facts.virt.container, lacking)];
		case 'incus':
		case 'lxd':
			return asIncus(facts.virt.container === 'lxd' ? 'lxc' : 'incus', lacking);
		case 'lxc':
		case 'lxc-libvirt':
			return [load, ...(/-pve$/.test(facts.kernel) ? asProxmox(lacking) : asLxc(lacking))];
		case 'systemd-nspawn':
			return [load, ...asNspawn(lacking)];
		case 'kubernetes':
			return [
				'A pod cannot bring Kata to its own node: kata-deploy, the Helm chart of Kata, installs it on the nodes.',
				...(lacking.devices.length > 0
					? [
							'To try Kata inside a pod: securityContext.privileged: true, and an emptyDir with medium: Memory at /dev/shm.',
						]
					: []),
			];
		case 'openvz':
			return ['OpenVZ does not pass KVM in. Use a VM with nested virtualization, or a bare-metal server.'];
		default:
			return [load, `Then pass in: ${missingInContainer(facts).join(', ')}.`];
	}
}

function asFlags(program: string, lacking: Lacking): string[] {
	const flags = [
		...lacking.devices.map(({path}) => `--device ${path}`),
		...(lacking.shm ? ['--shm-size=4g'] : []),
		...lacking.capabilities.map(name => `--cap-add ${name}`),
		...(lacking.confined ? ['--security-opt apparmor=unconfined'] : []),
		...(lacking.seccomp ? ['--security-opt seccomp=unconfined'] : []),
		...(lacking.userNamespace && program === 'docker' ? ['--userns=host'] : []),
	];
	return [
		`Start the container again with: ${program} run ${flags.join(' ')} …`,
		...(lacking.userNamespace && program === 'podman'
			? ['Start it as root: a rootless container cannot run Kata.']
			: []),
		`Or with everything: ${program} run --privileged --shm-size=4g …`,
	];
}

function asLxc(lacking: Lacking): string[] {
	return [
		`Add to the container's configuration and start it again:`,
		...lacking.devices.flatMap(({path, number}) => [
			`lxc.cgroup2.devices.allow = c ${number} rwm`,
			`lxc.mount.entry = ${path} ${path.slice(1)} none bind,create=file 0 0`,
		]),
		...(lacking.shm ? ['lxc.mount.entry = tmpfs dev/shm tmpfs size=4g,create=dir 0 0'] : []),
		...(lacking.capabilities.length > 0 ? ['lxc.cap.drop ='] : []),
		...(lacking.confined ? ['lxc.apparmor.profile = unconfined'] : []),
		...(lacking.userNamespace ? ['Without its lxc.idmap lines: in an unprivileged container Kata cannot run.'] : []),
	];
}

/** `dev0:` … came with Proxmox VE 8.1; the lines below it go into the same file as raw LXC options. */
function asProxmox(lacking: Lacking): string[] {
	const passed = lacking.devices.map(({path}, index) => `--dev${index} ${path}`).join(' ');
	const raw = [
		...(lacking.shm ? ['lxc.mount.entry: tmpfs dev/shm tmpfs size=4g,create=dir 0 0'] : []),
		...(lacking.capabilities.length > 0 ? ['lxc.cap.drop:'] : []),
		...(lacking.confined ? ['lxc.apparmor.profile: unconfined'] : []),
	];
	return [
		...(passed ? [`On the Proxmox host: pct set ID ${passed}`] : []),
		...(raw.length > 0 ? ['Add to /etc/pve/lxc/ID.conf there:', ...raw] : []),
		...(lacking.userNamespace
			? ['Make the container a privileged one: in an unprivileged container Kata cannot run.']
			: []),
		'Then: pct stop ID and pct start ID. A VM (qm) with the CPU type host needs none of this.',
	];
}

const asIncus = (program: string, lacking: Lacking): string[] => [
	`On the host around it: ${program} config set NAME security.privileged=true security.nesting=true linux.kernel_modules=vhost_vsock,vhost_net,tun`,
	...lacking.devices.map(({path}) => {
		const name = path.split('/').at(-1);
		return `${program} config device add NAME ${name} unix-char source=${path} path=${path}`;
	}),
	...(lacking.shm
		? [`${program} config set NAME raw.lxc 'lxc.mount.entry = tmpfs dev/shm tmpfs size=4g,create=dir 0 0'`]
		: []),
	`Then: ${program} restart NAME`,
];

function asNspawn(lacking: Lacking): string[] {
	const flags = [
		...lacking.devices.map(({path}) => `--bind=${path} --property=DeviceAllow='${path} rw'`),
		...(lacking.shm ? ['--tmpfs=/dev/shm:size=4g'] : []),
		...(lacking.capabilities.length > 0 ? ['--capability=all'] : []),
		...(lacking.userNamespace ? ['--private-users=no'] : []),
	];
	return [`Start the container again with: systemd-nspawn ${flags.join(' ')} …`];
}
