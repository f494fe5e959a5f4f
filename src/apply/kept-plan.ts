/**
 * The plan of a run that goes on, kept beside the journal for whoever has to finish it. Root's alone: a plan may name
 * addresses with passwords.
 */
import {KataSetupError} from '../errors.ts';
import {diskError} from '../host/disk-errors.ts';
import type {Host} from '../host/host.ts';
import {keptPlanFile, stateFolder} from '../layout.ts';
import {hashHolds} from '../plan/finish.ts';
import type {Plan, Verb} from '../plan/plan.ts';

export interface KeptPlan {
	schema: 1;
	run: string;
	plan: Plan;
}

/** Undoing needs no plan of its own to be gone on with, and must not take the place of the one that it undoes. */
const unkept: readonly Verb[] = ['undo', 'test', 'fix'];

/**
 * Keeps it durably; before the run's first record, so that a run in the journal always has its plan.
 * @throws KataSetupError (`undone`) if the disk does not take it
 */
export async function keepPlan(host: Host, run: string, plan: Plan): Promise<void> {
	if (unkept.includes(plan.verb)) return;
	const kept: KeptPlan = {schema: 1, run, plan};
	try {
		await host.files.write(keptPlanFile, `${JSON.stringify(kept)}\n`, {mode: 0o600});
	} catch (error) {
		throw diskError(error, stateFolder, 'undone');
	}
}

/** The kept plan of a run; null: none, another run's, a damaged one, or a newer kata-setup's. */
export const keptPlanOf = async (host: Host, run: string): Promise<Plan | null> => planOf(await readKept(host), run);

const readKept = async (host: Host): Promise<KeptPlan | null> =>
	parsed((await host.files.readText(keptPlanFile)) ?? '');

const planOf = (kept: KeptPlan | null, run: string): Plan | null =>
	kept?.schema === 1 && kept.run === run && hashHolds(kept.plan) ? kept.plan : null;

/**
 * The kept plan of a run that is to be finished.
 * @throws KataSetupError (`incomplete`) if there is none, another run's, a damaged one, or a newer kata-setup's
 */
export async function readKeptPlan(host: Host, run: string): Promise<Plan> {
	const kept = await readKept(host);
	const plan = planOf(kept, run);
	if (plan) return plan;
	throw new KataSetupError('incomplete', `The run ${run} cannot be finished: its plan is not kept any more.`, {
		why: kept && kept.schema !== 1 ? `A newer kata-setup wrote ${keptPlanFile}.` : `${keptPlanFile} does not hold it.`,
		remedy: 'Undo what it did: kata-setup undo',
	});
}

function parsed(text: string): KeptPlan | null {
	try {
		return JSON.parse(text) as KeptPlan;
	} catch {
		return null;
	}
}

/** Nothing needs it any more. */
export async function dropKeptPlan(host: Host): Promise<void> {
	await host.files.sweep(keptPlanFile);
	await host.files.remove(keptPlanFile);
}
