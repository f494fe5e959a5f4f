/**
 * Facts + Choice → the plan that takes an installation of ours to another state: another pair, another version, other
 * options, or back. Pure. It changes what differs and nothing else; where nothing differs it has no steps.
 */
import {pairEntry, pairName, type Runtime} from '../catalogue/catalogue.ts';
import {installedPair} from '../catalogue/here-already.ts';
import {KataSetupError} from '../errors.ts';
import type {Facts, InstallationFacts} from '../facts/facts.ts';
import {unfinishedWords} from '../facts/last-run.ts';
import type {CarriedSetting} from '../kataconfig/carry-over.ts';
import {activeShim, treesFolder} from '../layout.ts';
import {type Choice, isTreeOf, type Release} from './choice.ts';
import {changeCommand} from './command.ts';
import {finishPlan} from './finish.ts';
import {hashOf, hashOfText} from './hash.ts';
import type {PlanOptions} from './install.ts';
import {carryOverSteps} from './parts/carry-over.ts';
import {activationSteps, configurationSteps, defaultPathSteps} from './parts/configuration.ts';
import {containerdSteps, engineFor, mustProve, smokeSteps} from './parts/engine.ts';
import {guestMemoryNotes} from './parts/guest-memory.ts';
import {keepProgramSteps} from './parts/keep-program.ts';
import {moduleSteps} from './parts/modules.ts';
import {onHost} from './parts/on-host.ts';
import {optionNotes} from './parts/options.ts';
import {pruneSteps} from './parts/prune.ts';
import {refuseChoice} from './parts/refusals.ts';
import {dropDownloadSteps, releaseSteps, treeName} from './parts/release.ts';
import {roomNotes} from './parts/room.ts';
import {sandboxNotes} from './parts/sandboxes.ts';
import {throughPrefixNotes} from './parts/through-prefix.ts';
import type {Plan, Step} from './plan.ts';
import {waysOn} from './ways-on.ts';

/** The verbs that change an installation. */
export type ChangeVerb = 'switch' | 'upgrade' | 'rollback';

/** @throws KataSetupError (`nothing`) without an installation of ours; `incomplete` while a run of ours is not finished */
export function requireInstallation({installation}: Facts): InstallationFacts {
	if (!installation)
		throw new KataSetupError('nothing', 'There is no installation of kata-setup here to change.', {
			remedy: 'Install first: kata-setup install',
		});
	if (installation.unfinishedRun)
		throw new KataSetupError('incomplete', `${unfinishedWords(installation)} was not finished.`, {
			remedy: waysOn(installation.unfinished?.verb),
		});
	return installation;
}

/**
 * The steps from what is installed to what was chosen.
 * @returns a plan without steps where it is so already
 * @throws KataSetupError (`host`) if the host or the release cannot do what was chosen; `nothing` without an installation
 */
export function planChange(facts: Facts, choice: Choice, options: PlanOptions & {verb: ChangeVerb}): Plan {
	const installation = requireInstallation(facts);
	refuseChoice(facts, choice);
	const containerd = engineFor(facts);
	const notes: string[] = [...(options.inTheWay ?? []), ...guestMemoryNotes(facts, choice), ...optionNotes(choice)];
	const settings: CarriedSetting[] = [];
	const known = installation.trees?.find(tree => isTreeOf(tree, choice));
	const tree = known?.path ?? `${treesFolder}/${treeName(choice)}`;
	const handler = Object.values(containerd.config.runtimes ?? {}).find(({runtime_path}) => runtime_path === activeShim);
	const leadsElsewhere = !choice.beside && tree !== installation.tree;
	const inForce = handler !== undefined && !handler.snapshotter && !pairEntry(choice).needsBlockSnapshotter;
	const changes = [
		...moduleSteps(facts, {vsock: choice.hypervisor === 'qemu'}),
		...(known ? [] : releaseSteps(choice, tree, notes)),
		...configurationSteps(facts, choice, tree),
		...carryOverSteps(facts, choice, notes, settings),
		...activationSteps(facts, choice, tree),
		...defaultPathSteps(facts, choice, notes),
		...(inForce ? [] : containerdSteps(facts, choice, containerd, notes)),
	].filter(step => !isSo(step, facts));
	const steps =
		changes.length === 0
			? []
			: [
					...keepProgramSteps(facts),
					...changes,
					...(known ? [] : dropDownloadSteps(choice)),
					...smokeSteps(facts, choice, containerd, tree, notes).map(mustProve),
					...(options.verb === 'upgrade' ? pruneSteps(facts, [tree, installation.tree], notes) : []),
				];
	if (steps.length > 0) notes.push(...roomNotes(facts, steps), ...sandboxNotes(facts));
	if (leadsElsewhere) notes.push(...throughPrefixNotes(facts, tree));
	return finishPlan(facts, {
		verb: options.verb,
		rehearsal: options.rehearsal,
		choice,
		steps: onHost(steps, {machine: facts.machine, sequence: installation.sequence, containerd}),
		notes: steps.length === 0 ? [] : notes,
		...(settings.length === 0 ? {} : {settings}),
		command: changeCommand({
			verb: options.verb,
			choice,
			rehearsal: options.rehearsal,
			samePair: isInstalledPair(installation, choice),
			knownRelease: choice.release.archives.length === 0 || isKnownRelease(installation, choice),
		}),
	});
}

const isInstalledPair = (installation: InstallationFacts, choice: Choice): boolean => {
	const pair = installedPair(installation);
	return pair !== null && pairName(pair) === pairName(choice);
};

/**
 * A release of a runtime as it was resolved when it was brought here, unpacked as it is: the installed one, which a switch
 * keeps, or the one that `isMeant`. Null: neither the state in force nor the one before is that, with that runtime.
 */
export const knownRelease = (
	installation: InstallationFacts,
	runtime: Runtime,
	isMeant = ({version}: Release): boolean => version === installation.version,
): Release | null =>
	[installation.choice, installation.previous].find(
		choice =>
			choice?.runtime === runtime &&
			isMeant(choice.release) &&
			installation.trees?.some(tree => isTreeOf(tree, choice)),
	)?.release ?? null;

const isKnownRelease = (installation: InstallationFacts, {runtime, release}: Choice): boolean => {
	const known = knownRelease(installation, runtime);
	return known !== null && hashOf(known) === hashOf(release);
};

/** Whether what a step makes is there already, by the receipt, and by the facts where they have the path. */
function isSo({kind, args}: Step, {installation, paths, blockTools}: Facts): boolean {
	const stateAt = (path: string): string =>
		paths[path] ?? installation?.owned?.find(owned => owned.path === path)?.state ?? 'absent';
	switch (kind) {
		case 'make-directory':
			return stateAt(args.path) === 'directory';
		case 'link':
			return stateAt(args.path) === (args.target === null ? 'absent' : `link:${args.target}`);
		case 'write-file':
			return stateAt(args.path) === (args.content === null ? 'absent' : `file:${hashOfText(args.content)}`);
		case 'kata-config':
			return installation?.owned?.some(({path, state}) => path === args.to && state === `copy:${args.from}`) ?? false;
		case 'thin-pool':
			return blockTools?.thinPool?.dataBytes === args.data.bytes;
		case 'start-unit':
			return blockTools?.thinPool?.unit === 'active';
		case 'containerd-config':
			return args.edits.every(({before, after}) => before === after);
		default:
			return false;
	}
}
