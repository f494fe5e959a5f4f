/** Facts + Choice → the plan of a first install. Pure: the same facts and choice give the same plan and hash. */
import {availabilityOf, hypervisorTitle} from '../catalogue/availability.ts';
import {KataSetupError} from '../errors.ts';
import type {ContainerdFacts, Facts} from '../facts/facts.ts';
import {treesFolder} from '../layout.ts';
import type {Choice} from './choice.ts';
import {installCommand} from './command.ts';
import {finishPlan} from './finish.ts';
import {refuseOtherKata} from './parts/beside.ts';
import {activationSteps, configurationSteps, defaultPathSteps} from './parts/configuration.ts';
import {containerdSteps, engineFor, smokeSteps} from './parts/engine.ts';
import {guestMemoryNotes, refuseGuestMemory} from './parts/guest-memory.ts';
import {moduleSteps} from './parts/modules.ts';
import {optionNotes, refuseOptions} from './parts/options.ts';
import {proofSteps} from './parts/proof.ts';
import {dropDownloadSteps, releaseSteps, treeName} from './parts/release.ts';
import {roomNotes} from './parts/room.ts';
import type {Plan, Precondition, Step} from './plan.ts';

export interface PlanOptions {
	rehearsal: boolean;
}

/**
 * The steps that take this host from nothing to a proven sandbox.
 * @throws KataSetupError (`host`) if the host or the release cannot do what was chosen; the message says why
 */
export function planInstall(facts: Facts, choice: Choice, options: PlanOptions): Plan {
	refuseWhatCannotBe(facts, choice);
	refuseGuestMemory(facts, choice);
	refuseOptions(facts, choice);
	const containerd = engineFor(facts);
	const notes: string[] = [...guestMemoryNotes(facts, choice), ...optionNotes(choice)];
	const tree = `${treesFolder}/${treeName(choice)}`;
	const steps: Step[] = [
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
		steps: withHostPreconditions(steps, facts, containerd),
		notes,
		command: installCommand(choice, options.rehearsal),
	});
}

function refuseWhatCannotBe(facts: Facts, choice: Choice): void {
	const availability = availabilityOf(choice, facts, choice.release.version);
	if (availability.state === 'unavailable')
		throw new KataSetupError(
			'host',
			`${hypervisorTitle(choice.hypervisor)} under the ${choice.runtime} runtime cannot be chosen here.`,
			{why: availability.reason, remedy: '`kata-setup check` lists what this host can run.'},
		);
	if (facts.installation)
		throw new KataSetupError('host', `Kata ${facts.installation.version} is already installed by kata-setup.`, {
			remedy: 'Remove it with `kata-setup uninstall`, or prove it with `kata-setup test`.',
		});
	refuseOtherKata(facts, choice);
}

/** What the whole plan rests on is checked with its first step. */
function withHostPreconditions(steps: Step[], facts: Facts, containerd: ContainerdFacts): Step[] {
	const [first, ...rest] = steps;
	if (!first) return steps;
	const {binary, version, config} = containerd;
	const onHost: Precondition[] = [
		{kind: 'root'},
		{kind: 'machine', machine: facts.machine},
		{kind: 'sequence', sequence: facts.sequence ?? facts.installation?.sequence ?? 0},
		{kind: 'containerd', binary, version, config: config.path},
	];
	return [{...first, pre: [...onHost, ...first.pre]} as Step, ...rest];
}
