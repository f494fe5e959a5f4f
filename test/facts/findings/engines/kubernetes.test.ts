import {describe, expect, it} from 'vitest';
import {sampleContainerd} from '../../../support/facts.ts';
import {find, has} from '../find.ts';

const kubernetes = {kubelet: 40, signs: ['process 40, /usr/bin/kubelet'], endpoint: '/run/containerd/containerd.sock'};

describe('a Kubernetes node', () => {
	it('gets a note: handlers only, and the chart for a cluster', () => {
		const found = find('kubernetes', {kubernetes});
		expect(found).toMatchObject({
			severity: 'note',
			sources: kubernetes.signs,
			summary: 'this host is a node of a cluster',
		});
		expect(found.all).toContain('the default runtime stays as it is');
		expect(found.all).toContain('kata-deploy');
		expect(found.all).toContain('through /run/containerd/containerd.sock');
		expect(find('kubernetes', {kubernetes: {...kubernetes, kubelet: null}}).summary).toContain('is, or was, a node');
	});

	it('whose containerd has no CRI is broken already', () => {
		const {config} = sampleContainerd();
		const containerd = [sampleContainerd({config: {...config, criDisabled: true}})];
		expect(find('kubernetes', {containerd, kubernetes})).toMatchObject({severity: 'warning'});
		const elsewhere = {...kubernetes, endpoint: '/run/crio/crio.sock'};
		expect(find('kubernetes', {containerd, kubernetes: elsewhere})).toMatchObject({severity: 'note'});
	});

	it('is worth no word where there is none', () => {
		expect(has('kubernetes', {kubernetes: {kubelet: null, signs: [], endpoint: null}})).toBe(false);
	});
});
