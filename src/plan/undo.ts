/** The receipt → the plan that takes back what an unfinished run did, and nothing else. Pure. */
import type {Receipt} from '../apply/receipt.ts';
import {KataSetupError} from '../errors.ts';
import type {Facts} from '../facts/facts.ts';
import {formatTime} from '../format.ts';
import {finishPlan} from './finish.ts';
import {onHost} from './parts/on-host.ts';
import {inTheWayNotes} from './parts/sandboxes.ts';
import type {Plan} from './plan.ts';
import {undoStep} from './uninstall.ts';
import {waysOn} from './ways-on.ts';

/**
 * The unfinished run's steps alone, in the reverse order of their making: afterwards the host is as before that run.
 * @throws KataSetupError (`nothing`) if no run is unfinished; (`incomplete`) if it is an uninstall, which is only gone on with
 */
export function planUndo(facts: Facts, receipt: Receipt, options: {rehearsal: boolean}): Plan {
	const {unfinished, standing, sequence} = receipt;
	if (!unfinished)
		throw new KataSetupError('nothing', 'No run was left unfinished.', {
			remedy: 'To take everything away: kata-setup uninstall',
		});
	const steps = standing
		.filter(({run}) => run === unfinished.run)
		.reverse()
		.map(step => undoStep(step, facts));
	if (steps.length === 0)
		throw new KataSetupError('incomplete', 'The unfinished run is an uninstall: what it removed does not come back.', {
			remedy: [...waysOn('uninstall'), 'Afterwards to install anew: kata-setup install'],
		});
	return finishPlan(facts, {
		verb: 'undo',
		rehearsal: options.rehearsal,
		choice: null,
		steps: onHost(steps, {sequence}),
		notes: [
			...inTheWayNotes(facts, steps),
			`The ${unfinished.verb} that ${unfinished.by} began on ${formatTime(unfinished.begun)} is taken back; what stood before it stays.`,
		],
		command: options.rehearsal ? 'kata-setup undo --yes --rehearse' : 'kata-setup undo --yes',
	});
}
