/** What the plan changes on a host so that a pair runs there, in a few words each. Pure. */
import type {DeviceFacts, Facts} from '../facts/facts.ts';
import type {Pair} from './catalogue.ts';
import {fittingGuestMemory} from './guest-memory.ts';

/** Half a line each; empty: the pair runs on this host as Kata is shipped. */
export const changesFor = (pair: Pair, facts: Facts): string[] => [
	...modulesToLoad(pair, facts).map(({module}) => `loads the kernel module ${module}`),
	...smallerGuest(pair, facts),
	...(facts.virt.isGuest ? ['this host is a VM: Kata gets a longer time-out for its agent'] : []),
];

function smallerGuest({hypervisor}: Pair, facts: Facts): string[] {
	const guest = fittingGuestMemory(facts, hypervisor);
	return guest.bound !== null && guest.fits ? [`its guests get ${guest.mib} MiB of memory`] : [];
}

/** The devices that a pair uses and whose modules are there and not loaded. */
function modulesToLoad({hypervisor}: Pair, {devices}: Facts): DeviceFacts[] {
	return devices.filter(
		({path, state, moduleState}) =>
			state !== 'ok' && moduleState === 'loadable' && (path !== '/dev/vhost-vsock' || hypervisor === 'qemu'),
	);
}
