/** The part of an install or a change that configures Kata itself: the managed copy, drop-in, active pair, default paths. */
import {pairIn, pairName} from '../../catalogue/catalogue.ts';
import type {Facts} from '../../facts/facts.ts';
import {settingsDropIn} from '../../kataconfig/drop-in.ts';
import {
	activeConfiguration,
	activePairLink,
	activeShim,
	activeTarget,
	configurationFolder,
	defaultConfiguration,
	hostDropIn,
	kataPrefix,
	linkToTree,
	pairFolder,
	pinnedFolder,
	shimInTree,
	shimOnPath,
} from '../../layout.ts';
import type {Choice} from '../choice.ts';
import {folder, link, makeStep, pathPrecondition} from '../make-step.ts';
import type {Step} from '../plan.ts';
import {besideNotes} from './beside.ts';
import {packagedConfiguration} from './release.ts';

/** The pair's folders, with shim and configuration of one tree side by side. Nothing leads to them yet. */
export function configurationSteps(facts: Facts, choice: Choice, tree: string): Step[] {
	const own = pairFolder(choice);
	const pinned = pinnedFolder(choice, tree);
	const name = pairName(choice);
	return [
		folder(`${own}/config.d`, 'Drop-ins here outlive upgrades; put yours here as 50-….toml.'),
		folder(pinned, `What belongs together lies together: the shim and the configuration of ${name}, of one tree.`),
		link(`${pinned}/config.d`, '../config.d', {
			title: `Let ${name} have its drop-ins`,
			why: 'Both runtimes read config.d in the folder of the configuration.',
		}),
		makeStep(
			'kata-config',
			{
				pair: pairIn(choice),
				tree,
				from: `${tree}/${packagedConfiguration(choice)}`,
				to: `${pinned}/configuration.toml`,
			},
			{
				of: name,
				title: `Copy the packaged configuration of ${name}`,
				why: 'Packaged files are never edited. The copy names the files of its own tree, and each is checked to be there.',
				undo: `remove ${pinned}/configuration.toml`,
			},
		),
		...dropInSteps(facts, choice),
		link(`${pinned}/containerd-shim-kata-v2`, `${tree}/${shimInTree[choice.runtime]}`, {
			title: `Keep the ${choice.runtime} shim beside its configuration`,
			why: 'A shim and its configuration are always a matched pair.',
		}),
	];
}

/** The drop-in for this host: written, or taken away if an earlier choice needed one and this one does not. */
function dropInSteps(facts: Facts, choice: Choice): Step[] {
	const path = `${pairFolder(choice)}/config.d/${hostDropIn}`;
	const dropIn = settingsDropIn(facts, choice);
	if (!dropIn && !owns(facts, path)) return [];
	return [
		makeStep(
			'write-file',
			{path, content: dropIn?.content ?? null, mode: 0o644},
			{
				of: path,
				title: dropIn ? 'Write the drop-in for this host' : 'Take the drop-in for this host away',
				why: dropIn?.why ?? 'What is packaged suits this host with these answers.',
				undo: dropIn ? 'remove the drop-in' : 'put it back',
			},
		),
	];
}

/** Whether something of ours is at a path. */
const owns = ({installation}: Facts, path: string): boolean =>
	installation?.owned?.some(owned => owned.path === path) ?? false;

/**
 * Makes a pair of a tree the one in force: one rename for the engine, another for people and other tools, unless that
 * path is another Kata's.
 */
export function activationSteps(facts: Facts, choice: Choice, tree: string): Step[] {
	const name = pairName(choice);
	const active = link(activePairLink, activeTarget(choice, tree), {
		title: `Make ${name} the active pair`,
		why: 'Engines are told paths through this link: shim, configuration, hypervisor, guest kernel and image change together.',
		pre: [pathPrecondition(facts, activePairLink)],
	});
	if (choice.beside) return [active];
	return [
		active,
		link(kataPrefix, linkToTree(tree), {
			title: `Point ${kataPrefix} at the tree`,
			why: 'People and other tools look for Kata there. The link is put in place by one rename.',
			pre: [pathPrecondition(facts, kataPrefix)],
		}),
	];
}

/** Where ctr and nerdctl look without being told. A user's own file there stays. */
export function defaultPathSteps(facts: Facts, choice: Choice, notes: string[]): Step[] {
	if (choice.beside) {
		notes.push(...besideNotes(facts));
		return [];
	}
	if (!choice.defaultPaths) {
		notes.push('ctr and nerdctl will not find Kata by its name: the default paths are left alone, as asked.');
		return [];
	}
	const configuration = defaultConfiguration[choice.runtime];
	const taken = [shimOnPath, configuration].filter(
		path => (facts.paths[path] ?? 'absent') !== 'absent' && !isOurLink(facts, path),
	);
	if (taken.length > 0) {
		notes.push(
			`${taken.join(' and ')} ${taken.length > 1 ? 'are' : 'is'} already there and stay as found: ctr and nerdctl keep using them. The handler in containerd uses the chosen pair all the same.`,
		);
		return [];
	}
	const folderOf = configuration.slice(0, configuration.lastIndexOf('/'));
	return [
		folder(folderOf, `The ${choice.runtime} runtime looks here when it is told no configuration.`),
		link(configuration, activeConfiguration, {
			title: 'Make the active pair the default configuration',
			why: 'ctr and nerdctl pass no configuration; the shim then reads this path.',
			pre: [pathPrecondition(facts, configuration)],
		}),
		...otherDefault(facts, choice),
		link(shimOnPath, activeShim, {
			title: 'Put the shim where containerd looks for it',
			why: '`--runtime io.containerd.kata.v2` of ctr and nerdctl is resolved through the PATH of containerd.',
			pre: [pathPrecondition(facts, shimOnPath)],
		}),
	];
}

/** The other runtime must not read this one's configuration. */
function otherDefault(facts: Facts, {runtime}: Choice): Step[] {
	const other = defaultConfiguration[runtime === 'go' ? 'rust' : 'go'];
	if (!isOurLink(facts, other)) return [];
	return [
		makeStep(
			'link',
			{path: other, target: null},
			{
				of: other,
				title: `Take the ${runtime === 'go' ? 'rust' : 'go'} runtime’s default configuration away`,
				why: 'It would name the configuration of another runtime, in words that it does not know.',
				undo: 'put the link back',
				pre: [pathPrecondition(facts, other)],
			},
		),
	];
}

/** A link that leads into our configuration folder. */
const isOurLink = ({paths}: Facts, path: string): boolean =>
	paths[path]?.startsWith(`link:${configurationFolder}/`) ?? false;
