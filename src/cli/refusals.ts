/** What keeps a plan from being carried out before anything is asked: for an install and for a change alike. */
import type {Pair} from '../catalogue/catalogue.ts';
import {KataSetupError} from '../errors.ts';
import {mayBeIgnored} from '../facts/judge.ts';
import type {Gathered} from '../facts/looked.ts';
import type {Plan} from '../plan/plan.ts';
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

/**
 * @throws KataSetupError (`release`) if an archive comes for which no digest is known, and nobody said that this may be
 */
export function refuseUnverified(context: Context, {steps}: Plan): void {
	const names = steps.flatMap(({kind, args}) =>
		kind === 'fetch-archive' && args.allowUnverified ? [args.archive.name] : [],
	);
	if (names.length === 0 || context.flags['allow-unverified'] || (onTerminal() && !context.flags.yes)) return;
	throw new KataSetupError('release', `${names.join(' and ')} cannot be verified.`, {
		why: 'Nobody published a digest for it that kata-setup knows.',
		remedy: ['Give the digest that you trust: --sha256 HEX', 'Or accept it unverified: --allow-unverified'],
	});
}
