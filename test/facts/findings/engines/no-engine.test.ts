import {describe, expect, it} from 'vitest';
import type {EngineUnitFacts, IdleContainerdFacts} from '../../../../src/facts/facts.ts';
import {sampleContainerd} from '../../../support/facts.ts';
import {find, has} from '../find.ts';

const docker = {name: 'docker', version: '28', running: true, detail: '/usr/bin/dockerd'} as const;
const idle: IdleContainerdFacts = {
	binary: '/usr/bin/containerd',
	version: '1.7.24',
	configPath: '/etc/containerd/config.toml',
	configError: null,
	socket: 'absent',
};
const unit: EngineUnitFacts = {
	unit: 'containerd.service',
	engine: 'containerd',
	state: 'inactive',
	subState: 'dead',
	result: 'success',
	lastLine: null,
};

describe('an engine that is missing', () => {
	it('is installed by the distribution’s own command', () => {
		expect(find('engine', {containerd: []})).toMatchObject({
			severity: 'blocker',
			command: 'sudo apt-get install containerd',
		});
		const os = {id: 'gentoo', name: 'Gentoo', versionId: null};
		expect(find('engine', {containerd: [], os}).command).toBeNull();
	});

	it('may be of another kind, which is named with what works today', () => {
		const k3s = sampleContainerd({ownedBy: 'k3s'});
		expect(find('engine', {containerd: [k3s]}).summary).toContain('k3s runs here');
		const both = find('engine', {containerd: [k3s], otherEngines: [docker]});
		expect(both.summary).toContain('k3s and Docker run here');
		expect(both.all).toContain('kata-deploy');
		expect(both.all).toContain('daemon.json');
		// One row for them is enough.
		expect(has('other-engines', {containerd: [k3s], otherEngines: [docker]})).toBe(false);
		const podman = {...docker, name: 'podman', running: false} as const;
		expect(find('engine', {containerd: [], otherEngines: [podman]}).summary).toContain('Podman cannot run Kata');
	});
});

describe('a containerd that does not run', () => {
	it('is started, by its unit where it has one', () => {
		const found = find('engine', {containerd: [], idleContainerd: idle, engineUnits: [unit]});
		expect(found).toMatchObject({
			severity: 'blocker',
			summary: 'containerd 1.7.24 is installed, but is not running',
			command: 'sudo systemctl enable --now containerd',
		});
		expect(find('engine', {containerd: [], idleContainerd: idle}).command).toBeNull();
	});

	it('that has failed says its last words, once', () => {
		const failed = {...unit, state: 'failed', subState: 'failed', result: 'exit-code', lastLine: 'invalid key'};
		const facts = {containerd: [], idleContainerd: idle, engineUnits: [failed]};
		expect(find('engine', facts).summary).toContain('containerd.service has failed');
		expect(find('engine', facts).all).toContain('invalid key');
		expect(find('engine', facts).all).toContain('result exit-code');
		expect(has('engine-unit', facts)).toBe(false);
	});

	it('whose configuration is broken is not to be started before it is mended', () => {
		const broken = {...idle, configError: 'containerd: (4, 1): duplicated tables'};
		const found = find('engine', {containerd: [], idleContainerd: broken, engineUnits: [unit]});
		expect(found.summary).toContain('its configuration is broken');
		expect(found.detail[0]).toContain('duplicated tables');
		expect(found.command).toContain('config dump');
	});

	it('names engines that run all the same, and a socket that lies about', () => {
		const facts = {containerd: [], idleContainerd: {...idle, socket: 'stale'} as const, otherEngines: [docker]};
		expect(find('engine', facts).all).toContain('not configured by this version: Docker.');
		expect(find('engine', facts).all).toContain('nobody listens on it');
		const taken = {...facts, idleContainerd: {...idle, socket: 'listening'} as const};
		expect(find('engine', taken).all).toContain('Somebody listens');
	});
});
