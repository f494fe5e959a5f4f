/** What the wizard knows and where it stands: plain data, changed by `journey.ts` alone. */
import type {RunEvent} from '../src/apply/events.ts';
import {type PairAvailability, recommend} from '../src/catalogue/availability.ts';
import {
	type Hypervisor,
	hypervisors,
	type Pair,
	type Runtime,
	runtimes,
	samePair,
	variantOf,
} from '../src/catalogue/catalogue.ts';
import {undescribedHere} from '../src/catalogue/variants.ts';
import {type VariantHere, variantsHere} from '../src/catalogue/variants-here.ts';
import type {ErrorReport, ExitName} from '../src/errors.ts';
import type {Facts} from '../src/facts/facts.ts';
import {mayBeAdopted} from '../src/facts/findings/kata/ways.ts';
import type {Finding} from '../src/facts/findings.ts';
import type {Early} from '../src/facts/looked.ts';
import {outlookOfPairs, type Recommendation, recommendationOf} from '../src/facts/outlook.ts';
import {type ChosenOptions, choiceOptions, fittingOptions} from '../src/kataconfig/option-choices.ts';
import type {Rest} from '../src/plan/finish-run.ts';
import type {Plan, Verb} from '../src/plan/plan.ts';
import type {Command} from './keys.ts';
import type {RunView} from './run-view.ts';
import type {Preset, WizardResult} from './session.ts';

export type ScreenName =
	| 'home'
	| 'host'
	| 'runtime'
	| 'hypervisor'
	| 'advanced'
	| 'options'
	| 'review'
	| 'install'
	| 'result';

/** A page lies over its screen and is closed with Esc. `top` is its first visible line. */
export type Page = {readonly top: number} & (
	| {readonly page: 'finding'; readonly finding: number}
	| {readonly page: 'step'; readonly step: number}
	/** Here `top` is the first visible row of the table, and `left` its first visible column. */
	| {readonly page: 'compare' | 'settings'; readonly left: number}
	| {
			readonly page: 'outlook' | 'fine' | 'details' | 'why' | 'log' | 'unverified' | 'command' | 'drift' | 'unfinished';
	  }
);

/** Work that is under way outside the screens. `attempt` tells a late answer from the awaited one. */
export interface Pending {
	readonly attempt: number;
	readonly state: 'idle' | 'busy' | 'ready' | 'failed';
	readonly error: ErrorReport | null;
}

export interface Journey {
	/** The throwaway root of a rehearsal, else null. */
	readonly rehearsal: {readonly root: string} | null;
	readonly screen: ScreenName;
	readonly page: Page | null;
	/** The question what shall become of a run that is going on; the chosen answer's index. */
	readonly leaving: {readonly cursor: number} | null;
	readonly verb: Verb;
	/** Whether the run that was not finished is looked at, or gone on with, by its own plan. */
	readonly finishing: boolean;
	readonly looking: Pending;
	/** What is found already while the host is being looked at; null before the first and after the last of it. */
	readonly early: Early | null;
	readonly facts: Facts | null;
	readonly findings: readonly Finding[];
	readonly pairs: readonly PairAvailability[];
	/** The answers that were given before the wizard: they come before what is recommended. */
	readonly preset: Preset;
	/** Where the cursor is on the choices; what is under it when Enter comes is the answer. */
	readonly runtime: Runtime;
	readonly hypervisor: Hypervisor;
	/** The variant of the hypervisor that was asked for or taken on Advanced; null: the plain one. */
	readonly variant: string | null;
	/** What a guest gets otherwise than by itself. */
	readonly options: ChosenOptions;
	readonly optionCursor: number;
	readonly advancedCursor: number;
	/** Where Options was opened, and leads back to. */
	readonly optionsFrom: 'hypervisor' | 'review';
	readonly homeCursor: number;
	readonly hostCursor: number;
	readonly reviewCursor: number;
	readonly resultTop: number;
	readonly planning: Pending & {
		readonly plan: Plan | null;
		/** Where the plan is that of an unfinished run: how far that came. */
		readonly rest: Rest | null;
		readonly said: string;
		readonly key: string;
	};
	readonly starting: Pending;
	readonly run: RunView | null;
	readonly cancelAsked: boolean;
	readonly stopAsked: boolean;
	readonly rehearseAsked: boolean;
	readonly end: Pick<WizardResult, 'kind' | 'exit'> | null;
}

/** How far the list or the page on the screen goes, as it is laid out now. */
export interface Extent {
	readonly entries: number;
	readonly maxTop: number;
	readonly rows: number;
	/** How far it goes to the right: only a table does. */
	readonly maxLeft?: number;
}

export type Action =
	| {type: 'command'; command: Command; extent: Extent}
	| {type: 'highlight'; index: number}
	| {type: 'found'; attempt: number; early: Early}
	| {type: 'gathered'; attempt: number; facts: Facts; findings: Finding[]; pairs: PairAvailability[]}
	| {type: 'gather-failed'; attempt: number; error: ErrorReport}
	| {type: 'said'; attempt: number; line: string}
	| {type: 'planned'; attempt: number; plan: Plan; rest?: Rest}
	| {type: 'plan-failed'; attempt: number; error: ErrorReport}
	| {type: 'attached'}
	| {type: 'started'; attempt: number}
	| {type: 'start-failed'; attempt: number; error: ErrorReport}
	| {type: 'events'; events: readonly RunEvent[]}
	| {type: 'lost'; error: ErrorReport}
	| {type: 'rehearsal-failed'; error: ErrorReport}
	| {type: 'tick'; now: number}
	| {type: 'signal'};

const idle: Pending = {attempt: 0, state: 'idle', error: null};

export function startOf(preset: Preset, rehearsal: {root: string} | null): Journey {
	return {
		rehearsal,
		screen: 'host',
		page: null,
		leaving: null,
		verb: 'install',
		finishing: false,
		looking: {attempt: 1, state: 'busy', error: null},
		early: null,
		facts: null,
		findings: [],
		pairs: [],
		preset,
		runtime: preset.runtime ?? 'rust',
		hypervisor: preset.hypervisor ?? 'qemu',
		variant: preset.variant ?? null,
		options: preset.options ?? {},
		optionCursor: 0,
		advancedCursor: 0,
		optionsFrom: 'hypervisor',
		homeCursor: 0,
		hostCursor: 0,
		reviewCursor: 0,
		resultTop: 0,
		planning: {...idle, plan: null, rest: null, said: '', key: ''},
		starting: idle,
		run: null,
		cancelAsked: false,
		stopAsked: false,
		rehearseAsked: false,
		end: null,
	};
}

/** The pair that the answers name. A variant that the runtime or the hypervisor does not have is none. */
export function pairOf({runtime, hypervisor, variant}: Pick<Journey, 'runtime' | 'hypervisor' | 'variant'>): Pair {
	const pair: Pair = {runtime, hypervisor};
	return variant !== null && variantOf({...pair, variant}) ? {...pair, variant} : pair;
}

/** The availability of one plain pair on this host. */
export function availabilityIn(state: Journey, pair: Pair): PairAvailability['availability'] {
	const found = state.pairs.find(one => samePair(one, pair));
	return found?.availability ?? {state: 'unavailable', reason: 'not known to this kata-setup'};
}

/** The release that was asked for; null: the newest. */
export const versionIn = ({preset}: Pick<Journey, 'preset'>): string | null => preset.version ?? null;

/** The recommended pair and why it is: the reasons half a line each, the most important first. Null: none is. */
export const recommendedIn = (state: Journey): Recommendation | null =>
	state.facts ? recommendationOf(outlookOfPairs(state.pairs, state.findings), state.facts, versionIn(state)) : null;

/** A runtime can be chosen if one hypervisor can run with it. */
export const runtimeAvailable = (state: Journey, runtime: Runtime): boolean =>
	state.pairs.some(pair => pair.runtime === runtime && pair.availability.state === 'ok');

export const canRun = (state: Journey): boolean =>
	!state.findings.some(({severity, affects}) => severity === 'blocker' && affects === 'all') &&
	runtimes.some(runtime => runtimeAvailable(state, runtime));

/** The hypervisor to start from under a runtime: the one asked for if it can be had, else the recommended one. */
export function hypervisorUnder(state: Journey, runtime: Runtime, wanted: Hypervisor): Hypervisor {
	if (availabilityIn(state, {runtime, hypervisor: wanted}).state === 'ok') return wanted;
	const best = state.facts ? recommend(state.facts, versionIn(state), {runtime, findings: state.findings}) : null;
	const known = best ? [best.hypervisor, ...hypervisors] : hypervisors;
	return known.find(hypervisor => availabilityIn(state, {runtime, hypervisor}).state === 'ok') ?? wanted;
}

/** What Advanced lists; `undescribed`: a configuration of the installed release that nobody has described. */
export type AdvancedEntry =
	| {readonly entry: 'variant'; readonly variant: VariantHere}
	| {readonly entry: 'undescribed'; readonly file: string};

/** The variants of the runtime, those that can be chosen first, then what is not described. */
export function advancedEntries(state: Pick<Journey, 'facts' | 'findings' | 'runtime' | 'preset'>): AdvancedEntry[] {
	const {facts, findings, runtime, preset} = state;
	if (!facts) return [];
	const version = versionIn({preset});
	return [
		...variantsHere(facts, runtime, version, findings).map(variant => ({entry: 'variant' as const, variant})),
		...undescribedHere(facts, version)
			.filter(one => one.runtime === runtime)
			.map(({file}) => ({entry: 'undescribed' as const, file})),
	];
}

export type HomeAction =
	| 'repair'
	| 'switch'
	| 'upgrade'
	| 'rollback'
	| 'test'
	| 'check'
	| 'finish'
	| 'undo'
	| 'unfinished'
	| 'uninstall';

/** Verbs for which the person chooses a pair and its options. */
export const chooses = (verb: Verb): verb is 'install' | 'switch' => verb === 'install' || verb === 'switch';

/** Whether the pair and its options are chosen on the way to this plan. */
export const choosesIn = ({finishing, verb}: Pick<Journey, 'finishing' | 'verb'>): boolean =>
	!finishing && chooses(verb);

/** Whether something of ours is not as we left it. */
export const hasDrifted = ({facts}: Pick<Journey, 'facts'>): boolean => (facts?.drift?.items.length ?? 0) > 0;

/** The actions of Home, in the order of their list: what becomes of a run that was not finished, then what drifted. */
export function homeActions({facts}: Pick<Journey, 'facts'>): readonly HomeAction[] {
	const installation = facts?.installation;
	// An uninstall that was begun can only be finished.
	if (installation?.unfinished?.verb === 'uninstall') return ['uninstall', 'unfinished', 'check'];
	if (installation?.unfinishedRun) return ['finish', 'undo', 'unfinished', 'check', 'uninstall'];
	return [
		...(hasDrifted({facts}) ? (['repair'] as const) : []),
		'switch',
		'upgrade',
		...(installation?.previous ? (['rollback'] as const) : []),
		'test',
		'check',
		'uninstall',
	];
}

/** The answers to "leave a run that is going on?"; while it is undoing there is nothing to cancel. */
export type LeaveAnswer = 'stay' | 'background' | 'stop' | 'cancel';
export const leaveAnswers = (state: Journey): readonly LeaveAnswer[] =>
	state.cancelAsked || state.run?.phase === 'undoing'
		? ['stay', 'background']
		: ['stay', 'background', ...(state.stopAsked ? [] : ['stop' as const]), 'cancel'];

/** The answer under the cursor. The last one goes when the run is undone meanwhile: the cursor is then on the first. */
export const leaveCursor = (state: Journey): number =>
	state.leaving && state.leaving.cursor < leaveAnswers(state).length ? state.leaving.cursor : 0;

/** How many items the choice on the screen has and which one is highlighted; null where there is no choice. */
export function choiceIn(state: Journey): {count: number; index: number} | null {
	if (state.leaving) return {count: leaveAnswers(state).length, index: leaveCursor(state)};
	if (state.page) return null;
	if (state.screen === 'home') return {count: homeActions(state).length, index: state.homeCursor};
	if (state.screen === 'runtime') return {count: runtimes.length, index: runtimes.indexOf(state.runtime)};
	if (state.screen === 'advanced') return {count: advancedEntries(state).length, index: state.advancedCursor};
	if (state.screen === 'options') return {count: choiceOptions.length, index: state.optionCursor};
	if (state.screen === 'hypervisor') return {count: hypervisors.length, index: hypervisors.indexOf(state.hypervisor)};
	return null;
}

/** The archives of the plan that nothing vouches for. */
export const unverifiedArchives = (plan: Plan | null): string[] =>
	(plan?.choice?.release.archives ?? []).filter(({digestSource}) => digestSource === 'none').map(({name}) => name);

/** Is a run going on that the person may want to keep? */
export const runGoesOn = (state: Journey): boolean =>
	state.screen === 'install' && (state.run === null || state.run.phase !== 'finished');

/** The exit code's name for a run that is over. */
export function exitOf(run: RunView): ExitName {
	switch (run.outcome) {
		case 'done':
			return 'ok';
		case 'unproven':
			return 'unproven';
		case 'undone':
			return run.undo === 'cancelled' ? 'interrupted' : 'undone';
		case 'incomplete':
		case 'stopped':
			return 'incomplete';
		default:
			return run.error?.exit ?? 'bug';
	}
}

/** What was set of the options, as far as the chosen pair has it and this host allows it. */
export const optionsFor = (state: Journey): ChosenOptions =>
	state.facts ? fittingOptions(state.options, pairOf(state), state.facts) : state.options;

/** Whether the Kata that is here already can be made ours. */
export const canAdopt = ({facts}: Pick<Journey, 'facts'>): boolean => facts !== null && mayBeAdopted(facts);

/** What the Host screen lists: its cursor moves over these. `finding` is the index in `findings`. */
export type HostEntry =
	| {readonly entry: 'action' | 'adopt' | 'outlook' | 'fine'}
	| {readonly entry: 'finding'; readonly finding: number};

/** Fine findings that tell what this machine is; the other fine ones are one line together. */
const telling: readonly string[] = ['cpu', 'kvm', 'nested', 'engine', 'memory', 'space'];

const isFine = ({severity}: Finding): boolean => severity === 'ok';

/** The fine findings that have no line of their own. */
export const fineFindings = ({findings}: Pick<Journey, 'findings'>): readonly Finding[] =>
	findings.filter(finding => isFine(finding) && !telling.includes(finding.id));

/** The ways on, what can run, every finding that wants a look, and the rest. */
export function hostEntries(state: Journey): readonly HostEntry[] {
	const shown = state.findings.flatMap((finding, index): HostEntry[] =>
		isFine(finding) && !telling.includes(finding.id) ? [] : [{entry: 'finding', finding: index}],
	);
	return [
		...(canAdopt(state) ? [{entry: 'adopt'} as const] : []),
		{entry: 'action'},
		{entry: 'outlook'},
		...shown,
		...(fineFindings(state).length > 0 ? [{entry: 'fine'} as const] : []),
	];
}
