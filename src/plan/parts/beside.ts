/** Another Kata on the disk: refused, or kept with ours beside it. */
import {KataSetupError} from '../../errors.ts';
import type {Facts} from '../../facts/facts.ts';
import {mayBeBeside, whyNotBeside} from '../../facts/findings/kata/beside-kata.ts';
import {removalOf} from '../../facts/findings/kata/kata-removal.ts';
import {keeping} from '../../facts/findings/kata/ways.ts';
import {kataPrefix} from '../../layout.ts';
import type {Choice} from '../choice.ts';

/** @throws KataSetupError (`host`) if the prefix is taken and ours may not, or is not to, go beside what is there */
export function refuseOtherKata(facts: Facts, {beside}: Choice): void {
	const state = facts.paths[kataPrefix] ?? 'absent';
	const found = facts.kata.find(({path}) => path === kataPrefix);
	if (beside ? mayBeBeside(facts) : state === 'absent') return;
	const {remedy, command} = removalOf(found ?? {owner: 'unknown', path: kataPrefix}, facts);
	throw new KataSetupError(
		'host',
		beside
			? `Nothing can be installed beside the Kata at ${kataPrefix}.`
			: `${kataPrefix} is already there and is not ours.`,
		{
			why: beside ? whyNotBeside : (found?.evidence ?? `It is ${state.replace(/:.*/s, '')}.`),
			remedy: [...remedy, ...(command === null ? [] : [command]), ...keeping(facts)],
		},
	);
}

/** What follows from leaving the prefix and the default paths to another Kata. */
export const besideNotes = ({paths}: Facts): string[] => [
	(paths[kataPrefix] ?? 'absent') === 'absent'
		? `Nothing is put at ${kataPrefix} and at the default paths, as asked: ctr and nerdctl will not find this Kata by its name.`
		: `Two Katas are on this host: ${kataPrefix} and the default paths stay with the other one, and \`--runtime io.containerd.kata.v2\` of ctr and nerdctl means that one.`,
];
