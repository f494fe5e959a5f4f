import {describe, expect, it} from 'vitest';
import {readRootless} from '../../../src/facts/engines/rootless.ts';
import {probedHost} from '../../support/probed-host.ts';

describe('rootless engines', () => {
	it('are told by what they have under /run/user', async () => {
		const files = {'/run/user/1000/docker.sock': '', '/run/user/1001/podman/podman.sock': '', '/run/user/0/bus': ''};
		expect(await readRootless(await probedHost({files}))).toEqual([
			{engine: 'docker', evidence: '/run/user/1000/docker.sock'},
			{engine: 'podman', evidence: '/run/user/1001/podman/podman.sock'},
		]);
	});

	it('are told by rootlesskit where that folder is closed to us', async () => {
		const files = {
			'/proc/30/cmdline': '/usr/bin/rootlesskit\0--net=slirp4netns\0/usr/bin/dockerd-rootless.sh\0',
			'/proc/31/cmdline': '/usr/bin/rootlesskit\0--net=slirp4netns\0/usr/bin/containerd-rootless.sh\0',
		};
		expect((await readRootless(await probedHost({files}))).map(({engine}) => engine)).toEqual(['docker', 'containerd']);
	});

	it('are none on a host without', async () => {
		expect(await readRootless(await probedHost({files: {'/run/user/1000/bus': ''}}))).toEqual([]);
	});
});
