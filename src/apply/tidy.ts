/**
 * What a killed worker leaves of its own: its lock and its socket, a summary that was not written any more, and, where it
 * had taken the last thing of ours away, the journal; and the copy that it ran from. The next command that may change the host
 * takes it away. After a power cut no lock is there to tell of it: a summary that is stale does, or the plan of a run that is over.
 */
import {rm} from 'node:fs/promises';
import {diskError} from '../host/disk-errors.ts';
import type {Host} from '../host/host.ts';
import {lockHolder, removeStaleLockFiles, takeLock} from '../host/lock.ts';
import {keptPlanFile, lockFile, runFolder, socketFile, stateFolder} from '../layout.ts';
import {removeStaleCopies} from '../program/copies.ts';
import {readJournal} from './journal.ts';
import {dropKeptPlan} from './kept-plan.ts';
import {foldJournal, type Receipt} from './receipt.ts';
import {renewSummary, summaryIsStale} from './stale-summary.ts';
import {removeState, sweepState} from './summary.ts';

/**
 * Writes only where something is left, and nothing while somebody is at work or where we are not root.
 * @param words.by the person, for the lock
 * @param words.forget with nothing of ours standing, journal and summary go even if no worker was killed: an uninstall
 * leaves nothing
 * @throws KataSetupError (`incomplete`) if the journal cannot be read; (`host`) if the disk does not take it
 */
export async function tidy(host: Host, {by, forget}: {by: string; forget: boolean}): Promise<void> {
	if (host.kind === 'real' && process.getuid?.() !== 0) return;
	if ((await lockHolder(host)) !== null) return;
	await removeStaleLockFiles(host);
	if (host.kind === 'real') await removeStaleCopies();
	const killed = (await host.files.stat(lockFile)) !== null;
	const kept = (await host.files.stat(stateFolder)) !== null;
	const stands = (receipt: Receipt): boolean => receipt.standing.length > 0;
	if (!killed) {
		if (!kept) return;
		const receipt = foldJournal(await readJournal(host));
		const planLeft = receipt.unfinished === null && (await host.files.stat(keptPlanFile)) !== null;
		if (!(forget && !stands(receipt)) && !planLeft && !(await summaryIsStale(host, receipt))) return;
	}
	const release = await takeLock(host, {run: 'tidy', verb: 'tidy', by});
	try {
		const receipt = foldJournal(await readJournal(host));
		if (stands(receipt)) {
			await sweepState(host);
			await renewSummary(host, receipt);
			if (receipt.unfinished === null) await dropKeptPlan(host);
		} else if (kept) await removeState(host);
		await rm(host.files.physical(socketFile), {force: true});
	} catch (error) {
		throw diskError(error, stateFolder);
	} finally {
		await release();
		await host.files.removeDirectory(runFolder);
	}
}
