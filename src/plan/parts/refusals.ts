/** What cannot be planned of a choice, whether it is installed or changed to. Pure. */
import {availabilityOf, titleOfPair} from '../../catalogue/availability.ts';
import {remedyFor} from '../../catalogue/remedy.ts';
import {KataSetupError} from '../../errors.ts';
import type {Facts} from '../../facts/facts.ts';
import {sentenceOf} from '../../format.ts';
import type {Choice} from '../choice.ts';
import {refuseGuestMemory} from './guest-memory.ts';
import {refuseOptions} from './options.ts';

/** @throws KataSetupError (`host`) if this host or the release cannot do what was chosen; it says why */
export function refuseChoice(facts: Facts, choice: Choice): void {
	const availability = availabilityOf(choice, facts, choice.release.version);
	if (availability.state === 'unavailable') {
		const remedy = remedyFor(choice, facts, choice.release.version);
		throw new KataSetupError(
			'host',
			`${titleOfPair(choice)} under the ${choice.runtime} runtime cannot be chosen here.`,
			{
				why: sentenceOf(availability.reason),
				remedy: [
					...(remedy === null ? [] : [sentenceOf(remedy)]),
					`\`kata-setup list${choice.variant === undefined ? '' : ' --advanced'}\` shows what this host can run, and why the rest cannot.`,
				],
			},
		);
	}
	refuseGuestMemory(facts, choice);
	refuseOptions(facts, choice);
}
