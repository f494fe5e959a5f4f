import {describe, expect, it} from 'vitest';
import type {KataInstallFacts} from '../../../../src/facts/facts.ts';
import {find, has} from '../find.ts';

const piece = (path: string, changes: Partial<KataInstallFacts> = {}): KataInstallFacts => ({
	path,
	owner: 'unknown',
	version: null,
	evidence: 'A trace.',
	...changes,
});
const shim = '/usr/bin/containerd-shim-kata-v2';

describe('another Kata', () => {
	it('of one package is removed by one command, which is shown and not run', () => {
		const of = {manager: 'dpkg', name: 'kata-containers', version: '3.2'} as const;
		const kata = [piece(shim, {owner: 'package', package: of, version: '3.2', parts: ['/usr/bin/kata-runtime']})];
		const found = find('other-kata', {kata});
		expect(found).toMatchObject({severity: 'warning', summary: `there is another Kata at ${shim}`});
		expect(found.command).toBe('sudo apt-get remove kata-containers');
		expect(found.detail[0]).toBe(`${shim} (3.2): A trace. With it: /usr/bin/kata-runtime.`);
		expect(found.sources).toEqual([shim, '/usr/bin/kata-runtime']);
	});

	it('beside yet another: each way stands after its path', () => {
		const kata = [
			piece('/snap/kata-containers/current', {owner: 'snap', version: '2.4.2'}),
			piece('/opt/kata-dev', {owner: 'kata-deploy'}),
			piece('/usr/local/bin/kata-runtime'),
		];
		const found = find('other-kata', {kata});
		expect(found.summary).toBe('there are 3 other pieces of Kata');
		expect(found.command).toBeNull();
		expect(found.remedy).toContain('/snap/kata-containers/current: sudo snap remove kata-containers');
		expect(found.remedy.join('\n')).toMatch(/^\/opt\/kata-dev: .*helm uninstall/m);
		expect(found.remedy.join('\n')).toMatch(
			/^\/usr\/local\/bin\/kata-runtime: .*sudo mv \/usr\/local\/bin\/kata-runtime /m,
		);
	});

	it('is not the one at the prefix, and not ours', () => {
		expect(has('other-kata', {kata: [piece('/opt/kata', {owner: 'kata-deploy'})]})).toBe(false);
		expect(has('other-kata', {kata: [piece('/opt/kata', {owner: 'kata-setup'})]})).toBe(false);
	});
});

describe('what Kata 1.x left', () => {
	const dropIn = '/etc/systemd/system/docker.service.d/kata-containers.conf';

	it('is told apart from another Kata', () => {
		const kata = [piece('/usr/bin/kata-runtime', {old: true, parts: ['/usr/libexec/kata-containers']})];
		const found = find('old-kata', {kata});
		expect(found).toMatchObject({severity: 'warning'});
		expect(found.all).toContain('sudo mv /usr/libexec/kata-containers /usr/libexec/kata-containers.old');
		expect(found.all).not.toContain('Docker');
		expect(has('other-kata', {kata})).toBe(false);
	});

	it('may keep Docker from starting', () => {
		const found = find('old-kata', {kata: [piece('/usr/bin/kata-runtime', {old: true, parts: [dropIn]})]});
		expect(found.all).toContain(`${dropIn} names a runtime for Docker`);
		expect(found.remedy[0]).toContain('daemon-reload');
	});
});
