/** What could be handed to guests, on a recorded host and on machines that have less of it. */
import {expect, it, vi} from 'vitest';
import {passthroughProbe} from '../../../src/facts/machine/passthrough.ts';
import {playedHost} from '../../corpus/play.ts';
import {loadRecording} from '../../corpus/recording.ts';
import {probedHost} from '../../support/probed-host.ts';

vi.mock('systeminformation', () => ({default: {}}));

it('names NVIDIA’s GPUs with their drivers, and none of their other functions or of other vendors', async () => {
	expect(await passthroughProbe.read(playedHost(loadRecording('nvidia-gpu-vfio')))).toEqual({
		iommu: true,
		nvidiaGpus: [
			{address: '0000:01:00.0', driver: 'nvidia'},
			{address: '0000:41:00.0', driver: 'vfio-pci'},
		],
	});
});

it('finds nothing where there is nothing, and a GPU without a driver', async () => {
	expect(await passthroughProbe.read(await probedHost({}))).toEqual({iommu: false, nvidiaGpus: []});
	const device = '/sys/bus/pci/devices/0000:03:00.0';
	const host = await probedHost({
		files: {[`${device}/vendor`]: '0x10de\n', [`${device}/class`]: '0x030000\n', '/sys/kernel/iommu_groups/': ''},
	});
	expect(await passthroughProbe.read(host)).toEqual({
		iommu: false,
		nvidiaGpus: [{address: '0000:03:00.0', driver: null}],
	});
});
