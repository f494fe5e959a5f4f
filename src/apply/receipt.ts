/** The receipt: the journal folded. What stands on this host because of us, and which run was not finished. Pure. */
import type {ErrorReport} from '../errors.ts';
import type {InstallationFacts, ProofFacts, TreeFacts} from '../facts/facts.ts';
import {activePairLink, kataPrefix} from '../layout.ts';
import {isTreeOf} from '../plan/choice.ts';
import type {Choice, StepArguments, StepKind, Verb} from '../plan/plan.ts';
import type {KeptProgram} from '../steps/keep-program.ts';
import type {UnpackedTree} from '../steps/unpack-tree.ts';
import type {RunOutcome} from './events.ts';
import type {JournalRecord} from './journal-records.ts';
import {lastRunOf} from './last-run.ts';
import {mending, merged, ownedOf, passing, standsForNothing, thingOf, withoutPasswords} from './standing.ts';

/** A step whose effect stands, or may stand: it was announced and has not been undone. */
export interface StandingStep {
	run: string;
	step: string;
	kind: StepKind;
	title: string;
	args: unknown;
	inverse: unknown;
	/** false: the run ended or was killed before the effect was verified. */
	done: boolean;
}

export interface RunSummary {
	run: string;
	verb: Verb;
	/** ISO 8601, UTC. */
	begun: string;
	ended: string | null;
	by: string;
	/** null: it was killed, or it goes on right now. */
	outcome: RunOutcome | null;
	choice: Choice | null;
	/** What its smoke test concluded; null: it ran none. */
	proof: ProofFacts | null;
	/** What went wrong last since it was begun or gone on with; null: nothing did, or the journal does not tell. */
	failure: ErrorReport | null;
}

export interface Receipt {
	sequence: number;
	runs: RunSummary[];
	/** In the order of their making. */
	standing: StandingStep[];
	/** The run that set up what is in force, or null. */
	installed: RunSummary | null;
	/** The run that set up what was in force before, if it can be gone back to; else null. */
	previous: RunSummary | null;
	/** A run that left something half-done. A fix is none: each of its steps is good by itself, and another fix goes on. */
	unfinished: RunSummary | null;
}

/** Folds the journal. */
export function foldJournal(records: readonly JournalRecord[]): Receipt {
	const runs = new Map<string, RunSummary>();
	const standing = new Map<string, StandingStep>();
	// Of several the last one counts: a run goes on after its end where it was resumed, or where the disk said that it had not
	// taken the end which it has all the same, and it was taken back.
	const ends = new Map(records.flatMap(record => (record.record === 'end' ? [[record.run, record] as const] : [])));
	for (const record of records) {
		const run = runs.get(record.run);
		switch (record.record) {
			case 'begin': {
				const {verb, at, by, choice} = record;
				const open = {ended: null, outcome: null, proof: null, failure: null};
				runs.set(record.run, {run: record.run, verb, begun: at, by, choice, ...open});
				break;
			}
			case 'intent': {
				const {step, kind, title, args, inverse} = record;
				// Undoing is announced too, but what stands of it is told by its `undone` record.
				if (kind !== 'undo')
					standing.set(keyOf(record.run, step), {run: record.run, step, kind, title, args, inverse, done: false});
				break;
			}
			case 'done': {
				const step = standing.get(keyOf(record.run, record.step));
				if (!step) break;
				step.done = true;
				if (passing.includes(step.kind)) standing.delete(keyOf(record.run, record.step));
				break;
			}
			case 'undone':
				standing.delete(keyOf(record.ofRun, record.step));
				break;
			case 'proof':
				if (run) run.proof = {at: record.at, outcome: record.outcome, sentence: record.sentence};
				break;
			case 'end':
				if (ends.get(record.run) !== record) break;
				if (run) Object.assign(run, {outcome: record.outcome, ended: record.at});
				if (record.outcome === 'done' || record.outcome === 'unproven') settle(standing, record.run);
				break;
			case 'failed':
				if (run) run.failure = record.error;
				break;
			case 'resumed':
				if (run) run.failure = null;
				break;
		}
	}
	return receiptOf([...runs.values()], [...standing.values()], records.at(-1)?.sequence ?? 0);
}

/** A run has ended well: each of its steps goes into the one that an earlier run made of the same thing. */
function settle(standing: Map<string, StandingStep>, run: string): void {
	for (const [key, step] of standing) {
		if (step.run !== run || !step.done) continue;
		if (mending.includes(step.kind)) {
			standing.delete(key);
			continue;
		}
		const earlier = [...standing].find(
			([other, {run: itsRun}]) => other !== key && itsRun !== run && sameThing(standing.get(other), step),
		);
		if (earlier) {
			const [earlierKey, before] = earlier;
			standing.set(earlierKey, merged(before, step));
			standing.delete(key);
		}
	}
	for (const [key, step] of standing) if (standsForNothing(step)) standing.delete(key);
}

const sameThing = (a: StandingStep | undefined, b: StandingStep): boolean =>
	a !== undefined && a.kind === b.kind && thingOf(a) === thingOf(b);

function receiptOf(runs: RunSummary[], standing: StandingStep[], sequence: number): Receipt {
	const owns = (run: RunSummary): boolean => standing.some(step => step.run === run.run);
	const last = runs.at(-1);
	const uninstallCutShort = last?.verb === 'uninstall' && !finished(last) && standing.length > 0 ? last : null;
	const isInstalled = runs.some(run => settingUp.includes(run.verb) && owns(run));
	const states = isInstalled
		? runs.filter(run => settingUp.includes(run.verb) && finished(run) && run.choice !== null)
		: [];
	return {
		sequence,
		runs,
		standing,
		installed: states.at(-1) ?? null,
		previous: previousOf(states, standing),
		unfinished: uninstallCutShort ?? runs.findLast(run => run.verb !== 'fix' && !finished(run) && owns(run)) ?? null,
	};
}

/** The state before the one in force that was another one, as far as its tree still stands. */
function previousOf(states: readonly RunSummary[], standing: readonly StandingStep[]): RunSummary | null {
	const now = states.at(-1);
	if (!now?.choice) return null;
	const trees = treesIn(standing);
	const same = (choice: Choice): boolean =>
		JSON.stringify(stateOf(choice)) === JSON.stringify(stateOf(now.choice as Choice));
	return (
		states.findLast(({choice}) => choice !== null && !same(choice) && trees.some(tree => isTreeOf(tree, choice))) ??
		null
	);
}

/** What tells two states of an installation apart. */
const stateOf = ({runtime, hypervisor, variant, release, guestMemoryMiB, options}: Choice): unknown => [
	runtime,
	hypervisor,
	variant ?? null,
	release.version,
	release.archives.map(({name, sha256}) => [name, sha256]),
	guestMemoryMiB ?? null,
	Object.entries(options ?? {}).sort(),
];

/** The verbs of runs that choose what is in force. */
const settingUp: readonly Verb[] = ['install', 'switch', 'upgrade', 'rollback', 'adopt'];

/** Whether a run came to the end of its plan. */
export const finished = ({outcome}: RunSummary): boolean => outcome === 'done' || outcome === 'unproven';

const keyOf = (run: string, step: string): string => `${run} ${step}`;

/** What a plan was made on: the last record's number, or 0 where nothing of ours stands. */
export const sequenceOf = ({standing, sequence}: Receipt): number => (standing.length > 0 ? sequence : 0);

/** The trees that stand. */
const treesIn = (standing: readonly StandingStep[]): TreeFacts[] =>
	standing
		.filter(({done}) => done)
		.flatMap(({kind, args, inverse, run, step}): TreeFacts[] => {
			const record = {run, step};
			if (kind === 'adopt-tree') {
				const {tree, version, runtime, runtimes} = args as StepArguments['adopt-tree'];
				const has = {runtime, ...(runtimes ? {runtimes} : {})};
				return [{path: tree, version, ...has, archives: [], record, recorded: true, adopted: true}];
			}
			if (kind !== 'unpack-tree') return [];
			const {tree, version, runtime, archives} = args as StepArguments['unpack-tree'];
			const recorded = (inverse as UnpackedTree | null)?.recorded === true;
			const from = archives.map(({name, sha256}) => ({name, sha256}));
			return [{path: tree, version, runtime, archives: from, record, ...(recorded ? {recorded: true} : {})}];
		});

/** The version of the kata-setup that is kept for the stand-alone uninstall, or null. */
function keptIn(standing: readonly StandingStep[]): string | null {
	const kept = standing.find(({kind, done}) => kind === 'keep-program' && done);
	return (kept?.inverse as KeptProgram | undefined)?.version ?? null;
}

/** The part of the receipt that plans depend on and that everybody may read: no passwords are in it. */
export function installationOf(receipt: Receipt): InstallationFacts | null {
	const {installed, unfinished, previous, standing, runs} = receipt;
	const anchor = installed ?? unfinished;
	if (!anchor) return null;
	const choice = anchor.choice ?? null;
	const argsOf = <K extends StepKind>(kind: K, test: (args: StepArguments[K]) => boolean): StepArguments[K] | null =>
		(standing.find(step => step.kind === kind && test(step.args as StepArguments[K]))?.args as StepArguments[K]) ??
		null;
	const trees = treesIn(standing);
	const active = argsOf('link', ({path}) => path === activePairLink)?.target ?? null;
	const prefix = argsOf('link', ({path}) => path === kataPrefix)?.target ?? null;
	return {
		version: choice?.release.version ?? 'unknown',
		runtime: choice?.runtime ?? 'rust',
		hypervisor: choice?.hypervisor ?? 'unknown',
		...(choice?.variant === undefined ? {} : {variant: choice.variant}),
		tree:
			trees.find(({path}) => active !== null && path.endsWith(active.slice(active.indexOf('/'))))?.path ??
			(prefix === null ? '' : `/opt/${prefix}`),
		handler: argsOf('containerd-config', () => true)?.handler ?? null,
		unfinishedRun: unfinished?.run ?? null,
		sequence: receipt.sequence,
		choice: choice && withoutPasswords(choice),
		previous: previous?.choice ? withoutPasswords(previous.choice) : null,
		trees,
		owned: ownedOf(standing),
		proof: runs.findLast(({proof}) => proof !== null)?.proof ?? null,
		keptProgram: keptIn(standing),
		lastRun: lastRunOf(runs),
		unfinished: unfinished && {run: unfinished.run, verb: unfinished.verb, begun: unfinished.begun, by: unfinished.by},
	};
}
