import {describe, expect, it} from 'vitest';
import type {DockerConfigFacts, DockerFacts, DockerInfoFacts} from '../../../../src/facts/facts.ts';
import {find, findings, has} from '../find.ts';

const info: DockerInfoFacts = {
	version: '28.5.2',
	running: 3,
	liveRestore: false,
	rootless: false,
	runtimes: ['runc'],
	defaultRuntime: 'runc',
};
const config: DockerConfigFacts = {
	path: '/etc/docker/daemon.json',
	exists: true,
	error: null,
	keys: [],
	runtimes: {},
	defaultRuntime: null,
};
const of = (changes: Partial<DockerFacts>) => ({
	docker: {
		pid: 80,
		socket: {path: '/run/docker.sock', listening: true},
		info,
		error: null,
		config,
		flags: ['hosts'],
		...changes,
	},
});
const warningOf = (changes: Partial<DockerFacts>) => {
	const found = findings(of(changes)).find(({id, severity}) => id === 'docker' && severity === 'warning');
	return [found?.summary, ...(found?.detail ?? []), ...(found?.remedy ?? [])].join('\n');
};
const runtimes = (path: string | null, runtimeType: string | null) => ({
	config: {...config, runtimes: {kata: {path, runtimeType, configPath: null}}},
});

describe('Docker', () => {
	it('that answers is one note: version, containers, and what a restart does to them', () => {
		expect(find('docker', of({}))).toMatchObject({
			severity: 'note',
			summary: 'Docker 28.5.2 answers; 3 containers running',
		});
		expect(find('docker', of({})).all).toContain('end with a restart');
		expect(find('docker', of({info: {...info, liveRestore: true}})).all).toContain('outlive a restart');
		expect(find('docker', of({info: {...info, rootless: true}})).all).toContain('rootless');
		expect(warningOf({})).toBe('');
	});

	it('that hangs is a warning in its client’s words, and blocks nothing', () => {
		const hung = {info: null, error: '`docker info` did not end in time.'};
		expect(find('docker', of(hung))).toMatchObject({severity: 'warning', command: 'sudo systemctl restart docker'});
		expect(find('docker', of(hung)).all).toContain('did not end in time');
		expect(find('docker', of({info: null, error: 'permission denied while trying'})).severity).toBe('note');
	});

	it('that nobody could ask is not said to hang', () => {
		const unasked = find('docker', of({info: null, error: null}));
		expect(unasked).toMatchObject({severity: 'note'});
		expect(unasked.summary).toContain('no `docker` to ask it with');
	});

	it('that does not run is worth a word only for the socket it left', () => {
		const stopped = {pid: null, info: null};
		expect(find('docker', of({...stopped, socket: {path: '/run/docker.sock', listening: false}})).summary).toContain(
			'left over',
		);
		expect(has('docker', of(stopped))).toBe(false);
	});

	it('is unknown where its probe did not end', () => {
		const unread = [{probe: 'docker', why: 'It did not end within 15 s.'}];
		expect(find('docker', {unread})).toMatchObject({severity: 'unknown', detail: ['It did not end within 15 s.']});
	});

	it('with a broken daemon.json would not start again', () => {
		const broken = {config: {...config, error: 'Unexpected end of JSON input'}};
		expect(warningOf(broken)).toContain('would not start again');
		expect(warningOf({...broken, pid: null, info: null})).toContain('does not start with it');
		expect(warningOf({config: {...config, error: '/etc/docker/daemon.json could not be read: EACCES.'}})).toBe('');
	});

	it('that is told something twice would not start', () => {
		expect(warningOf({config: {...config, keys: ['hosts', 'debug']}, flags: ['hosts', 'containerd']})).toContain(
			'is told hosts twice',
		);
		expect(warningOf({config: {...config, keys: ['debug']}, flags: ['hosts']})).toBe('');
	});

	it.each([
		['28.5.2', '/usr/bin/kata-runtime', null, 'Kata 1.x'],
		['23.0.6', null, '/opt/kata/containerd-shim-kata-v2', 'is plain runc'],
		['25.0.1', null, 'io.containerd.kata.v2', 'no network'],
		['26.0.0', null, 'io.containerd.kata.v2', null],
		['23.0.6', '/usr/bin/crun', null, null],
	])('%s with a runtime %s %s', (version, path, runtimeType, words) => {
		const found = warningOf({info: {...info, version}, ...runtimes(path, runtimeType)});
		if (words === null) expect(found).toBe('');
		else expect(found).toContain(words);
	});
});
