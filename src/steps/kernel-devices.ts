/** Devices as the kernel names them in /sys: what is there where the program that lists them does not work. */
import type {Host} from '../host/host.ts';

const blockDevices = '/sys/class/block';

/** The names of all devices of device-mapper. */
export async function mappedDevices({files}: Host): Promise<string[]> {
	const names: string[] = [];
	for (const device of (await files.list(blockDevices)) ?? []) {
		const name = await files.readText(`${blockDevices}/${device}/dm/name`);
		if (name !== null) names.push(name.trim());
	}
	return names;
}

/** The loop devices of one file, such as `/dev/loop7`. @param physical where the file really lies */
export async function loopDevicesOf({files}: Host, physical: string): Promise<string[]> {
	const devices: string[] = [];
	for (const device of (await files.list(blockDevices)) ?? []) {
		const file = await files.readText(`${blockDevices}/${device}/loop/backing_file`);
		if (file?.trim() === physical) devices.push(`/dev/${device}`);
	}
	return devices;
}
