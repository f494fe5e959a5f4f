/** SELinux, AppArmor and lockdown: who may refuse something to a sandbox. */
import type {Facts, SecurityFacts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {cloudHypervisorPairs} from '../pairs.ts';

export const judgeSecurity: Judgement = facts => {
	const {security} = facts;
	if (!security) return [];
	const why = unreadWhy(facts, 'security');
	if (why) return [unreadFinding('security', 'Security', 'SELinux and AppArmor', why)];
	if (security.selinux === 'enforcing') return [judgeEnforcing(facts, security)];
	return [
		finding({
			id: 'security',
			label: 'Security',
			severity: 'ok',
			summary: wordsOf(security),
			detail: lockdownLine(security),
			sources: sourcesOf(security),
		}),
	];
};

const sourcesOf = ({lockdown}: SecurityFacts): string[] => [
	'/sys/fs/selinux/enforce',
	'/sys/module/apparmor/parameters/enabled',
	...(lockdown === null ? [] : ['/sys/kernel/security/lockdown']),
];

const wordsOf = ({selinux, apparmor}: SecurityFacts): string => {
	if (selinux === 'permissive') return 'SELinux is permissive: it reports and refuses nothing';
	return apparmor ? 'AppArmor is at work; no profile of it is known to stop Kata' : 'neither SELinux nor AppArmor';
};

const lockdownLine = ({lockdown}: SecurityFacts): string[] =>
	lockdown === null || lockdown === 'none'
		? []
		: [`The kernel is locked down (${lockdown}): it loads signed modules only, as the distribution's own are.`];

/** Reports are of Cloud Hypervisor's tap device; without the policy no domain for VMs exists, and any pair may be refused. */
function judgeEnforcing({os}: Facts, security: SecurityFacts): Finding {
	const withPolicy = security.containerSelinux === true;
	return finding({
		id: 'selinux',
		label: 'SELinux',
		severity: 'warning',
		summary: withPolicy
			? 'SELinux is enforcing: Cloud Hypervisor may be refused'
			: 'SELinux is enforcing, without container-selinux',
		detail: [
			'Where the engine labels its containers (enable_selinux in containerd, always in CRI-O), the hypervisor runs as container_kvm_t.',
			'Cloud Hypervisor was seen to be refused /dev/net/tun and /dev/vhost-net then (CreateVirtioNet … PermissionDenied).',
			...(withPolicy ? [] : ['The package container-selinux, which has that domain and its rules, is not installed.']),
			...lockdownLine(security),
		],
		sources: [...sourcesOf(security), withPolicy ? '/usr/share/containers/selinux' : 'rpm -q container-selinux'],
		remedy: [
			...(withPolicy ? ['Prefer QEMU here.'] : ['Install container-selinux, and prefer QEMU here.']),
			'After the install, give the files their labels: sudo restorecon -RF /opt/kata-setup',
			'If a sandbox is refused, sudo ausearch -m AVC -ts recent says what. SELinux need not be switched off.',
		],
		command: withPolicy ? null : installPolicy(os.id),
		affects: withPolicy ? cloudHypervisorPairs : 'all',
	});
}

function installPolicy(id: string): string | null {
	if (/suse|sles/.test(id)) return 'sudo zypper install container-selinux';
	return /^(fedora|rhel|centos|rocky|almalinux|ol|amzn)$/.test(id) ? 'sudo dnf install container-selinux' : null;
}
