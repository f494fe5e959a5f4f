import {describe, expect, it} from 'vitest';
import {sampleContainerd} from '../../support/facts.ts';
import {asRoot, find} from './find.ts';

describe('the engine', () => {
	it('is a plain containerd, named with its process, configuration and socket', () => {
		const found = find('engine');
		expect(found).toMatchObject({severity: 'ok', summary: 'containerd 2.1.4'});
		expect(found.all).toContain('Process 612 is /usr/bin/containerd');
		expect(found.all).toContain('/etc/containerd/config.toml');
		expect(found.all).toContain('/run/containerd/containerd.sock');
	});

	it.each([
		[{version: '1.6.20'}, 'older than the 1.7'],
		[{unit: null}, 'not run by systemd'],
		[{ctr: null}, 'without ctr'],
	])('warns for %j', (changes, words) => {
		const found = find('engine', {containerd: [sampleContainerd(changes)]});
		expect(found.severity).toBe('warning');
		expect(found.summary).toContain(words);
		expect(found.remedy).toHaveLength(1);
	});

	it('that prints no configuration blocks for root; for others it may be a matter of rights', () => {
		const {config} = sampleContainerd();
		const containerd = [sampleContainerd({config: {...config, runtimes: null, dumpError: 'permission denied'}})];
		expect(find('engine', {containerd, privileges: asRoot})).toMatchObject({severity: 'blocker'});
		expect(find('engine', {containerd})).toMatchObject({severity: 'unknown'});
		expect(find('engine', {containerd}).all).toContain('permission denied');
	});

	it('that is missing is installed by the distribution’s own command', () => {
		expect(find('engine', {containerd: []})).toMatchObject({
			severity: 'blocker',
			command: 'sudo apt-get install containerd',
		});
		const os = {id: 'gentoo', name: 'Gentoo', versionId: null};
		expect(find('engine', {containerd: [], os}).command).toBeNull();
	});

	it('of another kind is named, and left as it is beside a plain one', () => {
		const k3s = sampleContainerd({ownedBy: 'k3s'});
		expect(find('engine', {containerd: [k3s]}).summary).toContain('k3s runs here');
		const docker = {name: 'docker', version: '28', running: true, detail: '/usr/bin/dockerd'} as const;
		expect(find('engine', {containerd: [k3s], otherEngines: [docker]}).summary).toContain('k3s and Docker run here');
		expect(find('engine', {otherEngines: [docker]})).toMatchObject({severity: 'ok'});
		expect(find('engine', {otherEngines: [docker]}).all).toContain('left as found: Docker');
		const podman = {...docker, name: 'podman', running: false} as const;
		expect(find('engine', {containerd: [], otherEngines: [podman]}).summary).toContain('Podman cannot run Kata');
	});

	it('of which there are two has to be named', () => {
		const two = [sampleContainerd(), sampleContainerd({pid: 7, binary: '/opt/containerd'})];
		expect(find('engine', {containerd: two})).toMatchObject({severity: 'blocker'});
		expect(find('engine', {containerd: two}).all).toContain('Process 7 is /opt/containerd');
	});
});
