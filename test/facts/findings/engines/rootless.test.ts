import {describe, expect, it} from 'vitest';
import {find, has} from '../find.ts';

describe('rootless engines', () => {
	it('are said not to run Kata, once for all of them', () => {
		const found = find('rootless', {
			rootless: [
				{engine: 'docker', evidence: '/run/user/1000/docker.sock'},
				{engine: 'docker', evidence: '/run/user/1001/docker.sock'},
				{engine: 'podman', evidence: '/run/user/1000/podman/podman.sock'},
			],
		});
		expect(found).toMatchObject({severity: 'note', summary: 'the rootless Docker and Podman here cannot run Kata'});
		expect(found.sources).toHaveLength(3);
		expect(has('rootless', {rootless: []})).toBe(false);
	});
});
