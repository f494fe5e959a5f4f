/** How much memory a guest boots with. */
import {fittingGuestMemory, shippedGuestMemory} from '../../catalogue/guest-memory.ts';
import {hypervisorTable} from '../hypervisor-table.ts';
import type {SettingRule} from '../setting.ts';

/** The size of the choice, in MiB, which both runtimes call alike, under the table of the pair's hypervisor. */
export const guestMemory: SettingRule = (facts, choice) => {
	const {guestMemoryMiB: mib} = choice;
	if (mib === undefined) return null;
	const guest = fittingGuestMemory(facts, choice);
	return {
		table: ['hypervisor', hypervisorTable(choice)],
		key: 'default_memory',
		value: mib,
		change: `gives its guests ${mib} MiB of memory`,
		why:
			guest.mib === mib && guest.why !== null
				? `A guest gets ${mib} MiB of memory instead of ${shippedGuestMemory(choice)}: ${guest.why}.`
				: `A guest gets ${mib} MiB of memory, as was asked.`,
	};
};
