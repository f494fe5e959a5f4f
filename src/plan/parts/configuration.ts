/** The part of an install that configures Kata itself: the managed copy, drop-in, active pair, default paths. */
import {pairName} from '../../catalogue/catalogue.ts';
import type {Facts} from '../../facts/facts.ts';
import {settingsDropIn} from '../../kataconfig/drop-in.ts';
import {
	activeConfiguration,
	activePairLink,
	activeShim,
	defaultConfiguration,
	kataPrefix,
	pairFolder,
	shimInTree,
	shimOnPath,
} from '../../layout.ts';
import type {Choice} from '../choice.ts';
import {folder, link, makeStep, pathPrecondition} from '../make-step.ts';
import type {Step} from '../plan.ts';
import {packagedConfiguration} from './release.ts';

/** The pair's folder, and the link that makes it the active one. */
export function configurationSteps(facts: Facts, choice: Choice, tree: string): Step[] {
	const own = pairFolder(choice);
	const name = pairName(choice);
	const dropIn = settingsDropIn(facts, choice);
	return [
		folder(`${own}/config.d`, 'Drop-ins beside the managed copy survive upgrades; put yours here as 50-….toml.'),
		makeStep(
			'kata-config',
			{
				pair: {runtime: choice.runtime, hypervisor: choice.hypervisor},
				tree,
				from: `${kataPrefix}/${packagedConfiguration(choice)}`,
				to: `${own}/configuration.toml`,
			},
			{
				of: name,
				title: `Copy the packaged configuration of ${name}`,
				why: 'Packaged files are never edited. Every file that the copy names is checked to be in the tree.',
				undo: `remove ${own}/configuration.toml`,
			},
		),
		...(dropIn
			? [
					makeStep(
						'write-file',
						{path: `${own}/config.d/10-kata-setup.toml`, content: dropIn.content, mode: 0o644},
						{
							of: `${own}/config.d/10-kata-setup.toml`,
							title: 'Write the drop-in for this host',
							why: dropIn.why,
							undo: 'remove the drop-in',
						},
					),
				]
			: []),
		link(`${own}/containerd-shim-kata-v2`, `${kataPrefix}/${shimInTree[choice.runtime]}`, {
			title: `Keep the ${choice.runtime} shim beside its configuration`,
			why: 'A shim and its configuration are always a matched pair.',
		}),
		link(activePairLink, name, {
			title: `Make ${name} the active pair`,
			why: 'Engines are told paths through this link, so that a later switch changes this link alone.',
			pre: [pathPrecondition(facts, activePairLink)],
		}),
	];
}

/** Where ctr and nerdctl look without being told. A user's own file there stays. */
export function defaultPathSteps(facts: Facts, choice: Choice, notes: string[]): Step[] {
	if (!choice.defaultPaths) {
		notes.push('ctr and nerdctl will not find Kata by its name: the default paths are left alone, as asked.');
		return [];
	}
	const configuration = defaultConfiguration[choice.runtime];
	const taken = [shimOnPath, configuration].filter(path => (facts.paths[path] ?? 'absent') !== 'absent');
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
		link(shimOnPath, activeShim, {
			title: 'Put the shim where containerd looks for it',
			why: '`--runtime io.containerd.kata.v2` of ctr and nerdctl is resolved through the PATH of containerd.',
			pre: [pathPrecondition(facts, shimOnPath)],
		}),
	];
}
