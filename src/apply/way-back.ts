/** The way back of a run that failed or was cancelled. */
import {KataSetupError, reportOf} from '../errors.ts';
import {explainedByPath} from '../host/disk-errors.ts';
import type {Host} from '../host/host.ts';
import type {Step} from '../plan/plan.ts';
import {stepKind} from '../steps/registry.ts';
import type {StepContext} from '../steps/step-kind.ts';
import type {UnstampedEvent} from './events.ts';
import type {Journal} from './journal.ts';

/** A step that was announced, and what its undoing needs to know. */
export interface Undoable {
	step: Step;
	inverse: unknown;
}

export interface WayBackOptions {
	run: string;
	journal: Journal;
	emit: (event: UnstampedEvent) => void;
	context: (step: Step) => StepContext;
}

/**
 * Undoes steps, the last one first; one that cannot be undone keeps none of the others from it. Never throws.
 * @param begun in the order in which they were begun
 * @returns `incomplete`: something could not be undone, as an event tells; `left`: what somebody else changed, and stays
 */
export async function undoAll(
	host: Host,
	begun: readonly Undoable[],
	{run, journal, emit, context}: WayBackOptions,
): Promise<{outcome: 'undone' | 'incomplete'; left: string[]}> {
	let complete = true;
	const all: string[] = [];
	for (const {step, inverse} of begun.toReversed()) {
		try {
			const left = await stepKind(step.kind).undo(host, step.args as never, inverse, context(step));
			// What an undo that failed left behind is ours, which a folder that holds it cannot tell: it stands for the next run.
			if (!complete && left.length > 0)
				throw new KataSetupError('incomplete', 'Not all of it is gone.', {
					why: 'Something that it was for could not be undone.',
					remedy: 'Mend what is said above, then take away both: kata-setup undo, or kata-setup uninstall',
				});
			all.push(...left);
			await journal.write({record: 'undone', ofRun: run, step: step.id, left});
			emit({event: 'step-undone', step: step.id, left});
		} catch (thrown) {
			complete = false;
			const error = reportOf(explainedByPath(thrown));
			emit({event: 'undo-failed', step: step.id, error});
			await journal.note({record: 'failed', step: step.id, error});
		}
	}
	return {outcome: complete ? 'undone' : 'incomplete', left: all};
}
