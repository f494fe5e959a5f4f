import {describe, expect, it} from 'vitest';
import {readKubernetes} from '../../../src/facts/engines/kubernetes.ts';
import {probedHost} from '../../support/probed-host.ts';

describe('a Kubernetes node', () => {
	it('is told by its kubelet and its files, with the CRI socket', async () => {
		const files = {
			'/proc/40/cmdline':
				'/usr/bin/kubelet\0--config=/var/lib/kubelet/config.yaml\0--container-runtime-endpoint=unix:///run/c.sock\0',
			'/var/lib/kubelet/config.yaml': 'containerRuntimeEndpoint: "unix:///other.sock"\n',
			'/etc/kubernetes/kubelet.conf': '',
		};
		expect(await readKubernetes(await probedHost({files}))).toEqual({
			kubelet: 40,
			signs: ['process 40, /usr/bin/kubelet', '/etc/kubernetes/kubelet.conf', '/var/lib/kubelet/config.yaml'],
			endpoint: '/run/c.sock',
		});
	});

	it.each([
		['/var/lib/kubelet/config.yaml', 'kind: x\ncontainerRuntimeEndpoint: unix:///run/c.sock\n'],
		[
			'/var/lib/kubelet/kubeadm-flags.env',
			'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/c.sock --x=y"\n',
		],
	])('may name its CRI socket in %s', async (path, text) => {
		expect((await readKubernetes(await probedHost({files: {[path]: text}}))).endpoint).toBe('/run/c.sock');
	});

	it('is none because of folders that packages make', async () => {
		const files = {'/etc/kubernetes/': '', '/var/lib/kubelet/': ''};
		expect(await readKubernetes(await probedHost({files}))).toEqual({kubelet: null, signs: [], endpoint: null});
	});
});
