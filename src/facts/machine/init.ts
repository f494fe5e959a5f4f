/** Whether systemd is process 1: only then can a unit be restarted for the user. */
import type {Probe} from '../probe.ts';
import {exists, readLine} from '../read-text.ts';

export const initProbe: Probe<boolean> = {
	name: 'init',
	unknown: false,
	// sd_booted(3) looks for the folder alone; in a container that shares /run it is there without systemd.
	read: async host =>
		(await exists(host, '/run/systemd/system')) && (await readLine(host, '/proc/1/comm')) === 'systemd',
};
