/** What the kernel refuses: SELinux, AppArmor, lockdown, io_uring, and what a container lets through. */
import type {Host} from '../../host/host.ts';
import type {RightsFacts, SecurityFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {exists, fieldsOf, readLine} from '../read-text.ts';

export const securityProbe: Probe<SecurityFacts> = {
	name: 'security',
	unknown: {
		selinux: 'absent',
		containerSelinux: null,
		apparmor: false,
		label: null,
		lockdown: null,
		ioUringDisabled: null,
		rights: null,
	},
	async read(host) {
		const [enforce, apparmor, label, lockdown, ioUring, rights] = await Promise.all([
			readLine(host, '/sys/fs/selinux/enforce'),
			readLine(host, '/sys/module/apparmor/parameters/enabled'),
			readLine(host, '/proc/self/attr/current'),
			readLine(host, '/sys/kernel/security/lockdown'),
			readLine(host, '/proc/sys/kernel/io_uring_disabled'),
			readRights(host),
		]);
		const selinux = enforce === '1' ? 'enforcing' : enforce === '0' ? 'permissive' : 'absent';
		return {
			selinux,
			containerSelinux: selinux === 'absent' ? null : await hasContainerPolicy(host),
			apparmor: apparmor === 'Y',
			label,
			lockdown: lockdownOf(lockdown),
			ioUringDisabled: ioUringOf(ioUring),
			rights,
		};
	},
};

/** The state in force stands in brackets: `none [integrity] confidentiality`. */
const lockdownOf = (text: string | null): SecurityFacts['lockdown'] =>
	(['none', 'integrity', 'confidentiality'] as const).find(state => text?.includes(`[${state}]`)) ?? null;

const ioUringOf = (text: string | null): SecurityFacts['ioUringDisabled'] =>
	([0, 1, 2] as const).find(value => text === String(value)) ?? null;

/** Files that the package container-selinux alone has, on Fedora, RHEL and openSUSE; where they moved, rpm knows. */
async function hasContainerPolicy(host: Host): Promise<boolean> {
	const files = ['/usr/share/containers/selinux/contexts', '/usr/share/selinux/packages/container.pp.bz2'];
	for (const file of files) if (await exists(host, file)) return true;
	return (await host.run('rpm', ['-q', 'container-selinux'])).code === 0;
}

/** Bits of capabilities(7) without which Kata cannot start a sandbox or load what it needs. */
const neededCapabilities = {net_admin: 12, sys_module: 16, sys_admin: 21, mknod: 27};

/** The bounding set is the same for an ordinary user and for root, who will apply the plan. */
async function readRights(host: Host): Promise<RightsFacts | null> {
	const [status, map] = await Promise.all([readLine(host, '/proc/self/status'), readLine(host, '/proc/self/uid_map')]);
	const fields = fieldsOf(status ?? '', ':');
	const bounding = fields.get('CapBnd');
	if (bounding === undefined || !/^[0-9a-f]+$/i.test(bounding)) return null;
	const bits = BigInt(`0x${bounding}`);
	return {
		lacking: Object.entries(neededCapabilities)
			.filter(([, bit]) => ((bits >> BigInt(bit)) & 1n) === 0n)
			.map(([name]) => name),
		userNamespace: map !== null && !/^0\s+0\s+4294967295$/.test(map),
		seccomp: fields.get('Seccomp') === '2',
	};
}
