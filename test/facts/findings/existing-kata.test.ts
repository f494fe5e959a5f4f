import {describe, expect, it} from 'vitest';
import {find} from './find.ts';

describe('a Kata that is there', () => {
	const installation = {
		version: '4.1.0',
		runtime: 'rust',
		hypervisor: 'qemu',
		tree: 'kata-setup/trees/4.1.0',
		handler: 'kata',
		unfinishedRun: null,
		sequence: 9,
	} as const;

	it('of ours is fine, and a run that was not finished is told', () => {
		expect(find('existing-kata', {installation})).toMatchObject({severity: 'ok'});
		expect(find('existing-kata', {installation: {...installation, unfinishedRun: 'r7'}})).toMatchObject({
			severity: 'warning',
		});
	});

	it.each([
		['kata-deploy', 'helm uninstall'],
		['kata-manager', 'kata-manager cannot remove'],
		['package', 'package manager'],
		['unknown', 'sudo mv /opt/kata /opt/kata.old'],
		['kata-setup', 'sudo mv /opt/kata /opt/kata.old'],
	] as const)('at /opt/kata by %s is in the way, and not touched', (owner, remedy) => {
		const found = find('existing-kata', {
			kata: [{path: '/opt/kata', owner, version: '3.28.0', evidence: 'A trace.'}],
			paths: {'/opt/kata': 'directory'},
		});
		expect(found).toMatchObject({severity: 'blocker'});
		expect(found.summary).toContain('Kata 3.28.0');
		expect(found.all).toContain('A trace.');
		expect(found.all).toContain(remedy);
	});

	it('may be a file that is none', () => {
		expect(find('existing-kata', {paths: {'/opt/kata': 'file:abc'}}).all).toContain('It is file.');
	});

	it('elsewhere is a warning', () => {
		const kata = [{path: '/usr/bin/kata-runtime', owner: 'package', version: null, evidence: 'A trace.'} as const];
		expect(find('other-kata', {kata})).toMatchObject({severity: 'warning'});
		expect(find('existing-kata', {kata})).toMatchObject({severity: 'ok'});
	});
});
