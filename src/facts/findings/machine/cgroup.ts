/** The cgroup layout: Kata runs with all of them, on v1 only where every controller is mounted. */
import type {Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';

const common = {id: 'cgroup', label: 'cgroups', sources: ['/proc/self/mountinfo', '/proc/cgroups', '/sys/fs/cgroup']};

export const judgeCgroup: Judgement = facts => {
	const {cgroup} = facts;
	if (!cgroup) return [];
	const why = unreadWhy(facts, 'cgroup');
	if (why) return [unreadFinding('cgroup', 'cgroups', 'The cgroup layout', why)];
	switch (cgroup.layout) {
		case null:
			return [
				finding({
					...common,
					severity: 'unknown',
					summary: 'Whether cgroups are v1 or v2 could not be told',
					detail: ['Neither the table of mounts nor the file system at /sys/fs/cgroup tells.'],
				}),
			];
		case 'none':
			return [judgeNone(facts)];
		case 'v2':
			return [judgeUnified(cgroup.controllers)];
		case 'v1':
		case 'hybrid':
			return [judgeOld(facts, cgroup.layout, cgroup)];
	}
};

/** OpenRC mounts them in a service of its own, which a fresh Alpine does not start. */
const judgeNone = ({os, systemd}: Facts): Finding =>
	finding({
		...common,
		severity: 'blocker',
		summary: 'No cgroups are mounted: no engine can start a container',
		detail: ['Nothing is mounted at /sys/fs/cgroup. Engines and Kata keep each container in a cgroup.'],
		remedy: [
			os.id === 'alpine' || !systemd
				? 'Mount them at every boot: `rc-update add cgroups` (OpenRC), or a line in /etc/fstab: cgroup2 /sys/fs/cgroup cgroup2 defaults 0 0.'
				: 'systemd mounts them by itself: look why it does not, in a container on the host around it.',
		],
		command: os.id === 'alpine' ? 'sudo rc-service cgroups start' : 'sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup',
	});

/** What an engine limits a container with. */
const wanted = {
	v2: ['cpu', 'memory', 'pids'],
	v1: ['blkio', 'cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'memory', 'pids'],
};

function judgeUnified(controllers: readonly string[] | null): Finding {
	const missing = controllers === null ? [] : wanted.v2.filter(name => !controllers.includes(name));
	if (controllers === null || missing.length === 0) return finding({...common, severity: 'ok', summary: 'cgroup v2'});
	return finding({
		...common,
		severity: 'warning',
		summary: `cgroup v2 without the controller${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
		detail: [
			`/sys/fs/cgroup/cgroup.controllers names ${controllers.join(', ') || 'none'}. Limits that need the others are not kept, or refused by the engine.`,
		],
		remedy: remedyForDisabled(missing),
	});
}

const remedyForDisabled = (missing: readonly string[]): string[] => [
	...(missing.includes('memory')
		? [
				'Raspberry Pi OS switches `memory` off: add `cgroup_enable=memory` to the line in /boot/firmware/cmdline.txt and reboot.',
			]
		: []),
	"Elsewhere take `cgroup_disable=` out of the kernel's options; in a container, the host around it must delegate them.",
];

function judgeOld(facts: Facts, layout: 'v1' | 'hybrid', cgroup: NonNullable<Facts['cgroup']>): Finding {
	const missing = wanted.v1.filter(name => !cgroup.controllers?.includes(name));
	const name = layout === 'hybrid' ? 'cgroups are hybrid (v1 with v2 beside it)' : 'cgroup v1, the old layout';
	const off = missing.filter(controller => cgroup.disabled?.includes(controller));
	return finding({
		...common,
		severity: 'warning',
		summary: missing.length > 0 ? `${name}; not mounted: ${missing.join(', ')}` : name,
		detail: [
			'Kata runs on it today. systemd has dropped it, containerd and runc call it deprecated, and new releases are hardly tried on it.',
			...(missing.length > 0
				? [
						`Not mounted: ${missing.join(', ')}. Sandboxes then fail with "Could not create the sandbox resource controller cgroups: cgroup mountpoint does not exist".`,
					]
				: []),
			...(off.length > 0 ? [`Switched off at boot: ${off.join(', ')}.`] : []),
		],
		remedy: [...remedyForOld(facts), ...(off.length > 0 ? remedyForDisabled(off) : [])],
	});
}

function remedyForOld({virt, systemd}: Facts): string[] {
	if (virt.wsl)
		return [
			'In %UserProfile%\\.wslconfig in Windows, under [wsl2]: kernelCommandLine = cgroup_no_v1=all. Then wsl --shutdown.',
		];
	if (virt.container !== null) return ['The host around this container decides: switch it to cgroup v2 there.'];
	if (systemd) return ["Boot with v2: add `systemd.unified_cgroup_hierarchy=1` to the kernel's options and reboot."];
	return [
		'With OpenRC: rc_cgroup_mode="unified" in /etc/rc.conf, then reboot. Otherwise mount cgroup2 at /sys/fs/cgroup at boot.',
	];
}
