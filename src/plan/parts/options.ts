/** What a plan says of the options that were set, and the values that it refuses. */
import {titleOfPair} from '../../catalogue/availability.ts';
import {shippedGuestMemory} from '../../catalogue/guest-memory.ts';
import {atLeast} from '../../catalogue/version.ts';
import {KataSetupError} from '../../errors.ts';
import type {Facts} from '../../facts/facts.ts';
import {optionEntries, optionNames, optionRefusal} from '../../kataconfig/options.ts';
import {vocabularyVersion} from '../../kataconfig/vocabulary.ts';
import type {Choice} from '../choice.ts';

/** @throws KataSetupError (`host`) if the pair has no such option, or it cannot have the value here; the reason is in it */
export function refuseOptions(facts: Facts, choice: Choice): void {
	for (const name of optionNames) {
		const value = choice.options?.[name];
		if (value === undefined) continue;
		const reason = optionRefusal(choice, facts, name, value, choice.guestMemoryMiB ?? shippedGuestMemory(choice));
		if (reason === null) continue;
		const said = typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
		throw new KataSetupError('host', `${optionEntries[name].title} cannot be ${said} for this choice.`, {
			why: `${titleOfPair(choice)} under ${choice.runtime}: ${reason}.`,
			remedy: `Leave --${name} out, or choose another value, hypervisor or runtime.`,
		});
	}
}

/** What the host must have for an option, and kata-setup neither knows nor changes. */
export function optionNotes(choice: Choice): string[] {
	const {release, options = {}, guestMemoryMiB = shippedGuestMemory(choice)} = choice;
	const notes: string[] = [];
	if (Object.keys(options).length > 0 && !atLeast(release.version, vocabularyVersion))
		notes.push(
			`The options are known from Kata ${vocabularyVersion}: ${release.version} may not have all of them yet.`,
		);
	if (options.hugepages)
		notes.push(
			`Huge pages are not reserved by kata-setup: each guest takes ${guestMemoryMiB} MiB of them, see HugePages_Free in /proc/meminfo.`,
		);
	if (options.rootless)
		notes.push('The rootless hypervisor opens /dev/kvm by its group: it must belong to root:kvm with mode 0660.');
	if (options['vm-template'])
		notes.push('The template is made by `kata-ctl factory init`, which kata-setup does not run.');
	return notes;
}
