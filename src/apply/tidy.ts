/**
 * What a killed worker leaves of its own: its lock and its socket, a summary that was not written any more, and, where it
 * had taken the last thing of ours away, the journal; and the copy that it ran from. The next command that may change the host takes it away.
 */
import {rm} from 'node:fs/promises';
import type {Host} from '../host/host.ts';
import {lockHolder, removeStaleLockFiles, takeLock} from '../host/lock.ts';
import {lockFile, runFolder, socketFile, stateFolder} from '../layout.ts';
import {removeStaleCopies} from '../program/copies.ts';
import {readJournal} from './journal.ts';
import type {JournalRecord} from './journal-records.ts';
import {dropKeptPlan} from './kept-plan.ts';
import {finished, foldJournal, type Receipt} from './receipt.ts';
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
			await writeSummary(host, lastRunOf(receipt, records));
			if (receipt.unfinished === null) await dropKeptPlan(host);
		} else if (kept) await removeState(host);
		await rm(host.files.physical(socketFile), {force: true});
	} finally {
		await release();
		await host.files.removeDirectory(runFolder);
	}
}

/** How the last run ended, and why, as far as the journal tells; null for one that was cut short. */
function lastRunOf({runs}: Receipt, records: readonly JournalRecord[]): LastRun | null {
	const last = runs.at(-1);
	if (!last?.outcome || last.ended === null) return null;
	// One that failed and was then gone on with to its end has no reason to tell.
	const failures = finished(last)
		? []
		: records.flatMap(one => (one.record === 'failed' && one.run === last.run ? [one] : []));
	const error = failures.at(-1)?.error ?? null;
	return {run: last.run, verb: last.verb, at: last.ended, outcome: last.outcome, error};
}
