/** The other device nodes that a sandbox's VM uses, opened for real. */
import type {Host} from '../../host/host.ts';
import type {DeviceFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {exists} from '../read-text.ts';
import {moduleState} from './modules.ts';

const devices = [
	{path: '/dev/vhost-vsock', module: 'vhost_vsock'},
	{path: '/dev/vhost-net', module: 'vhost_net'},
	{path: '/dev/net/tun', module: 'tun'},
];

/** Microsoft's hypervisor; looked at only where there is one. Its driver came with Linux 6.15. */
const mshv = {path: '/dev/mshv', module: 'mshv_root'};

export const devicesProbe: Probe<DeviceFacts[]> = {
	name: 'devices',
	unknown: devices.map(({path, module}) => ({path, module, state: 'not read', moduleState: null})),
	async read(host) {
		const here = (await exists(host, mshv.path)) ? [...devices, mshv] : devices;
		return Promise.all(here.map(device => readDevice(host, device)));
	},
};

async function readDevice(host: Host, {path, module}: (typeof devices)[number]): Promise<DeviceFacts> {
	const found = await moduleState(host, module);
	// Opening a static node makes the kernel load the module, for root at least.
	if (found === 'loadable')
		return {path, module, state: (await exists(host, path)) ? 'not-loaded' : 'ENOENT', moduleState: found};
	const error = await host.files.openReadWrite(path);
	// A device that opens has its driver; without a list of modules that is how a built-in one shows.
	return {path, module, state: error ?? 'ok', moduleState: error === null ? (found ?? 'built-in') : found};
}
