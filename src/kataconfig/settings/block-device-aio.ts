/** How QEMU does the I/O of its block devices. Both runtimes ship `io_uring`; no other hypervisor has the setting. */
import {ioUringRefusal} from '../../facts/findings/machine/io-uring.ts';
import type {SettingRule} from '../setting.ts';

export const blockDeviceAio: SettingRule = (facts, {hypervisor}) => {
	if (hypervisor !== 'qemu') return null;
	const refusal = ioUringRefusal(facts);
	if (refusal === null) return null;
	return {
		table: ['hypervisor', 'qemu'],
		key: 'block_device_aio',
		value: 'threads',
		change: 'uses threads for block devices',
		why: `${refusal}: let QEMU use threads for block devices instead.`,
	};
};
