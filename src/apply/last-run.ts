/** The last run that ended: as the journal tells it, and made one with what the summary keeps of it. Pure. */
import type {ErrorReport} from '../errors.ts';
import type {InstallationFacts} from '../facts/facts.ts';
import {withoutPasswords} from '../facts/secrets.ts';
import type {RunSummary} from './receipt.ts';
import {stoppedIn, unprovenBy} from './run-ends.ts';
import type {LastRun, Summary} from './summary.ts';

type InShort = NonNullable<InstallationFacts['lastRun']>['error'];

/** Everybody may read it, and `check` prints it: no passwords, and no evidence, which may be somebody's configuration. */
const inShort = (error: ErrorReport | null): InShort =>
	error && {exit: error.exit, message: withoutPasswords(error.message)};

/** @returns null: none ended */
export function lastRunIn(runs: readonly RunSummary[]): LastRun | null {
	const last = runs.findLast(({outcome, ended}) => outcome !== null && ended !== null);
	if (!last?.outcome || last.ended === null) return null;
	const {run, verb, outcome, ended: at} = last;
	return {run, verb, at, outcome, error: reasonOf(last)};
}

/** The same as facts have it. */
export function lastRunOf(runs: readonly RunSummary[]): InstallationFacts['lastRun'] {
	const last = lastRunIn(runs);
	return last && {...last, error: inShort(last.error)};
}

/** Why a run ended as it did, as far as the journal alone knows it: what a repair left stands in its plan. */
function reasonOf({verb, outcome, proof, failure}: RunSummary): ErrorReport | null {
	if (outcome === 'done') return null;
	if (outcome === 'unproven') return proof && unprovenBy(proof.sentence);
	return outcome === 'stopped' ? stoppedIn(verb) : failure;
}

/**
 * The summary with one truth of the last run, in both of its places. Which run that was the journal knows, also where a
 * killed worker did not write the summary any more; of the same run's same end the summary knows the reason best.
 */
export function agreeing(summary: Summary): Summary {
	const {installation, lastRun: kept} = summary;
	const told = installation?.lastRun;
	// An older version's, which does not say which run it was.
	if (!installation || !told || told.run === undefined) return summary;
	const {run, verb, at, outcome} = told;
	const isSame = kept !== null && kept.run === run && kept.outcome === outcome;
	const error = isSame ? kept.error : told.error ? {why: null, remedy: [], evidence: [], ...told.error} : null;
	return {
		...summary,
		installation: {...installation, lastRun: {...told, error: inShort(error)}},
		lastRun: {run, verb, at, outcome, error},
	};
}
