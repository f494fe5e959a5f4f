import {describe, expect, it} from 'vitest';
import {cgroupProbe} from '../../../src/facts/machine/cgroup.ts';
import type {Host} from '../../../src/host/host.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const cgroupOf = async (host: ProbedHost) => cgroupProbe.read(await probedHost(host));

const mount = (at: string, fileSystem: string, options = ''): string =>
	`30 22 0:26 / ${at} rw,relatime - ${fileSystem} ${fileSystem} rw${options ? `,${options}` : ''}\n`;
const tmpfs = mount('/sys/fs/cgroup', 'tmpfs', 'mode=755');
const folders = ['cpu,cpuacct', 'memory', 'pids'].map(name => mount(`/sys/fs/cgroup/${name}`, 'cgroup', name)).join('');
const named = mount('/sys/fs/cgroup/systemd', 'cgroup', 'name=systemd');
const known = `#subsys_name\thierarchy\tnum_cgroups\tenabled
cpu\t3\t2\t1
cpuacct\t3\t2\t1
memory\t0\t1\t0
pids\t4\t1\t1
freezer\t0\t1\t1
misc\t0\t1\t1
`;

describe('the cgroup layout', () => {
	it('is v2 where one tree is mounted, with what its root delegates', async () => {
		const files = {
			'/proc/self/mountinfo': mount('/sys/fs/cgroup', 'cgroup2'),
			'/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
			'/proc/cgroups': known,
		};
		expect(await cgroupOf({files})).toEqual({
			layout: 'v2',
			controllers: ['cpu', 'cpuset', 'io', 'memory', 'pids'],
			unmounted: [],
			disabled: ['memory'],
		});
	});

	it('tells no controllers at all from a list that could not be read', async () => {
		const files = {'/proc/self/mountinfo': mount('/sys/fs/cgroup', 'cgroup2')};
		expect((await cgroupOf({files})).controllers).toBeNull();
		expect((await cgroupOf({files: {...files, '/sys/fs/cgroup/cgroup.controllers': '\n'}})).controllers).toEqual([]);
	});

	it('is v1 with a folder for each controller, and names those that are on and mounted nowhere', async () => {
		const files = {'/proc/self/mountinfo': tmpfs + folders + named, '/proc/cgroups': known};
		expect(await cgroupOf({files})).toEqual({
			layout: 'v1',
			controllers: ['cpu', 'cpuacct', 'memory', 'pids'],
			unmounted: ['freezer'],
			disabled: ['memory'],
		});
	});

	it('is hybrid only with a v2 tree in the folder `unified`', async () => {
		const layoutOf = async (more: string) =>
			(await cgroupOf({files: {'/proc/self/mountinfo': tmpfs + folders + more}})).layout;
		expect(await layoutOf(mount('/sys/fs/cgroup/unified', 'cgroup2'))).toBe('hybrid');
		// Where Cilium mounts it for itself.
		expect(await layoutOf(mount('/run/cilium/cgroupv2', 'cgroup2'))).toBe('v1');
	});

	it('is that of the last mount, which hides the others', async () => {
		const files = {'/proc/self/mountinfo': tmpfs + folders + mount('/sys/fs/cgroup', 'cgroup2')};
		expect((await cgroupOf({files})).layout).toBe('v2');
	});

	it('is none where nothing is mounted', async () => {
		expect((await cgroupOf({files: {'/proc/self/mountinfo': mount('/', 'ext4')}})).layout).toBe('none');
	});

	it.each([
		['v2', {'/sys/fs/cgroup': 0x63677270}],
		['hybrid', {'/sys/fs/cgroup': 0x01021994, '/sys/fs/cgroup/unified': 0x63677270}],
		['v1', {'/sys/fs/cgroup': 0x01021994, '/sys/fs/cgroup/unified': 0x01021994}],
		['none', {'/sys/fs/cgroup': 0x62656572}],
		[null, {'/sys/fs/cgroup': 0xef53}],
	] as const)('is told by statfs without a table of mounts: %s', async (layout, types: Record<string, number>) => {
		const host = await probedHost({files: {'/sys/fs/cgroup/memory/': ''}});
		const space = async (path: string) => ({totalBytes: 0, freeBytes: 0, freeInodes: 0, type: types[path] ?? 0});
		const typed: Host = {...host, files: {...host.files, space}};
		expect((await cgroupProbe.read(typed)).layout).toBe(layout);
	});
});
