/** What keeps a plan from being carried out before anything is asked: for an install and for a change alike. */
import type {Pair} from '../catalogue/catalogue.ts';
import {KataSetupError} from '../errors.ts';
import type {Finding} from '../facts/findings.ts';
import {mayBeIgnored} from '../facts/judge.ts';
import type {Gathered} from '../facts/looked.ts';
import type {Plan, Verb} from '../plan/plan.ts';
import {onTerminal} from './carry-out.ts';
import type {Context} from './context.ts';
import {standingBlockers} from './looking.ts';

/**
 * @throws KataSetupError (`host`) if something that was found is in the way of the pair, and was not accepted
 */
export function refuseBlockers(findings: Gathered['findings'], pair: Pair): void {
	const blockers = standingBlockers(findings, pair);
	if (blockers.length === 0) return;
	throw new KataSetupError('host', 'This host cannot run Kata as it is.', {
		why: blockers.map(({label, summary}) => `${label}: ${summary}`).join('; '),
		remedy: [
			...blockers.flatMap(({remedy, command}) => (command === null ? remedy : [...remedy, command])),
			...(blockers.every(mayBeIgnored)
				? [`To try all the same: ${blockers.map(({id}) => `--ignore ${id}`).join(' ')}`]
				: []),
			'To see the journey without touching this host: kata-setup install --rehearse --yes',
		],
	});
}

/** The verbs after which containers are to run in VMs of a pair that was chosen. Repairs mend what is, others take away or test. */
const choosing: readonly Verb[] = ['install', 'switch', 'upgrade', 'rollback', 'adopt'];

/** The same for a plan that was made, of this process or of a file. @throws as `refuseBlockers` */
export function refuseInTheWay(findings: Gathered['findings'], {verb, rehearsal, choice}: Plan): void {
	if (rehearsal || !choice || !choosing.includes(verb)) return;
	refuseBlockers(verb === 'adopt' ? findings.filter(isInTheWayOfAdopting) : findings, choice);
}

/** What is to be adopted is not in the way of adopting it. */
export const isInTheWayOfAdopting = ({id}: Finding): boolean => id !== 'existing-kata';

/**
 * @param again how the plan is made with a digest
 * @throws KataSetupError (`release`) if an archive comes for which no digest is known, and nobody said that this may be
 */
export function refuseUnverified(
	context: Context,
	{steps}: Plan,
	again = 'Give the digest that you trust: --sha256 HEX',
): void {
	const names = steps.flatMap(({kind, args}) =>
		kind === 'fetch-archive' && args.allowUnverified ? [args.archive.name] : [],
	);
	if (names.length === 0 || context.flags['allow-unverified'] || (onTerminal() && !context.flags.yes)) return;
	throw new KataSetupError('release', `${names.join(' and ')} cannot be verified.`, {
		why: 'Nobody published a digest for it that kata-setup knows.',
		remedy: [again, 'Or accept it unverified: --allow-unverified'],
	});
}
