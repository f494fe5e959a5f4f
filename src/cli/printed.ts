/** What `--json` prints that is no plan, no check and no matrix: their JSON Schemas are made of these types. */
import type {RunEvent} from '../apply/events.ts';
import type {LastRun, Summary} from '../apply/summary.ts';
import type {ErrorReport} from '../errors.ts';
import type {CheckDocument} from '../facts/check-document.ts';
import type {DriftFacts} from '../facts/facts.ts';
import type {Rest} from '../plan/finish-run.ts';

/** What `kata-setup status --json` prints. */
export interface StatusDocument extends Summary {
	/** What changed of ours behind our back, by a quick look; null: nothing is installed, or it could not be told. */
	drift: DriftFacts | null;
	/** Why it could not be told. */
	driftUnread?: string;
}

/** What `kata-setup finish --dry-run --json` prints. */
export interface RestDocument extends Rest {
	schema: 1;
}

/** What `kata-setup attach --json` prints where no run is going on; else it prints the run's events. */
export interface AttachDocument {
	schema: 1;
	running: false;
	/** How the last run ended; null: there was none. */
	lastRun: LastRun | null;
}

/** The one line that every command ends with that fails before a run, or without one. */
export interface ErrorLine {
	event: 'error';
	error: ErrorReport;
}

/** The last line of `check --fix --json`: what is found after the run. */
export type CheckedLine = {event: 'checked'} & CheckDocument;

/** One line of a command that tells line by line. */
export type PrintedLine = RunEvent | CheckedLine | ErrorLine;
