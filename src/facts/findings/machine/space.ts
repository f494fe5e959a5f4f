/** Disk: room for one release, a place that can be written, and one from which programs may run. */
import {dirname} from 'node:path';
import {formatBytes} from '../../../format.ts';
import {ourPrefix, shimOnPath, stateFolder} from '../../../layout.ts';
import type {Facts, SpaceFacts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';

/** One archive of Kata 4.1 (1.0–1.2 GB) and what becomes of it (2.5 GB), with a little air. The plan knows it exactly. */
const wantedBytes = 4e9;
/** A tree has some hundred files; the journal and configurations a few more. */
const wantedInodes = 2000;

/** The names of the findings by the path that they are about, the gravest first. */
const idOf: Record<string, string> = {[ourPrefix]: 'space', [stateFolder]: 'space-state', '/etc': 'space-etc'};
const shimFolder = dirname(shimOnPath);

const remote =
	/^(nfs4?|cifs|smb3|smbfs|ceph|9p|afs|glusterfs|lustre|gpfs|beegfs|fuse\.(sshfs|glusterfs|ceph|s3fs|rclone))$/;
const inMemory = ['tmpfs', 'ramfs', 'rootfs'];

export const judgeSpace: Judgement = facts => {
	const why = unreadWhy(facts, 'space');
	if (why) return [unreadFinding('space', 'Disk', 'The free space', why)];
	const needed = facts.space.filter(({path}) => path !== shimFolder);
	const obstacles = [
		...judgeAnswers(needed),
		...judgeReadOnly(facts, needed),
		...judgeImmutable(needed.filter(({readOnly}) => !readOnly)),
		...judgeShimFolder(facts),
	];
	return [
		...obstacles,
		...judgeKind(facts, needed.filter(answered)),
		...needed.filter(space => space.path === ourPrefix && answered(space) && !space.readOnly).flatMap(judgeRoom),
	];
};

const answered = ({freeBytes}: SpaceFacts): boolean => freeBytes !== null;

/** A finding about a group of paths goes by the name of its first. */
const about = (group: readonly SpaceFacts[]): Pick<Finding, 'id' | 'label' | 'detail' | 'sources'> => ({
	id: idOf[group[0]?.path ?? ''] ?? 'space',
	label: 'Disk',
	detail: group.map(space => `${space.path} lies on ${whereOf(space)}.`),
	sources: [`statfs of ${group.map(({on}) => on).join(', ')}`, '/proc/self/mountinfo'],
});

const whereOf = ({on, fileSystem, mountPoint}: SpaceFacts): string =>
	`${on}${fileSystem ? `, a file system of type ${fileSystem}` : ''}${mountPoint && mountPoint !== on ? ` mounted at ${mountPoint}` : ''}`;

/** Paths on one mount are one finding. */
function byMount(spaces: readonly SpaceFacts[]): SpaceFacts[][] {
	const groups = new Map<string, SpaceFacts[]>();
	for (const space of spaces) {
		const key = space.mountPoint ?? space.on;
		groups.set(key, [...(groups.get(key) ?? []), space]);
	}
	return [...groups.values()];
}

const mountOfGroup = ([space]: readonly SpaceFacts[]): string => space?.mountPoint ?? space?.on ?? '/';
const named = (group: readonly SpaceFacts[]): string => listed(group.map(({path}) => path));
const listed = (names: readonly string[]): string =>
	names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const judgeAnswers = (spaces: readonly SpaceFacts[]): Finding[] =>
	byMount(spaces.filter(space => !answered(space))).map(group =>
		finding({
			...about(group),
			severity: 'unknown',
			summary: `${mountOfGroup(group)} (${group[0]?.fileSystem ?? 'unknown'}) does not answer`,
			detail: [
				...about(group).detail,
				'Its free space could not be had within two seconds; an installation would wait for it too.',
			],
			sources: group.map(({on}) => `stat -f ${on}`),
			remedy: ['See whether its server or daemon is alive, or unmount it.'],
		}),
	);

function judgeReadOnly(facts: Facts, spaces: readonly SpaceFacts[]): Finding[] {
	const image = imageBased[facts.os.id];
	return byMount(spaces.filter(({readOnly}) => readOnly)).map(group => {
		const at = mountOfGroup(group);
		return finding({
			...about(group),
			severity: 'blocker',
			summary: `${at} is mounted read-only, and ${named(group)} ${group.length > 1 ? 'have' : 'has'} to be written`,
			remedy: image
				? [`${image} keeps its system read-only: ${named(group)} needs a writable mount of its own.`]
				: ['Mount it writable; where an error made it read-only, the kernel log (dmesg) tells which.'],
			command: image ? null : `sudo mount -o remount,rw ${at}`,
		});
	});
}

/** Systems whose root or /usr is an image, by the ID of os-release. */
const imageBased: Record<string, string> = {
	flatcar: 'Flatcar',
	coreos: 'CoreOS',
	bottlerocket: 'Bottlerocket',
	talos: 'Talos',
	'opensuse-microos': 'openSUSE MicroOS',
	'sle-micro': 'SUSE Linux Micro',
	'sl-micro': 'SUSE Linux Micro',
};

function judgeImmutable(spaces: readonly SpaceFacts[]): Finding[] {
	const folders = [...new Set(spaces.filter(({immutable}) => immutable === true).map(({on}) => on))];
	return folders.map(folder => {
		const group = spaces.filter(({on}) => on === folder);
		return finding({
			...about(group),
			severity: 'blocker',
			summary: `${folder} may not be changed, not even by root: chattr +i or +a`,
			detail: [`${named(group)} ${group.length > 1 ? 'have' : 'has'} to be written there.`],
			sources: [`lsattr -d ${folder}`],
			remedy: ['Somebody wanted it so: ask first, then take the attribute away.'],
			command: `sudo chattr -i -a ${folder}`,
		});
	});
}

/** Where the shim's link goes, what cannot be written is in nobody's way but ctr's and nerdctl's. */
const judgeShimFolder = ({space}: Facts): Finding[] =>
	space
		.filter(({path, readOnly, immutable}) => path === shimFolder && (readOnly || immutable === true))
		// Said already, with what is graver.
		.filter(
			({mountPoint}) => !space.some(one => one.path !== shimFolder && one.readOnly && one.mountPoint === mountPoint),
		)
		.map(one =>
			finding({
				...about([one]),
				id: 'space-shim',
				severity: 'warning',
				summary: `${shimFolder} cannot be written: ctr and nerdctl will not find Kata there`,
				remedy: ['Leave the default paths alone: --no-default-paths. The handler in containerd needs none of them.'],
			}),
		);

/** What kind of file system it is: one of somebody else, or one that is gone at the next boot. */
const judgeKind = (facts: Facts, spaces: readonly SpaceFacts[]): Finding[] =>
	byMount(spaces.filter(({path}) => path !== '/etc')).flatMap(group => {
		const [{fileSystem = ''} = {}] = group;
		const at = mountOfGroup(group);
		const common = {...about(group), id: `${about(group).id}-kind`};
		if (remote.test(fileSystem ?? ''))
			return [
				finding({
					...common,
					severity: 'warning',
					summary: `${at} is a network file system (${fileSystem})`,
					detail: [
						...common.detail,
						'Every VM reads its kernel and its image from there: without the server none starts, and running ones hang. A server that makes root nobody (root_squash) refuses our files.',
					],
					remedy: [`Give ${named(group)} a local file system.`],
				}),
			];
		const memory = inMemory.includes(fileSystem ?? '');
		if (!memory && fileSystem !== 'overlay') return [];
		const container = facts.virt.container !== null;
		return [
			finding({
				...common,
				// That this is a container is a finding of its own.
				severity: container && !memory ? 'note' : 'warning',
				summary: memory
					? `${at} lies in memory (${fileSystem}): what is installed is gone at the next boot`
					: `${at} is an overlay: what is installed may be gone ${container ? 'with this container' : 'at the next boot'}`,
				detail: [
					...common.detail,
					memory
						? 'A release takes its size in memory there.'
						: 'Live systems and containers keep what is written in a layer that they throw away.',
				],
				remedy: [`Give ${named(group)} a file system on a disk.`],
			}),
		];
	});

/** Whether programs start from there, and whether a release fits. */
function judgeRoom(space: SpaceFacts): Finding[] {
	const {path, on, freeBytes, freeInodes, noExec} = space;
	const common = about([space]);
	const at = mountOfGroup([space]);
	if (noExec)
		return [
			finding({
				...common,
				severity: 'blocker',
				summary: `${at} is mounted noexec: no program could start from there`,
				remedy: ['Mount it without noexec, and say the same in /etc/fstab for good.'],
				command: `sudo mount -o remount,exec ${at}`,
			}),
		];
	const free = `${formatBytes(freeBytes ?? 0)} free for ${path}`;
	if ((freeBytes ?? 0) < wantedBytes)
		return [
			finding({
				...common,
				severity: 'warning',
				summary: `${free}; one release wants ${formatBytes(wantedBytes)}`,
				detail: [
					...common.detail,
					'The plan knows the exact size of the chosen release and is refused if it does not fit.',
				],
				remedy: ['Make room there; what is large shows the command.'],
				command: `sudo du -xhd1 ${on}`,
			}),
		];
	// btrfs and others make inodes as they are needed, and report none.
	if ((freeInodes ?? 0) > 0 && (freeInodes ?? 0) < wantedInodes)
		return [
			finding({
				...common,
				severity: 'warning',
				summary: `only ${freeInodes} files can still be made on ${at}`,
				remedy: [`A release has some hundred files: remove some, for example old ones in many small pieces.`],
			}),
		];
	return [finding({...common, severity: 'ok', summary: free})];
}
