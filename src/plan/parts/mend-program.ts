/** The part of a repair that makes the kept kata-setup whole again, out of the one that runs. Pure. */
import type {StandingStep} from '../../apply/receipt.ts';
import {compareVersions} from '../../catalogue/version.ts';
import {driftWords} from '../../facts/drift-words.ts';
import type {DriftItem} from '../../facts/facts.ts';
import type {KeptProgram} from '../../steps/keep-program.ts';
import {makeStep} from '../make-step.ts';
import type {Step, StepArguments} from '../plan.ts';

/** The kata-setup that runs: its version, and the folder that its package lies in. */
export interface RunningProgram {
	version: string;
	folder: string;
}

/**
 * @param kept the keeping of it, as the receipt has it
 * @param items all that drifted
 * @param reasons gets why it cannot be mended, where it cannot
 */
export function mendProgram(
	kept: StandingStep,
	items: readonly DriftItem[],
	running: RunningProgram,
	reasons: string[],
): Step[] {
	const {folder, script} = kept.args as StepArguments['keep-program'];
	const {version} = kept.inverse as KeptProgram;
	const its = items.filter(({path}) => path === script || path === folder || path.startsWith(`${folder}/`));
	const [first] = its;
	if (!first) return [];
	const inTheWay = its.find(({path, kind}) => kind === 'type' && [script, folder].includes(path));
	if (inTheWay) {
		reasons.push(
			`${inTheWay.path} ${driftWords(inTheWay)}: what somebody put there is not written over. Move it away first: mv ${inTheWay.path} ${inTheWay.path}.old`,
		);
		return [];
	}
	if (compareVersions(running.version, version) < 0) {
		reasons.push(
			`The kept kata-setup is ${version}, and this is ${running.version}, which cannot read all that a newer one writes. Mend it with that one: npx kata-setup@${version} repair`,
		);
		return [];
	}
	if (running.folder.startsWith(`${folder}/`)) {
		reasons.push(
			`The kept kata-setup is the one that runs now, and cannot be mended out of itself. From the network: npx kata-setup@${version} repair`,
		);
		return [];
	}
	const more = its.length === 1 ? '' : `, and ${its.length - 1} more`;
	return [
		makeStep(
			'keep-program',
			{folder, script, replaces: version},
			{
				of: script,
				title: `Keep kata-setup ${running.version} anew for ${script}`,
				why: `${first.path} ${driftWords(first)}${more}. All of it comes from the kata-setup that runs now, whose files are held against what they were when it began.`,
				undo: 'nothing: the whole one stays',
				cost: {seconds: 0.5},
			},
		),
	];
}
