/**
 * What a killed worker leaves of its own: its lock and its socket, a summary that was not written any more, and, where it
 * had taken the last thing of ours away, the journal; and the copy that it ran from. The next command that may change the host takes it away.
 */
import {rm} from 'node:fs/promises';
import type {ErrorReport} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {lockHolder, removeStaleLockFiles, takeLock} from '../host/lock.ts';
import {lockFile, runFolder, socketFile, stateFolder} from '../layout.ts';
import {removeStaleCopies} from '../program/copies.ts';
import type {RunOutcome} from './events.ts';
import {readJournal} from './journal.ts';
import type {JournalRecord} from './journal-records.ts';
import {dropKeptPlan, keptPlanOf} from './kept-plan.ts';
import {foldJournal, type Receipt} from './receipt.ts';
import {unmendedIn, unprovenBy} from './run-ends.ts';
import {type LastRun, removeState, sweepState, writeSummary} from './summary.ts';

/**
 * Writes only where something is left, and nothing while somebody is at work or where we are not root.
 * @param words.by the person, for the lock
 * @param words.forget with nothing of ours standing, journal and summary go even if no worker was killed: an uninstall
 * leaves nothing
 * @throws KataSetupError (`incomplete`) if the journal cannot be read
 */
export async function tidy(host: Host, {by, forget}: {by: string; forget: boolean}): Promise<void> {
	if (host.kind === 'real' && process.getuid?.() !== 0) return;
	if ((await lockHolder(host)) !== null) return;
	await removeStaleLockFiles(host);
	if (host.kind === 'real') await removeStaleCopies();
	const killed = (await host.files.stat(lockFile)) !== null;
	const kept = (await host.files.stat(stateFolder)) !== null;
	const stands = (receipt: Receipt): boolean => receipt.standing.length > 0;
	if (!killed && !(kept && forget && !stands(foldJournal(await readJournal(host))))) return;
	const release = await takeLock(host, {run: 'tidy', verb: 'tidy', by});
	try {
		const records = await readJournal(host);
		const receipt = foldJournal(records);
		if (stands(receipt)) {
			await sweepState(host);
			await writeSummary(host, await lastRunOf(host, receipt, records));
			if (receipt.unfinished === null) await dropKeptPlan(host);
		} else if (kept) await removeState(host);
		await rm(host.files.physical(socketFile), {force: true});
	} finally {
		await release();
		await host.files.removeDirectory(runFolder);
	}
}

/** How the last run ended, and why, as far as journal and kept plan tell; null for one that was cut short. */
async function lastRunOf(host: Host, {runs}: Receipt, records: readonly JournalRecord[]): Promise<LastRun | null> {
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
