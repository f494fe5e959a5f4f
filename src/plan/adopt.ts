/**
 * Facts + pair → the plan that makes a Kata ours which somebody unpacked at /opt/kata: moved as it is, configured as an
 * install would, and given back by an uninstall. Pure.
 */
import {pairName, type Runtime} from '../catalogue/catalogue.ts';
import {KataSetupError} from '../errors.ts';
import type {Facts, KataInstallFacts} from '../facts/facts.ts';
import {adoptablePairs} from '../facts/findings/kata/adoptable-pairs.ts';
import {kataAtPrefix, waysWith} from '../facts/findings/kata/ways.ts';
import type {CarriedSetting} from '../kataconfig/carry-over.ts';
import {kataPrefix, shimInTree, treesFolder} from '../layout.ts';
import type {Choice} from './choice.ts';
import {adoptCommand} from './command.ts';
import {finishPlan} from './finish.ts';
import type {PlanOptions} from './install.ts';
import {folder, makeStep} from './make-step.ts';
import {adoptedSettingsSteps} from './parts/adopt-settings.ts';
import {activationSteps, configurationSteps, defaultPathSteps} from './parts/configuration.ts';
import {containerdSteps, engineFor, mustProve, smokeSteps} from './parts/engine.ts';
import {guestMemoryNotes} from './parts/guest-memory.ts';
import {keepProgramSteps} from './parts/keep-program.ts';
import {moduleSteps} from './parts/modules.ts';
import {onHost} from './parts/on-host.ts';
import {optionNotes} from './parts/options.ts';
import {proofSteps} from './parts/proof.ts';
import {refuseChoice} from './parts/refusals.ts';
import {packagedConfiguration} from './parts/release.ts';
import {throughPrefixNotes} from './parts/through-prefix.ts';
import type {Plan, Step} from './plan.ts';

/**
 * The Kata at the prefix, if it can be adopted.
 * @throws KataSetupError (`nothing`) if there is none; (`host`) if it may not be, with the reason and what would open the way
 */
export function requireAdoptable(facts: Facts): KataInstallFacts & {version: string} {
	const found = kataAtPrefix(facts);
	if (!found || (found.owner === 'kata-setup' && facts.installation))
		throw new KataSetupError('nothing', `There is no other Kata at ${kataPrefix} to adopt.`, {
			remedy: facts.installation ? 'See what is installed: kata-setup status' : 'Install one: kata-setup install',
		});
	const [adopt, ...others] = waysWith(found, facts);
	if (adopt?.open && found.version !== null) return {...found, version: found.version};
	throw new KataSetupError('host', `The Kata at ${kataPrefix} cannot be adopted.`, {
		...(adopt ? {why: adopt.why} : {}),
		remedy: [adopt, ...others].flatMap(way => way?.remedy ?? []),
		evidence: found.evidence,
	});
}

/** Where it was adopted already: a plan without steps; null where it was not. */
export function planAdopted(facts: Facts, options: PlanOptions): Plan | null {
	const {installation} = facts;
	if (!installation?.choice || installation.unfinishedRun || !installation.trees?.some(({adopted}) => adopted))
		return null;
	const {choice} = installation;
	const command = adoptCommand(choice, options.rehearsal);
	return finishPlan(facts, {verb: 'adopt', rehearsal: options.rehearsal, choice, steps: [], notes: [], command});
}

/** A release that was there: no archives belong to it. */
export function adoptedRelease(found: {version: string}, facts: Facts): Choice['release'] {
	return {version: found.version, architecture: facts.machine as Choice['release']['architecture'], archives: []};
}

/**
 * The steps from somebody's Kata to one of ours, proven or taken back.
 * @throws as `requireAdoptable`; (`host`) if it does not hold what was chosen, or the host cannot run it
 */
export function planAdopt(facts: Facts, choice: Choice, options: PlanOptions): Plan {
	const found = requireAdoptable(facts);
	if (!adoptablePairs(found).some(pair => pairName(pair) === pairName(choice)))
		throw lacksPair(found, `${choice.runtime}/${choice.variant ?? choice.hypervisor}`);
	refuseChoice(facts, choice);
	const containerd = engineFor(facts);
	const notes: string[] = [
		...(options.inTheWay ?? []),
		`An uninstall moves it back to ${kataPrefix}, as it is then: nothing of it is ever removed by kata-setup.`,
		...throughPrefixNotes(facts, null),
		...guestMemoryNotes(facts, choice),
		...optionNotes(choice),
	];
	const settings: CarriedSetting[] = [];
	const has = runtimesOf(found);
	const tree = `${treesFolder}/${adoptedTreeName(choice, has)}`;
	const steps: Step[] = [
		...keepProgramSteps(facts),
		...moduleSteps(facts, {vsock: choice.hypervisor === 'qemu'}),
		...proofSteps(facts, choice),
		folder(treesFolder, 'Each release lies in a folder of its own here.'),
		moveStep(choice, tree, has),
		...configurationSteps(facts, choice, tree),
		...adoptedSettingsSteps(facts, found, choice, notes, settings),
		...activationSteps(facts, choice, tree).map(leftByMove),
		...defaultPathSteps(facts, choice, notes),
		...containerdSteps(facts, choice, containerd, notes),
		...smokeSteps(facts, choice, containerd, tree, notes).map(mustProve),
	];
	return finishPlan(facts, {
		verb: 'adopt',
		rehearsal: options.rehearsal,
		choice,
		steps: onHost(steps, {machine: facts.machine, sequence: facts.sequence ?? 0, containerd}),
		notes,
		...(settings.length === 0 ? {} : {settings}),
		command: adoptCommand(choice, options.rehearsal),
	});
}

/** Those that it has a shim and a configuration of, in the catalogue's order. */
const runtimesOf = (found: KataInstallFacts): Runtime[] => [
	...new Set(adoptablePairs(found).map(({runtime}) => runtime)),
];

/** @param wanted a runtime, a hypervisor, or both, as they were asked for */
export const lacksPair = (found: KataInstallFacts, wanted: string): KataSetupError =>
	new KataSetupError('host', `The Kata at ${found.path} does not have ${wanted}.`, {
		why: `It has: ${adoptablePairs(found)
			.map(({runtime, hypervisor}) => `${runtime}/${hypervisor}`)
			.join(', ')}.`,
		remedy: 'Adopt it with one of these, then switch: kata-setup switch brings what is missing.',
	});

/** Moving it made the link already: this step keeps it as ours, and asks for what the move asked for. */
const leftByMove = (step: Step): Step =>
	step.kind === 'link' && step.args.path === kataPrefix
		? {
				...step,
				title: `Keep ${kataPrefix} as our link to it`,
				why: 'People, other tools and handlers written by hand look for Kata there, and find it as before.',
				undo: 'nothing: moving it back takes the link',
				pre: [],
			}
		: step;

/** There is one Kata at the prefix, so there is one adopted tree at most. */
const adoptedTreeName = ({release, runtime}: Choice, runtimes: readonly Runtime[]): string =>
	`${release.version}-${runtimes.length > 1 ? '' : `${runtime}-`}adopted`;

const moveStep = (choice: Choice, tree: string, runtimes: Runtime[]): Step =>
	makeStep(
		'adopt-tree',
		{
			path: kataPrefix,
			tree,
			expect: [shimInTree[choice.runtime], packagedConfiguration(choice)],
			version: choice.release.version,
			runtime: choice.runtime,
			...(runtimes.length > 1 ? {runtimes} : {}),
		},
		{
			of: kataPrefix,
			title: `Move ${kataPrefix} to our trees, with a link in its place`,
			why: `Each file is measured first, for the record of what was there. Two renames follow one another: for some microseconds between them nothing is at ${kataPrefix}. Sandboxes that run have their files open and go on.`,
			undo: `move it back to ${kataPrefix}`,
			pre: [
				{kind: 'path', path: kataPrefix, state: 'directory'},
				{kind: 'path', path: tree, state: 'absent'},
			],
			// Read once, at the speed of a disk: a release has 1 to 3 GB.
			cost: {seconds: 10},
		},
	);
