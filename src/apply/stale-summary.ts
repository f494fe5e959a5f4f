/**
 * A summary that tells otherwise than the journal: the power was cut between the end of a run and its result, or the disk did
 * not take that. Who may not read the journal would go by it for ever, and be refused by whoever may.
 */
import {isDeepStrictEqual} from 'node:util';
import type {Host} from '../host/host.ts';
import {keptPlanOf} from './kept-plan.ts';
import {lastRunIn} from './last-run.ts';
import {installationOf, type Receipt, sequenceOf} from './receipt.ts';
import {unmendedIn} from './run-ends.ts';
import {keptSummary, writeSummary} from './summary.ts';

/** Whether installation or sequence are not the journal's. A summary that was torn tells nothing; none is right of nothing. */
export async function summaryIsStale(host: Host, receipt: Receipt): Promise<boolean> {
	const kept = await keptSummary(host);
	const told = {installation: kept?.installation ?? null, sequence: kept?.sequence ?? 0};
	const known = {installation: installationOf(receipt), sequence: sequenceOf(receipt)};
	return !isDeepStrictEqual(told, JSON.parse(JSON.stringify(known)));
}

/** Writes it anew, with what journal and kept plan tell of the last run. The caller holds the lock. */
export async function renewSummary(host: Host, receipt: Receipt): Promise<void> {
	const last = lastRunIn(receipt.runs);
	const plan = last?.outcome === 'done' ? await keptPlanOf(host, last.run) : null;
	await writeSummary(host, last && plan ? {...last, error: unmendedIn(plan)} : last);
}
