/** A run that is over, or was cut short, in the words that every screen and command has for it. Pure. */
import type {RunOutcome} from '../apply/events.ts';
import type {ErrorReport} from '../errors.ts';
import {formatTime} from '../format.ts';
import {isOnlyForward} from '../plan/ways-on.ts';
import type {InstallationFacts} from './kata-facts.ts';

const outcomeWords: Record<RunOutcome, string> = {
	done: 'done',
	unproven: 'done, but the smoke test proved no VM',
	undone: 'failed, all of it taken back',
	incomplete: 'failed, and not all of it taken back',
	stopped: 'stopped before its end',
};

/** `upgrade, 2026-11-26 10:02 UTC: failed, all of it taken back`, and why, where that is known. */
export function lastRunWords({
	verb,
	at,
	outcome,
	error = null,
}: {
	verb: string;
	at: string;
	outcome: RunOutcome;
	error?: Pick<ErrorReport, 'exit' | 'message'> | null;
}): string {
	const isCancelled = outcome === 'undone' && error?.exit === 'interrupted';
	// An uninstall takes nothing back: what it did stands.
	const isCutShort = outcome === 'incomplete' && isOnlyForward(verb);
	const how = isCancelled ? 'cancelled, all of it taken back' : isCutShort ? 'not finished' : outcomeWords[outcome];
	const why =
		error === null || isCancelled || outcome === 'unproven' || outcome === 'stopped' ? '' : `. ${error.message}`;
	return `${verb}, ${formatTime(at)}: ${how}${why}`;
}

/** `The upgrade that ops began on 2026-11-26 10:02 UTC`; of a journal that does not tell, the run by its name. */
export function unfinishedWords({
	unfinished,
	unfinishedRun,
}: Pick<InstallationFacts, 'unfinished' | 'unfinishedRun'>): string {
	if (!unfinished) return `The run ${unfinishedRun}`;
	const {verb, by, begun} = unfinished;
	return `The ${verb} that ${by} began on ${formatTime(begun)}`;
}
