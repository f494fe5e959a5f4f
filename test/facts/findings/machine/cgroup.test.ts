import {describe, expect, it} from 'vitest';
import type {CgroupFacts, Facts} from '../../../../src/facts/facts.ts';
import {find, has, virt} from '../find.ts';

const all = ['blkio', 'cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'memory', 'pids'];
const cgroup = (changes: Partial<CgroupFacts>, more: Partial<Facts> = {}) =>
	find('cgroup', {cgroup: {layout: 'v2', controllers: all, unmounted: [], disabled: [], ...changes}, ...more});

describe('cgroups', () => {
	it('of v2 are fine, also where their controllers could not be read', () => {
		expect(cgroup({})).toMatchObject({severity: 'ok', summary: 'cgroup v2'});
		expect(cgroup({controllers: null}).severity).toBe('ok');
	});

	it('of v2 without memory warn, as on a Raspberry Pi', () => {
		const found = cgroup({controllers: ['cpu', 'pids']});
		expect(found).toMatchObject({severity: 'warning', summary: 'cgroup v2 without the controller memory'});
		expect(found.all).toContain('cgroup_enable=memory');
		expect(cgroup({controllers: []}).summary).toContain('cpu, memory, pids');
	});

	it.each([
		['v1', 'cgroup v1'],
		['hybrid', 'hybrid'],
	] as const)('of %s warn and name the way to v2', (layout, words) => {
		const found = cgroup({layout});
		expect(found.severity).toBe('warning');
		expect(found.summary).toContain(words);
		expect(found.all).toContain('systemd.unified_cgroup_hierarchy=1');
		expect(found.all).not.toContain('ot mounted');
	});

	it('of v1 name the controllers that are not mounted, and those switched off at boot', () => {
		const found = cgroup({layout: 'v1', controllers: all.filter(name => name !== 'memory'), disabled: ['memory']});
		expect(found.summary).toContain('not mounted: memory');
		expect(found.all).toContain('Switched off at boot: memory');
		expect(found.all).toContain('cgroup mountpoint does not exist');
	});

	it('of v1 are switched by whoever starts them', () => {
		expect(cgroup({layout: 'v1'}, {systemd: false}).all).toContain('/etc/rc.conf');
		expect(cgroup({layout: 'v1'}, {virt: virt({container: 'lxc'})}).all).toContain('around this container');
		expect(cgroup({layout: 'v1'}, {virt: virt({container: 'wsl', wsl: 2})}).all).toContain('cgroup_no_v1=all');
	});

	it('that are not mounted block everything', () => {
		const alpine: Partial<Facts> = {os: {id: 'alpine', name: 'Alpine', versionId: '3.22'}, systemd: false};
		expect(cgroup({layout: 'none', controllers: []}, alpine)).toMatchObject({
			severity: 'blocker',
			affects: 'all',
			command: 'sudo rc-service cgroups start',
		});
	});

	it('that could not be told are unknown; an older recording says nothing', () => {
		expect(cgroup({layout: null}).severity).toBe('unknown');
		expect(cgroup({}, {unread: [{probe: 'cgroup', why: 'It failed.'}]})).toMatchObject({severity: 'unknown'});
		expect(has('cgroup', {})).toBe(false);
	});
});
