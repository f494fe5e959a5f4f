/** What a recording must not hold: names of hosts and users, addresses, keys, and what else runs on the machine. */
import type {Facts} from '../../src/facts/facts.ts';
import type {RecordedText} from './recording.ts';

/** Programs whose processes the probes look at; every other process is left out whole. */
const knownPrograms =
	/^(containerd(-shim.*)?|dockerd|docker|podman|crio|k3s(-server|-agent)?|rke2|k0s|kubelet|kubelite|nerdctl|qemu-.*|cloud-hypervisor|firecracker|virtiofsd|kata-.*)$/;

/** Folders of which only some names are the probes' business. */
const narrowed: {below: string; keep: RegExp}[] = [
	{below: '/opt/', keep: /^(kata|containerd|cni|kata-\w+)$/},
	...['/usr/bin/', '/usr/sbin/', '/usr/local/bin/', '/usr/local/sbin/'].map(below => ({
		below,
		keep: /^(containerd.*|ctr|docker(d|-init|-proxy)?|podman|crio.*|crictl|nerdctl|k3s|rke2|k0s|kubelet|kata-.*|runc|crun|snap)$/,
	})),
	{below: '/snap/', keep: /^(kata-containers|microk8s|docker|bin)$/},
];

/** Where a file that is only known to be there may be named: elsewhere it is the program of some other process. */
const knownPlaces =
	/^\/(etc|dev|run|sys|proc|snap|opt|boot|lib|usr\/(s?bin|local\/s?bin|libexec|share|lib\/(modules|modprobe\.d|modules-load\.d))|var\/(lib|snap))\/|^\/\.dockerenv$/;

/** Whether a path tells of something that is nobody's business: another process, another program's folder. */
export function isPrivatePath(path: string, files: Record<string, RecordedText | null>): boolean {
	const pid = /^\/proc\/(\d+)(\/|$)/.exec(path)?.[1];
	if (pid !== undefined && !/^\/proc\/1\/(comm|cgroup|exe|sched)$/.test(path)) {
		const commandLine = files[`/proc/${pid}/cmdline`];
		const program = typeof commandLine === 'string' ? (commandLine.split('\0')[0] ?? '') : '';
		if (!knownPrograms.test(program.split(/[/ ]/).findLast(Boolean) ?? '')) return true;
	}
	if (files[path] === '' && !knownPlaces.test(path)) return true;
	for (const {below, keep} of narrowed)
		if (path.startsWith(below) && !keep.test(path.slice(below.length).split('/')[0] ?? '')) return true;
	return false;
}

/** Words of the kernel's command line that a judgement may rest on; others can name disks, servers and tools. */
const kernelWords =
	/^(quiet|ro|rw|nomodule|mitigations=.*|(modprobe|module)[._]?.*|nested\w*=.*|kvm\S*|systemd\.\w+.*|cgroup\S*|selinux=\d|enforcing=\d|apparmor=\d|lsm=.*|security=\w+|lockdown=\w+)$/;

/** Mounts whose places the probes ask for. */
const knownMounts = /^\/(|opt.*|etc|usr|var|var\/lib|home|dev.*|proc|sys.*|run|tmp)$/;

/** First processes that decide something; another program's name is replaced. */
const knownFirst = ['systemd', 'init', 'openrc-init', 'runit', 's6-svscan'];

/** A text as it may be kept; null: not at all. */
export function withoutPrivateThings(path: string, text: string, facts: Facts): string | null {
	const {hostname, privileges} = facts;
	const words = narrowedText(path, text);
	const named = hostname.length > 3 ? words.replaceAll(hostname, 'host') : words;
	const users = privileges.uid === 0 ? named : named.replaceAll(privileges.user, 'user');
	return users
		.replace(/:\/\/[^/\s:@"']+:[^/\s@"']+@/g, '://')
		.replace(/^(\s*"?(?:password|auth|identitytoken|token|secret\w*)"?\s*[=:]\s*).*$/gim, '$1"removed"')
		.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '00000000-0000-4000-8000-000000000000')
		.replace(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi, '02:00:00:00:00:00')
		.replace(/(?<![\d.])(?!127\.|0\.0\.0\.0)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])/g, '192.0.2.1');
}

function narrowedText(path: string, text: string): string {
	if (path === '/proc/sys/kernel/hostname') return 'host\n';
	if (path === '/proc/1/comm') return knownFirst.includes(text.trim()) ? text : 'init\n';
	if (path === '/proc/cmdline')
		return `${text
			.split(/\s+/)
			.filter(word => kernelWords.test(word))
			.join(' ')}\n`;
	if (path === '/proc/self/status')
		return lines(text, line => /^(Name|Uid|Gid|NSpid|Cap\w+|NoNewPrivs|Seccomp):/.test(line));
	if (/^\/proc\/\d+\/status$/.test(path)) return lines(text, line => line.startsWith('NSpid:'));
	if (path.endsWith('/mountinfo'))
		return lines(text, line => knownMounts.test(line.split(' ')[4] ?? '')).replace(
			/,(addr|clientaddr|username)=[^,\s]*/g,
			'',
		);
	// Devices tell of the machine's wiring; the interrupt controller and the timers are what is judged.
	if (path === '/proc/interrupts') return lines(text, line => /CPU0|GIC|kvm|timer|pmu/i.test(line));
	// Two thousand lines, of which few matter: modules that Kata needs, what they depend on, and their rivals.
	if (/\/modules\.(dep|builtin)$/.test(path))
		return lines(text, line =>
			/\/(kvm|vhost|tun|tap|irqbypass|ccp|dm-|hv_sock|[\w-]*v(m|irtio_)?_?sock)[\w-]*\.ko/.test(
				line.split(':')[0] ?? '',
			),
		);
	if (/^\/proc\/\d+\/environ$/.test(path)) return '';
	return text;
}

const lines = (text: string, keep: (line: string) => boolean): string =>
	text
		.split('\n')
		.filter(line => line !== '' && keep(line))
		.map(line => `${line}\n`)
		.join('');
