/** Follows a run to its end without screens: plain lines or one JSON event a line, and the exit code. */
import type {RunView} from '../apply/client.ts';
import type {RunEvent} from '../apply/events.ts';
import {exitCodes} from '../errors.ts';
import {errorLines, printEvent, printLines} from './print.ts';
import {RunText} from './run-text.ts';

/** The exit code for a run's end. A run that undid itself exits with the code of what went wrong. */
export function exitOf(finished: Extract<RunEvent, {event: 'run-finished'}>): number {
	const {outcome, error} = finished;
	if (outcome === 'undone') return exitCodes[error?.exit === 'bug' ? 'bug' : (error?.exit ?? 'undone')].code;
	return exitCodes[outcome === 'done' ? 'ok' : outcome].code;
}

/**
 * Prints a run's events until it ends.
 * @param options.onInterrupt what Ctrl-C does: `cancel` asks the worker to undo, `detach` only stops looking
 */
export async function follow(
	view: RunView,
	options: {json: boolean; onInterrupt: 'cancel' | 'detach'},
): Promise<number> {
	const text = new RunText();
	let detached = false;
	const interrupt = (): void => {
		if (options.onInterrupt === 'cancel') {
			view.cancel();
			return;
		}
		detached = true;
		view.detach();
	};
	process.on('SIGINT', interrupt);
	process.on('SIGTERM', interrupt);
	try {
		for await (const event of view.events) {
			if (options.json) printEvent(event);
			else printLines(text.lines(event));
			if (event.event !== 'run-finished') continue;
			if (!options.json && event.error && event.outcome !== 'unproven' && !text.told(event.error.message))
				printLines(errorLines(event.error), process.stderr);
			return exitOf(event);
		}
		return detached ? exitCodes.interrupted.code : exitCodes.incomplete.code;
	} finally {
		process.off('SIGINT', interrupt);
		process.off('SIGTERM', interrupt);
	}
}
