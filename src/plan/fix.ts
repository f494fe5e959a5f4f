/** Facts → the plan of `kata-setup check --fix`: what of the findings is ours to mend. Pure. */
import type {Facts} from '../facts/facts.ts';
import {neededModules} from '../facts/machine/module-loading.ts';
import {finishPlan} from './finish.ts';
import {moduleSteps} from './parts/modules.ts';
import {onHost} from './parts/on-host.ts';
import type {Plan} from './plan.ts';

export const nothingToFix = 'Nothing that the check finds is kata-setup’s to mend.';

/**
 * Loads the kernel modules that are missing and has them loaded at boot. Everything else that the check finds is the
 * administrator's to change.
 * @returns a plan without steps if nothing is ours to mend: modules that are loaded without a file only count once Kata needs them
 */
export function planFix(facts: Facts, options: {rehearsal: boolean}): Plan {
	const {installation} = facts;
	const wish = {vsock: installation === null || installation.hypervisor === 'qemu'};
	const missing = neededModules(facts, wish).some(({load}) => load);
	const steps = missing || installation !== null ? moduleSteps(facts, wish) : [];
	const words = ['kata-setup', 'check', '--fix', '--yes', ...(options.rehearsal ? ['--rehearse'] : [])];
	return finishPlan(facts, {
		verb: 'fix',
		rehearsal: options.rehearsal,
		choice: null,
		steps: onHost(steps, {machine: facts.machine, sequence: facts.sequence ?? installation?.sequence ?? 0}),
		notes: steps.length === 0 ? [] : ['`kata-setup uninstall` takes it back, also where Kata was never installed.'],
		command: words.join(' '),
	});
}
