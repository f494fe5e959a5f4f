import {describe, expect, it} from 'vitest';
import type {Facts, KataInstallFacts, KataProcessFacts} from '../../../../src/facts/facts.ts';
import {asRoot, find, has} from '../find.ts';

const installed = (changes: Partial<KataInstallFacts> = {}): Partial<Facts> => ({
	kata: [{path: '/opt/kata', owner: 'unknown', version: '3.28.0', evidence: 'A trace.', ...changes}],
	paths: {'/opt/kata': 'directory'},
});

const running = (kind: KataProcessFacts['kind'], tree: string | null): KataProcessFacts => ({
	pid: 7,
	kind,
	program: kind,
	tree,
	deleted: false,
});

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
			remedy: ['To do the rest: kata-setup finish', 'To take it back: kata-setup undo'],
		});
	});

	it.each([
		['kata-deploy', 'helm uninstall'],
		['kata-manager', 'kata-manager cannot remove'],
		['package', 'package manager'],
		['unknown', 'sudo mv /opt/kata /opt/kata.old'],
		['kata-setup', 'sudo mv /opt/kata /opt/kata.old'],
	] as const)('at /opt/kata by %s is in the way, and not touched', (owner, remedy) => {
		const found = find('existing-kata', installed({owner}));
		expect(found).toMatchObject({severity: 'blocker'});
		expect(found.summary).toContain('Kata 3.28.0');
		expect(found.all).toContain('A trace.');
		expect(found.all).toContain(remedy);
	});

	it('of kata-deploy is never to be moved away under its feet', () => {
		expect(find('existing-kata', installed({owner: 'kata-deploy'})).all).not.toContain('mv ');
	});

	it('may be kept beside ours, by the flag that is named, unless it is kata-deploy’s', () => {
		for (const owner of ['kata-manager', 'package', 'unknown'] as const)
			expect(find('existing-kata', installed({owner})).remedy.join('\n'), owner).toContain(
				'kata-setup install --beside',
			);
		const deployed = find('existing-kata', installed({owner: 'kata-deploy'}));
		expect(deployed.all).not.toContain('--beside');
		expect(deployed.all).toContain('a second Kata is not put beside it');
	});

	it.each([
		['dpkg', 'debian', 'sudo apt-get remove kata'],
		['rpm', 'fedora', 'sudo dnf remove kata'],
		['rpm', 'opensuse-leap', 'sudo zypper remove kata'],
		['apk', 'alpine', 'sudo apk del kata'],
		['pacman', 'arch', 'sudo pacman -R kata'],
	] as const)('of a package is removed by the manager that knows it: %s on %s', (manager, id, command) => {
		const facts = installed({owner: 'package', package: {manager, name: 'kata', version: null}});
		const os = {id, name: id, versionId: null};
		expect(find('existing-kata', {...facts, os}).command).toBe(command);
		expect(find('existing-kata', {...facts, os, privileges: asRoot}).command).toBe(command.replace('sudo ', ''));
	});

	it('tells what runs from it, and only from it', () => {
		const kataProcesses = [
			running('shim', '/opt/kata'),
			running('shim', '/opt/kata'),
			running('hypervisor', '/opt/kata'),
			running('shim', '/opt/kata-dev'),
		];
		const found = find('existing-kata', {...installed(), kataProcesses});
		expect(found.detail.join(' ')).toContain('In use: 2 shims, 1 hypervisor run from it');
		expect(found.remedy[0]).toContain('End the containers');
		expect(find('existing-kata', installed()).all).not.toContain('In use');
	});

	it('may be a file that is none', () => {
		expect(find('existing-kata', {paths: {'/opt/kata': 'file:abc'}}).all).toContain('It is file.');
	});

	it('that could not be looked at is not taken for absent', () => {
		const unread = [{probe: 'kata', why: 'It did not end within 5 s.'}];
		expect(find('existing-kata', {unread})).toMatchObject({severity: 'unknown'});
		expect(find('existing-kata', {unread, installation})).toMatchObject({severity: 'ok'});
	});

	it('elsewhere does not take its place', () => {
		const kata = [{path: '/usr/bin/kata-runtime', owner: 'package', version: null, evidence: 'A trace.'} as const];
		expect(find('other-kata', {kata})).toMatchObject({severity: 'warning'});
		expect(find('existing-kata', {kata})).toMatchObject({severity: 'ok'});
		expect(has('other-kata', {kata: []})).toBe(false);
	});
});
