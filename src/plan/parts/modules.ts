/** Kernel modules: loading what is missing, and having it loaded at every boot. */
import type {Facts} from '../../facts/facts.ts';
import {neededModules} from '../../facts/machine/module-loading.ts';
import {modulesFile} from '../../layout.ts';
import {folder, makeStep, pathPrecondition} from '../make-step.ts';
import type {Step} from '../plan.ts';

/**
 * Steps that load what is missing and have all that is needed loaded at every boot.
 * @param wish.vsock with vhost_vsock, which QEMU alone uses
 * @returns no steps where all is loaded and our file names it already
 */
export function moduleSteps(facts: Facts, wish: {vsock: boolean}): Step[] {
	const needed = neededModules(facts, wish);
	const named = inOurFile(facts);
	// What stands in our file already has come by an earlier run of ours and stays.
	const names = [...new Set([...named, ...needed.map(({module}) => module)])];
	return [
		...needed
			.filter(({load}) => load)
			.map(({module, device}) =>
				makeStep(
					'load-module',
					{module, device},
					{
						of: module,
						title: `Load the kernel module ${module}`,
						why: `It provides ${device}, which the sandbox's VM needs.`,
						undo: `unload ${module} again if nothing uses it`,
					},
				),
			),
		...(names.length > named.length ? fileSteps(facts, names) : []),
	];
}

/** The modules that our file has loaded at boot, as it was found. */
const inOurFile = ({modules}: Facts): string[] =>
	(modules?.atBoot ?? []).filter(({path}) => path === modulesFile).map(({module}) => module);

const fileSteps = (facts: Facts, names: readonly string[]): Step[] => [
	folder('/etc/modules-load.d', 'Files here name the modules that are loaded at boot.'),
	makeStep(
		'write-file',
		{
			path: modulesFile,
			content: `# Written by kata-setup: kernel modules that Kata Containers needs at every boot.\n${names.map(name => `${name}\n`).join('')}`,
			mode: 0o644,
		},
		{
			of: modulesFile,
			title: 'Have the modules loaded at every boot',
			why: 'A module that was loaded by hand is gone after a reboot, and Kata with it.',
			undo: `remove ${modulesFile}`,
			pre: [pathPrecondition(facts, modulesFile)],
		},
	),
];
