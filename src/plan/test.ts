/** The plan of `kata-setup test`: the smoke test alone, of the pair that is installed. Pure. */
import {blockSnapshotter} from '../catalogue/block-snapshotter.ts';
import {pairEntry} from '../catalogue/catalogue.ts';
import {installedPair} from '../catalogue/here-already.ts';
import {KataSetupError} from '../errors.ts';
import type {Facts} from '../facts/facts.ts';
import {finishPlan} from './finish.ts';
import {engineFor, smokeStep} from './parts/engine.ts';
import {onHost} from './parts/on-host.ts';
import type {Plan} from './plan.ts';

/**
 * @throws KataSetupError (`nothing`) without an installation of ours; `host` if containerd or its ctr is not to be had
 */
export function planTest(facts: Facts, options: {rehearsal: boolean}): Plan {
	const {installation} = facts;
	const pair = installation && installedPair(installation);
	if (!installation || !pair)
		throw new KataSetupError('nothing', 'There is no installation of ours to test.', {
			remedy: 'Install first: kata-setup install',
		});
	const containerd = engineFor(facts);
	if (!containerd.ctr)
		throw new KataSetupError('host', `There is no ctr beside ${containerd.binary}, which runs the test's container.`, {
			remedy: 'Install the ctr that belongs to this containerd.',
		});
	const snapshotter = pairEntry(pair).needsBlockSnapshotter ? blockSnapshotter(facts) : null;
	const step = smokeStep(facts, pair, {...containerd, ctr: containerd.ctr}, installation.tree, snapshotter);
	return finishPlan(facts, {
		verb: 'test',
		rehearsal: options.rehearsal,
		choice: null,
		steps: onHost([step], {}),
		notes: [],
		command: options.rehearsal ? 'kata-setup test --rehearse' : 'kata-setup test',
	});
}
