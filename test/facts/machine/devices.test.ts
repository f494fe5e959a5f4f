import {describe, expect, it} from 'vitest';
import {devicesProbe} from '../../../src/facts/machine/devices.ts';
import {probedHost} from '../../support/probed-host.ts';

describe('the devices', () => {
	it('are opened each for itself', async () => {
		const opens = {'/dev/vhost-vsock': 'EBUSY', '/dev/vhost-net': null, '/dev/net/tun': 'EPERM'};
		const devices = await devicesProbe.read(await probedHost({opens}));
		expect(devices.map(({path, state, moduleState}) => [path, state, moduleState])).toEqual([
			['/dev/vhost-vsock', 'EBUSY', null],
			['/dev/vhost-net', 'ok', 'built-in'],
			['/dev/net/tun', 'EPERM', null],
		]);
	});

	it('include Microsoft’s hypervisor only where there is one', async () => {
		const host = await probedHost({files: {'/dev/mshv': ''}, opens: {'/dev/mshv': 'EACCES'}});
		expect((await devicesProbe.read(host)).at(-1)).toEqual({
			path: '/dev/mshv',
			module: 'mshv_root',
			state: 'EACCES',
			moduleState: null,
		});
	});
});
