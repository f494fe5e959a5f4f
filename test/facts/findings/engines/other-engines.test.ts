import {describe, expect, it} from 'vitest';
import type {EngineUnitFacts, RenderedConfigFacts} from '../../../../src/facts/facts.ts';
import {sampleContainerd} from '../../../support/facts.ts';
import {find, has} from '../find.ts';

const docker = {name: 'docker', version: '28.5.2', running: true, detail: '/usr/bin/dockerd'} as const;
const crio = {name: 'crio', version: '1.34.0', running: true, detail: '/usr/bin/crio', containers: 4} as const;

describe('engines beside containerd', () => {
	it('are named together in one line, with what works with each today', () => {
		const k3s = sampleContainerd({
			pid: 9,
			ownedBy: 'k3s',
			version: '2.1.5',
			containers: {'k8s.io': 7},
			address: '/run/k3s/c.sock',
		});
		const rendered: RenderedConfigFacts = {
			engine: 'k3s',
			path: '/var/lib/rancher/k3s/config.toml',
			version: 3,
			imports: ['/x/*.toml'],
			templates: ['/x/config-v3.toml.tmpl'],
			error: null,
		};
		const found = find('other-engines', {
			containerd: [sampleContainerd(), k3s],
			otherEngines: [docker, crio],
			renderedConfigs: [rendered, {...rendered, engine: 'rke2', path: '/not/asked'}],
		});
		expect(found.severity).toBe('note');
		expect(found.summary).toBe('k3s, Docker and CRI-O run here too, and are left as found');
		expect(found.all).toContain('k3s, with a containerd 2.1.5 of its own on /run/k3s/c.sock, 7 containers running.');
		expect(found.all).toContain(
			'/var/lib/rancher/k3s/config.toml itself (version 3), which imports /x/*.toml, from /x/config',
		);
		expect(found.all).toContain('CRI-O 1.34.0, 4 containers running.');
		expect(found.all).toContain('Docker 28.5.2.');
		expect(found.all).not.toContain('/not/asked');
		expect(find('engine', {otherEngines: [docker]})).toMatchObject({severity: 'ok'});
	});

	it('whose configuration is closed to us are said to write one', () => {
		const closed: RenderedConfigFacts = {
			engine: 'k0s',
			path: '/etc/k0s/containerd.toml',
			version: null,
			imports: [],
			templates: [],
			error: 'EACCES',
		};
		const k0s = {...docker, name: 'k0s'} as const;
		expect(find('other-engines', {otherEngines: [k0s], renderedConfigs: [closed]}).all).toContain(
			'may not read (EACCES)',
		);
	});

	it('that do not run are worth no word', () => {
		expect(has('other-engines', {otherEngines: [{...docker, running: false}]})).toBe(false);
	});

	it('are unknown where nobody could look', () => {
		const unread = [{probe: 'engines', why: 'It did not end within 10 s.'}];
		expect(find('other-engines', {unread})).toMatchObject({severity: 'unknown'});
	});

	it('may have put Podman in Docker’s place', () => {
		const podman = {name: 'podman', version: '5.4', running: false, detail: '/usr/bin/podman', isDocker: true} as const;
		expect(find('podman', {otherEngines: [podman]}).summary).toContain('docker is Podman');
		expect(has('podman', {otherEngines: [{...podman, isDocker: false}]})).toBe(false);
	});
});

describe('a unit that has failed', () => {
	const unit: EngineUnitFacts = {
		unit: 'kubelet.service',
		engine: 'kubelet',
		state: 'failed',
		subState: 'failed',
		result: 'exit-code',
		lastLine: 'command failed: bad flag',
	};

	it('is named with its last words, as it was found', () => {
		const found = find('engine-unit', {engineUnits: [unit]});
		expect(found).toMatchObject({
			severity: 'warning',
			label: 'kubelet',
			summary: 'kubelet.service has failed (exit-code)',
		});
		expect(found.all).toContain('command failed: bad flag');
		expect(found.all).toContain('before kata-setup');
		expect(
			find('engine-unit', {engineUnits: [{...unit, state: 'activating', subState: 'auto-restart'}]}).severity,
		).toBe('warning');
	});

	it('is none where it runs, or was never started', () => {
		for (const [state, subState] of [
			['active', 'running'],
			['inactive', 'dead'],
		] as const)
			expect(has('engine-unit', {engineUnits: [{...unit, state, subState}]})).toBe(false);
	});
});
