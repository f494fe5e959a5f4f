/** What a plan says of a guest's memory, and the sizes that it refuses. */
import {titleOfPair} from '../../catalogue/availability.ts';
import {doubtOf, fittingGuestMemory, shippedGuestMemory} from '../../catalogue/guest-memory.ts';
import {KataSetupError} from '../../errors.ts';
import type {Facts} from '../../facts/facts.ts';
import type {Choice} from '../choice.ts';

/** @throws KataSetupError (`host`) if a guest of the size that was asked for cannot be had here; the numbers are in it */
export function refuseGuestMemory(facts: Facts, choice: Choice): void {
	const {guestMemoryMiB: mib, ignore = []} = choice;
	const fitting = fittingGuestMemory(facts, choice);
	// What kata-setup would take by itself: where it does not fit, a finding says so.
	if (mib === undefined || mib === fitting.mib) return;
	const doubt = doubtOf(facts, choice, mib);
	if (doubt?.kind !== 'refused' || (doubt.ignore && ignore.includes(doubt.ignore))) return;
	throw new KataSetupError('host', `A guest of ${titleOfPair(choice)} cannot have ${mib} MiB of memory here.`, {
		why: doubt.why,
		remedy: [
			`What fits now: --guest-memory ${fitting.mib}`,
			...(doubt.ignore ? [`To try all the same: --ignore ${doubt.ignore}`] : []),
		],
	});
}

/** What the person must know of the size; nothing where guests get what Kata ships and there is room for it. */
export function guestMemoryNotes(facts: Facts, choice: Choice): string[] {
	const mib = choice.guestMemoryMiB ?? shippedGuestMemory(choice);
	const fitting = fittingGuestMemory(facts, choice);
	if (mib === fitting.mib)
		return fitting.why === null
			? []
			: [
					`A guest gets ${mib} MiB of memory instead of ${shippedGuestMemory(choice)}: ${fitting.why}.${fitting.fits ? '' : ' Even that is more than there is room for.'}`,
				];
	const doubt = doubtOf(facts, choice, mib);
	return doubt ? [`A guest of ${mib} MiB of memory may not fit: ${lower(doubt.why)}`] : [];
}

const lower = (text: string): string =>
	/^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
