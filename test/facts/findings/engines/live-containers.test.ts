import {describe, expect, it} from 'vitest';
import type {ContainerdFacts} from '../../../../src/facts/facts.ts';
import {sampleContainerd} from '../../../support/facts.ts';
import {find, has} from '../find.ts';

const of = (changes: Partial<ContainerdFacts>) => ({containerd: [sampleContainerd(changes)]});
const spared = {killMode: 'process', stoppedWith: []};
const ended = {killMode: 'control-group', stoppedWith: []};
const some = {moby: 2, 'k8s.io': 11};

describe('containers that run', () => {
	it('are counted by namespace, and left alone by a restart', () => {
		const found = find('live-containers', of({containers: some, restart: spared}));
		expect(found).toMatchObject({
			severity: 'note',
			detail: [
				'Namespace k8s.io: 11 containers.',
				'Namespace moby: 2 containers.',
				expect.stringContaining('run on while containerd restarts'),
			],
		});
		expect(found.summary).toBe('13 containers running; a restart of containerd leaves them alone');
		expect(find('live-containers', of({containers: {default: 1}, unit: null})).summary).toBe(
			'1 container running; containerd is not restarted',
		);
	});

	it.each([
		[ended, 'KillMode=control-group of containerd.service'],
		[{killMode: 'mixed', stoppedWith: []}, 'KillMode=mixed'],
		[{killMode: 'process', stoppedWith: ['docker.service']}, 'docker.service is stopped and started with it'],
	])('would end with %j', (restart, words) => {
		const found = find('live-containers', of({containers: some, restart}));
		expect(found).toMatchObject({severity: 'warning'});
		expect(found.summary).toBe('a restart of containerd.service would end 13 containers');
		expect(found.all).toContain(words);
		expect(found.all).toContain('--no-restart');
	});

	it('are warned of where they could not be counted and would end', () => {
		expect(find('live-containers', of({containers: null, restart: ended})).summary).toContain('containers, if any run');
		expect(has('live-containers', of({containers: null, restart: spared}))).toBe(false);
	});

	it('are worth no word where there are none', () => {
		expect(has('live-containers', of({containers: {}, restart: ended}))).toBe(false);
		expect(has('live-containers', of({}))).toBe(false);
	});
});
