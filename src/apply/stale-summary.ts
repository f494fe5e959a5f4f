/**
 * A summary that tells otherwise than the journal: the power was cut between the end of a run and its result, or the disk did
 * not take that. Who may not read the journal would go by it for ever, and be refused by whoever may.
 */
import {isDeepStrictEqual} from 'node:util';
import type {ErrorReport} from '../errors.ts';
import type {Host} from '../host/host.ts';
import type {RunOutcome} from './events.ts';
import type {JournalRecord} from './journal-records.ts';
import {keptPlanOf} from './kept-plan.ts';
import {installationOf, type Receipt, sequenceOf} from './receipt.ts';
import {unmendedIn, unprovenBy} from './run-ends.ts';
import {keptSummary, type LastRun, writeSummary} from './summary.ts';

/** Whether installation or sequence are not the journal's. A summary that was torn tells nothing; none is right of nothing. */
export async function summaryIsStale(host: Host, receipt: Receipt): Promise<boolean> {
	const kept = await keptSummary(host);
	const told = {installation: kept?.installation ?? null, sequence: kept?.sequence ?? 0};
	const known = {installation: installationOf(receipt), sequence: sequenceOf(receipt)};
	return !isDeepStrictEqual(told, JSON.parse(JSON.stringify(known)));
}

/** Writes it anew where it is stale, and else nothing. The caller holds the lock. */
export async function refreshSummary(host: Host, receipt: Receipt, records: readonly JournalRecord[]): Promise<void> {
	if (await summaryIsStale(host, receipt)) await writeSummary(host, await lastRunOf(host, receipt, records));
}

/** How the last run ended, and why, as far as journal and kept plan tell; null for one that was cut short. */
export async function lastRunOf(
	host: Host,
	{runs}: Receipt,
	records: readonly JournalRecord[],
): Promise<LastRun | null> {
	const last = runs.at(-1);
	if (!last?.outcome || last.ended === null) return null;
	const {run, verb, outcome, ended: at} = last;
	return {run, verb, at, outcome, error: await reasonOf(host, run, outcome, records)};
}

/** Why a run ended as it did; null: it did all that it was to do. */
async function reasonOf(
	host: Host,
	run: string,
	outcome: RunOutcome,
	records: readonly JournalRecord[],
): Promise<ErrorReport | null> {
	const ofRun = records.filter(one => one.run === run);
	if (outcome === 'done') {
		const plan = await keptPlanOf(host, run);
		return plan && unmendedIn(plan);
	}
	if (outcome === 'unproven') {
		const proof = ofRun.findLast(one => one.record === 'proof');
		return proof ? unprovenBy(proof.sentence) : null;
	}
	return ofRun.findLast(one => one.record === 'failed')?.error ?? null;
}
