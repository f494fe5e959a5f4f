/** Facts → the plan of `kata-setup check --fix`: what of the findings is ours to mend. Pure. */
import type {Facts} from '../facts/facts.ts';
import {neededModules} from '../facts/machine/module-loading.ts';
import {finishPlan} from './finish.ts';
import {moduleSteps} from './parts/modules.ts';
import type {Plan, Precondition, Step} from './plan.ts';

export const nothingToFix = 'Nothing that the check finds is kata-setup’s to mend.';

/**
 * Loads the kernel modules that are missing and has them loaded at boot. Everything else that the check finds is the
 * administrator's to change.
 * @returns null if nothing is ours to mend: modules that are loaded without a file only count once Kata needs them
 */
export function planFix(facts: Facts, options: {rehearsal: boolean}): Plan | null {
	const {installation} = facts;
	const wish = {vsock: installation === null || installation.hypervisor === 'qemu'};
	const missing = neededModules(facts, wish).some(({load}) => load);
	const [first, ...rest] = missing || installation !== null ? moduleSteps(facts, wish) : [];
	if (!first) return null;
	const onHost: Precondition[] = [
		{kind: 'root'},
		{kind: 'machine', machine: facts.machine},
		{kind: 'sequence', sequence: facts.sequence ?? installation?.sequence ?? 0},
	];
	const words = ['kata-setup', 'check', '--fix', '--yes', ...(options.rehearsal ? ['--rehearse'] : [])];
	return finishPlan(facts, {
		verb: 'fix',
		rehearsal: options.rehearsal,
		choice: null,
		steps: [{...first, pre: [...onHost, ...first.pre]} as Step, ...rest],
		notes: ['`kata-setup uninstall` takes it back, also where Kata was never installed.'],
		command: words.join(' '),
	});
}
