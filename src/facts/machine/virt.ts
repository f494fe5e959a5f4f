/** Whether this host is itself a virtual machine or a container, and whose. */
import type {Host} from '../../host/host.ts';
import type {VirtFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {readContainer} from './container.ts';
import {isMetalInstance, readDmi} from './firmware.ts';
import {type Below, readBelow} from './hypervisor-below.ts';

export const virtProbe: Probe<VirtFacts> = {
	name: 'virt',
	unknown: {isGuest: null, hypervisor: null, container: null, source: 'not read', dmi: null},
	async read(host) {
		const dmi = await readDmi(host);
		const [container, detected, below] = await Promise.all([
			readContainer(host),
			askSystemd(host),
			readBelow(host, dmi),
		]);
		return {...nameOfWsl(decide(detected, below, isMetalInstance(dmi)), container.wsl), ...container, dmi};
	},
};

/** systemd's own word, `none` for neither; null if it could not be asked. Its exit code is 1 for `none`. */
async function askSystemd(host: Host): Promise<string | null> {
	const {stdout} = await host.run('systemd-detect-virt', ['--vm']);
	return stdout.trim() || null;
}

/**
 * systemd asks the processor itself and knows more names, but older versions take a metal instance for a VM by its
 * cloud's name, miss VMs on arm64, and all of them call Xen's first domain no VM.
 */
function decide(detected: string | null, below: Below, metal: boolean): Below {
	if (detected === null || metal) return below;
	if (detected === 'none' && below.isGuest === true) return below;
	const isGuest = detected !== 'none';
	return {isGuest, hypervisor: isGuest ? detected : null, source: 'systemd-detect-virt --vm'};
}

/** WSL 2 is a VM of Hyper-V that hides the name. */
const nameOfWsl = (below: Below, wsl: 1 | 2 | null): Below =>
	wsl === 2 && below.isGuest !== false ? {...below, isGuest: true, hypervisor: 'microsoft'} : below;
