/** `kata-setup recommend`: the pair for this host, and why. */
import {allAvailability, recommend as recommendPair} from '../catalogue/availability.ts';
import {pairName, type Runtime, samePair} from '../catalogue/catalogue.ts';
import {ascii, hanging} from '../columns.ts';
import {exitCodes, KataSetupError} from '../errors.ts';
import type {Gathered} from '../facts/looked.ts';
import {outlookOfPairs} from '../facts/outlook.ts';
import {pairTitle, type Reason, type RecommendDocument, reasonsFor} from '../facts/recommendation.ts';
import type {Context} from './context.ts';
import {releaseFlag} from './list.ts';
import {printJson, printLines} from './print.ts';

/**
 * @param look reads the facts: of this host, or of a file
 * @throws KataSetupError (`host`) if nothing can be chosen; the reason of each pair is its evidence
 */
export async function recommend({flags}: Context, look: () => Promise<Gathered>): Promise<number> {
	const release = releaseFlag(flags.release);
	const runtime = flags.runtime as Runtime | undefined;
	const {facts, findings} = await look();
	const pair = recommendPair(facts, release, {runtime, findings});
	const pairs = outlookOfPairs(allAvailability(facts, release, findings), findings);
	const best = pair === null ? undefined : pairs.find(one => samePair(one, pair));
	if (!best || best.outlook === 'no')
		throw new KataSetupError('host', 'No runtime and hypervisor can be recommended on this host.', {
			why: 'Each has a reason of its own.',
			remedy: '`kata-setup check` says more.',
			evidence: pairs
				.filter(one => runtime === undefined || one.runtime === runtime)
				.map(one => `${pairName(one)}: ${one.reasons.join('; ')}`),
		});
	const {runtime: itsRuntime, hypervisor, outlook, changes} = best;
	const reasons: Reason[] = reasonsFor(best, pairs, facts, release, runtime);
	if (flags.json)
		printJson({
			schema: 1,
			name: pairName(best),
			pair: {runtime: itsRuntime, hypervisor},
			release,
			outlook,
			changes,
			reasons,
		} satisfies RecommendDocument);
	else
		printLines([
			`Recommended: ${pairTitle(best)}`,
			...reasons.flatMap(({text}) => hanging('  - ', ascii(text))),
			...changes.flatMap(text => hanging('  - the plan ', ascii(text))),
		]);
	return exitCodes.ok.code;
}
