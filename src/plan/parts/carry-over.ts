/** The part of a change to another pair that takes the settings of people along. */
import {type Pair, pairName} from '../../catalogue/catalogue.ts';
import {installedPair} from '../../catalogue/here-already.ts';
import type {DropInFacts, Facts, InstallationFacts} from '../../facts/facts.ts';
import {type CarriedSetting, carryOver, dropInFolder, dropInName, unreadNotes} from '../../kataconfig/carry-over.ts';
import type {Choice} from '../choice.ts';
import {hashOfText} from '../hash.ts';
import {makeStep} from '../make-step.ts';
import type {Step} from '../plan.ts';

/**
 * The drop-ins of the pair in force, written for the chosen one. What is there already stays, also what an earlier change
 * carried over: people may have changed it since, or taken it away.
 * @param notes gets what is not carried over as it is, and why
 * @param settings gets what becomes of each setting in the files that are written
 */
export function carryOverSteps(facts: Facts, choice: Choice, notes: string[], settings: CarriedSetting[]): Step[] {
	const {installation, dropIns = []} = facts;
	// Of a hypervisor that this version does not know: in whose words its settings are is not known either.
	const from = installation && installedPair(installation);
	if (!installation || !from) return [];
	const releases = {from: installation.version, to: choice.release.version};
	if (pairName(from) === pairName(choice)) {
		if (releases.from !== releases.to) notes.push(...unreadNotes(dropIns, choice, releases));
		return [];
	}
	const unread = facts.unread?.find(({probe}) => probe === 'drop-ins');
	if (unread)
		notes.push(`Drop-ins of your own in ${dropInFolder(from)} are not carried over: they were not read. ${unread.why}`);
	const carried = carryOver(withoutReturning(dropIns, installation, choice), from, choice, releases);
	notes.push(...carried.notes);
	return carried.files.flatMap(({name, content, mode}) => {
		const path = `${dropInFolder(choice)}/${name}`;
		if (installation.owned?.some(owned => owned.path === path)) {
			notes.push(`${path} was taken away after an earlier change had carried it over, and is not written again.`);
			return [];
		}
		settings.push(...carried.settings.filter(({file}) => file === `${dropInFolder(from)}/${name}`));
		return makeStep(
			'write-file',
			{path, content, mode},
			{
				of: path,
				title: `Carry your drop-in ${name} over to ${pairName(choice)}`,
				why: `Every pair reads its own config.d; the file in that of ${pairName(from)} stays as it is.`,
				undo: 'remove it, unless it was changed since',
				pre: [{kind: 'path', path, state: 'absent'}],
			},
		);
	});
}

/** On the way back nothing is said of what an earlier change brought here, where the file that it was made from is there. */
function withoutReturning(dropIns: readonly DropInFacts[], {owned = []}: InstallationFacts, to: Pair): DropInFacts[] {
	const isOurs = ({path, text}: DropInFacts): boolean =>
		text !== null && owned.some(one => one.path === path && one.state === `file:${hashOfText(text)}`);
	const there = new Set(dropIns.filter(({pair}) => pair === pairName(to)).map(dropInName));
	return dropIns.filter(dropIn => dropIn.pair === pairName(to) || !isOurs(dropIn) || !there.has(dropInName(dropIn)));
}
