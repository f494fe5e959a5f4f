/** What cannot be planned of a choice, whether it is installed or changed to. Pure. */
import {availabilityOf, hypervisorTitle} from '../../catalogue/availability.ts';
import {KataSetupError} from '../../errors.ts';
import type {Facts} from '../../facts/facts.ts';
import type {Choice} from '../choice.ts';
import {refuseGuestMemory} from './guest-memory.ts';
import {refuseOptions} from './options.ts';

/** @throws KataSetupError (`host`) if this host or the release cannot do what was chosen; it says why */
export function refuseChoice(facts: Facts, choice: Choice): void {
	const availability = availabilityOf(choice, facts, choice.release.version);
	if (availability.state === 'unavailable')
		throw new KataSetupError(
			'host',
			`${hypervisorTitle(choice.hypervisor)} under the ${choice.runtime} runtime cannot be chosen here.`,
			{why: availability.reason, remedy: '`kata-setup list` shows what this host can run, and why the rest cannot.'},
		);
	refuseGuestMemory(facts, choice);
	refuseOptions(facts, choice);
}
