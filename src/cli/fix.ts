/** `kata-setup check --fix`: what of the findings is ours to mend, shown, asked for and carried out like any plan. */
import {exitCodes, KataSetupError} from '../errors.ts';
import type {Gathered} from '../facts/looked.ts';
import {nothingToFix, planFix} from '../plan/fix.ts';
import {confirmAndRun, printedAlone, refuseWithoutYes} from './carry-out.ts';
import type {Context} from './context.ts';
import {printLines} from './print.ts';

/**
 * Mends what is ours to mend, and looks again.
 * @param look reads the facts: of this host, or with --dry-run of a file
 * @returns what is found after it, for the check to show; or the exit code, where there is nothing more to show
 */
export async function fixHost(context: Context, look: () => Promise<Gathered>): Promise<Gathered | number> {
	const {flags} = context;
	if (!flags['dry-run']) {
		if (flags.facts !== undefined)
			throw new KataSetupError('usage', 'Recorded facts cannot be mended.', {
				why: 'They may be of another host, or of another time.',
				remedy: [`To see what would be done there: kata-setup check --fix --dry-run --facts FILE`],
			});
		refuseWithoutYes(context, 'check --fix');
	}
	const found = await look();
	const made = planFix(found.facts, {rehearsal: context.rehearsalRoot !== null});
	if (flags['dry-run']) return printedAlone(context, made, [nothingToFix]) ?? exitCodes.ok.code;
	if (made.steps.length === 0) {
		if (!flags.json) printLines([nothingToFix, '']);
		return found;
	}
	const code = await confirmAndRun(context, found.facts, made);
	if (code !== exitCodes.ok.code) return code;
	if (!flags.json) printLines(['']);
	return look();
}
