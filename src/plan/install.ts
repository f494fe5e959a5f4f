/** Facts + Choice → the plan of a first install. Pure: the same facts and choice give the same plan and hash. */
import {KataSetupError} from '../errors.ts';
import type {Facts} from '../facts/facts.ts';
import {treesFolder} from '../layout.ts';
import type {Choice} from './choice.ts';
import {installCommand} from './command.ts';
import {finishPlan} from './finish.ts';
import {refuseOtherKata} from './parts/beside.ts';
import {activationSteps, configurationSteps, defaultPathSteps} from './parts/configuration.ts';
import {containerdSteps, engineFor, smokeSteps} from './parts/engine.ts';
import {guestMemoryNotes} from './parts/guest-memory.ts';
import {keepProgramSteps} from './parts/keep-program.ts';
import {moduleSteps} from './parts/modules.ts';
import {onHost} from './parts/on-host.ts';
import {optionNotes} from './parts/options.ts';
import {proofSteps} from './parts/proof.ts';
import {refuseChoice} from './parts/refusals.ts';
import {dropDownloadSteps, releaseSteps, treeName} from './parts/release.ts';
import {roomNotes} from './parts/room.ts';
import type {Plan, Step} from './plan.ts';

export interface PlanOptions {
	rehearsal: boolean;
	/** What the findings say is in the way of the pair, for the notes; absent: nothing. */
	inTheWay?: readonly string[];
}

/**
 * The steps that take this host from nothing to a proven sandbox.
 * @throws KataSetupError (`host`) if the host or the release cannot do what was chosen; the message says why
 */
export function planInstall(facts: Facts, choice: Choice, options: PlanOptions): Plan {
	refuseChoice(facts, choice);
	refuseOccupied(facts, choice);
	const containerd = engineFor(facts);
	const notes: string[] = [...(options.inTheWay ?? []), ...guestMemoryNotes(facts, choice), ...optionNotes(choice)];
	const tree = `${treesFolder}/${treeName(choice)}`;
	const steps: Step[] = [
		...keepProgramSteps(facts),
		...moduleSteps(facts, {vsock: choice.hypervisor === 'qemu'}),
		...proofSteps(facts, choice),
		...releaseSteps(choice, tree, notes),
		...configurationSteps(facts, choice, tree),
		...activationSteps(facts, choice, tree),
		...defaultPathSteps(facts, choice, notes),
		...containerdSteps(facts, choice, containerd, notes),
		...dropDownloadSteps(choice),
		...smokeSteps(facts, choice, containerd, tree, notes),
	];
	notes.push(...roomNotes(facts, steps));
	return finishPlan(facts, {
		verb: 'install',
		rehearsal: options.rehearsal,
		choice,
		steps: onHost(steps, {machine: facts.machine, sequence: facts.sequence ?? 0, containerd}),
		notes,
		command: installCommand(choice, options.rehearsal),
	});
}

/** A host that has an installation gets no second one, and another Kata is not written over. */
function refuseOccupied(facts: Facts, choice: Choice): void {
	if (facts.installation)
		throw new KataSetupError('host', `Kata ${facts.installation.version} is already installed by kata-setup.`, {
			remedy: 'Remove it with `kata-setup uninstall`, or prove it with `kata-setup test`.',
		});
	refuseOtherKata(facts, choice);
}
