/** The part of an install that proves the host before anything is downloaded. */
import type {Facts} from '../../facts/facts.ts';
import {ourPrefix, proofProgram} from '../../layout.ts';
import type {Choice} from '../choice.ts';
import {folder, makeStep} from '../make-step.ts';
import type {Step} from '../plan.ts';

/** After the steps that load modules, because KVM's own may be among them. */
export function proofSteps({machine}: Facts, {ignore = []}: Choice): Step[] {
	const required = !ignore.includes('kvm');
	return [
		folder(ourPrefix, 'Releases, downloads and work in progress lie here.'),
		makeStep(
			'prove-host',
			{program: proofProgram, machine, kvm: required ? 'required' : 'logged'},
			{
				of: ourPrefix,
				title: required ? 'Prove that programs and VMs run here' : 'Prove that programs run here, and try a VM',
				why: `A small program of ours is written into ${ourPrefix}, executed there and removed; it starts a VM of a few instructions. What forbids one or the other shows before anything is downloaded.`,
				undo: 'remove the program if it is still there',
			},
		),
	];
}
