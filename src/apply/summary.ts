/** What everybody may know of our journal, which only root may read: the installation and how the last run ended. */
import {type ErrorReport, errnoOf} from '../errors.ts';
import type {InstallationFacts} from '../facts/facts.ts';
import {withoutPasswords} from '../facts/secrets.ts';
import type {Host} from '../host/host.ts';
import {journalFile, keptPlanFile, stateFolder, summaryFile} from '../layout.ts';
import type {Verb} from '../plan/plan.ts';
import type {RunOutcome} from './events.ts';
import {newerWrote, readJournal} from './journal.ts';
import {agreeing} from './last-run.ts';
import {foldJournal, installationOf, sequenceOf} from './receipt.ts';

export interface LastRun {
	run: string;
	verb: Verb;
	/** ISO 8601, UTC. */
	at: string;
	outcome: RunOutcome;
	error: ErrorReport | null;
}

export interface Summary {
	schema: 1;
	installation: InstallationFacts | null;
	/** The same as of `installation`, with all of its reason; without an installation the only one. */
	lastRun: LastRun | null;
	/** As `Facts.sequence`: not 0 where something of ours stands, be it an installation or not. */
	sequence: number;
}

/** Writes it anew from the journal. */
export async function writeSummary(host: Host, lastRun: LastRun | null): Promise<void> {
	// Everybody may read it, and an error's evidence may be a mirror's address.
	const summary: Summary = {...(await fromJournal(host)), lastRun: withoutPasswords(lastRun)};
	await host.files.write(summaryFile, `${JSON.stringify(summary, null, '\t')}\n`, {mode: 0o644});
}

/**
 * Writes it anew while a run goes on, so that everybody can tell at once if that is killed: whether it still goes on, the
 * lock tells. Where the disk does not take it the older one stays, which fails nothing.
 */
export async function publishRun(host: Host): Promise<void> {
	try {
		await writeSummary(host, (await keptSummary(host))?.lastRun ?? null);
	} catch {
		// What the run itself writes next tells what is wrong with the disk.
	}
}

/**
 * The file that everybody may read, as it was written last; null: nothing, or it is damaged, which the next run mends.
 * @throws KataSetupError (`incomplete`) if a newer kata-setup wrote it
 */
export async function keptSummary(host: Host): Promise<Summary | null> {
	const kept = summaryIn((await host.files.readText(summaryFile)) ?? '');
	const schema = kept?.schema as unknown;
	if (typeof schema === 'number' && schema !== 1) throw newerWrote(summaryFile, `It has the schema ${schema}.`);
	return schema === 1 ? kept : null;
}

function summaryIn(text: string): Summary | null {
	try {
		return JSON.parse(text) as Summary | null;
	} catch {
		return null;
	}
}

/** The summary: from the journal where we may read it, else from the file beside it. */
export async function readSummary(host: Host): Promise<Summary> {
	const kept = await keptSummary(host);
	try {
		return agreeing({...(await fromJournal(host)), lastRun: kept?.lastRun ?? null});
	} catch (error) {
		if (errnoOf(error) === 'EACCES')
			return agreeing(kept ?? {schema: 1, installation: null, lastRun: null, sequence: 0});
		throw error;
	}
}

async function fromJournal(host: Host): Promise<Omit<Summary, 'lastRun'>> {
	const receipt = foldJournal(await readJournal(host));
	return {schema: 1, installation: installationOf(receipt), sequence: sequenceOf(receipt)};
}

/** Takes away what killed writers of journal, plan and summary were writing. */
export async function sweepState(host: Host): Promise<void> {
	for (const path of [summaryFile, keptPlanFile, journalFile]) await host.files.sweep(path);
}

/** Takes journal and summary away once nothing of ours stands; anything else in the folder stays. */
export async function removeState(host: Host): Promise<void> {
	await sweepState(host);
	await host.files.remove(summaryFile);
	await host.files.remove(keptPlanFile);
	await host.files.remove(journalFile);
	await host.files.removeDirectory(stateFolder);
}
