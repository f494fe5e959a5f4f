import {describe, expect, it} from 'vitest';
import type {Facts} from '../../../src/facts/facts.ts';
import {asRoot, find, virt} from './find.ts';

describe('the devices', () => {
	const vsock = (state: string, moduleState: Facts['devices'][number]['moduleState']): Partial<Facts> => ({
		devices: [{path: '/dev/vhost-vsock', state, module: 'vhost_vsock', moduleState}],
	});
	it.each([
		['ok', 'loaded', 'ok'],
		['EACCES', 'loaded', 'ok'],
		['not-loaded', 'loadable', 'note'],
		['ENOENT', 'loadable', 'note'],
		['ENOENT', 'absent', 'blocker'],
		['ENOENT', null, 'blocker'],
		['ENODEV', 'loaded', 'blocker'],
	] as const)('for vsock: %s with its module %s: %s', (state, moduleState, severity) => {
		expect(find('vhost-vsock', vsock(state, moduleState)).severity).toBe(severity);
	});

	it('that root may not open are not usable', () => {
		expect(find('vhost-vsock', {...vsock('EACCES', 'loaded'), privileges: asRoot}).severity).toBe('blocker');
	});

	it('say where the module is to be had', () => {
		const ubuntu = {id: 'ubuntu', name: 'Ubuntu', versionId: '24.04'};
		expect(find('vhost-vsock', {...vsock('ENOENT', 'absent'), os: ubuntu}).all).toContain('linux-modules-extra');
		expect(find('vhost-vsock', {...vsock('EBUSY', 'loaded'), virt: virt({hypervisor: 'vmware'})}).all).toContain(
			'vmw_vsock_vmci_transport',
		);
		expect(find('vhost-vsock', {...vsock('ENOENT', 'absent'), virt: virt({container: 'wsl'})}).all).toContain(
			'wsl --update',
		);
	});

	it('of the network warn', () => {
		const devices = [{path: '/dev/net/tun', state: 'ENOENT', module: 'tun', moduleState: 'absent'} as const];
		expect(find('devices', {devices}).severity).toBe('warning');
	});
});
