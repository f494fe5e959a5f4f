/** The exit code of a run, by how it ended: the same for the screens and for the command line. Pure. */
import type {ErrorReport, ExitName} from '../errors.ts';
import type {RunOutcome} from './events.ts';

/**
 * A run that undid itself exits with the code of what went wrong, as does one that is done and leaves something that is not
 * as it should be. One that left something half-done says that first, whatever the reason was.
 * @param outcome null: the worker was lost before it told
 */
export function exitOfRun(outcome: RunOutcome | null, error: ErrorReport | null): ExitName {
	switch (outcome) {
		case 'done':
			return error?.exit ?? 'ok';
		case 'undone':
			return error?.exit ?? 'undone';
		case 'unproven':
			return 'unproven';
		case 'incomplete':
			return 'incomplete';
		default:
			return error?.exit ?? 'incomplete';
	}
}
