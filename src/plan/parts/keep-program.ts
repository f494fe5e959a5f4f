/** The part of a plan that leaves kata-setup's own uninstall on the host. Pure. */
import {compareVersions} from '../../catalogue/version.ts';
import type {Facts} from '../../facts/facts.ts';
import {keptProgramFolder, keptUninstall, ourPrefix} from '../../layout.ts';
import {makeStep} from '../make-step.ts';
import type {Step} from '../plan.ts';

/** The package's own bytes; a Node that is kept beside it is more. */
const packageBytes = 5_000_000;
const withNodeBytes = 140_000_000;

/**
 * The step that keeps the kata-setup that runs, before all others, so that its uninstall goes last; none where the one that
 * is kept is the same or newer: an older one could not read what a newer one wrote.
 */
export function keepProgramSteps({installation, kataSetup}: Facts): Step[] {
	const kept = installation?.keptProgram ?? null;
	if (kept !== null && (kept === kataSetup || compareVersions(kept, kataSetup) > 0)) return [];
	return [
		makeStep(
			'keep-program',
			{folder: keptProgramFolder, script: keptUninstall, replaces: kept},
			{
				of: keptUninstall,
				title: `Leave an uninstall that needs neither npm nor a network at ${keptUninstall}`,
				why: 'npm’s cache may be gone by the day you want everything away. A Node of a home folder is kept beside it (120 MB).',
				undo: kept === null ? `remove ${keptUninstall} and ${keptProgramFolder}` : 'nothing: the newer one stays',
				pre: [{kind: 'space', path: ourPrefix, bytes: withNodeBytes}],
				cost: {diskBytes: packageBytes, seconds: 0.5},
			},
		),
	];
}
