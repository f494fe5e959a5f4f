/** What could be handed to guests by VFIO: NVIDIA's GPUs and their drivers, and whether an IOMMU is on. Reads sysfs alone. */
import {posix} from 'node:path';
import type {Host} from '../../host/host.ts';
import type {PassthroughFacts, PciGpuFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';

const pciDevices = '/sys/bus/pci/devices';
/** The kernel makes a group here for every device as soon as an IOMMU is on (Documentation/driver-api/vfio.rst). */
const iommuGroups = '/sys/kernel/iommu_groups';

/** PCI's numbers: the vendor NVIDIA, and the class of display controllers, with or without a screen. */
const nvidia = '0x10de';
const display = /^0x03/;

export const passthroughProbe: Probe<PassthroughFacts> = {
	name: 'passthrough',
	unknown: {iommu: null, nvidiaGpus: []},
	async read(host) {
		const [groups, addresses] = await Promise.all([listed(host, iommuGroups), listed(host, pciDevices)]);
		const gpus = await Promise.all(addresses.map(address => readGpu(host, address)));
		return {iommu: groups.length > 0, nvidiaGpus: gpus.filter(gpu => gpu !== null)};
	},
};

const listed = async ({files}: Host, folder: string): Promise<string[]> =>
	((await quietly(files.list(folder))) ?? []).toSorted();

/** Null: the device is no GPU of NVIDIA's. */
async function readGpu({files}: Host, address: string): Promise<PciGpuFacts | null> {
	const device = `${pciDevices}/${address}`;
	const [vendor, kind] = await Promise.all([
		quietly(files.readText(`${device}/vendor`)),
		quietly(files.readText(`${device}/class`)),
	]);
	if (vendor?.trim() !== nvidia || !display.test(kind ?? '')) return null;
	const driver = await quietly(files.readLink(`${device}/driver`));
	return {address, driver: driver === null ? null : posix.basename(driver)};
}
