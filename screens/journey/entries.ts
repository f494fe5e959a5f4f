/** What each list on the screen has, in its order, and where its cursor is. Pure. */
import {hypervisors, runtimes} from '../../src/catalogue/catalogue.ts';
import {undescribedHere} from '../../src/catalogue/variants.ts';
import {type VariantHere, variantsHere} from '../../src/catalogue/variants-here.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {choiceOptions} from '../../src/kataconfig/option-choices.ts';
import {isOnlyForward} from '../../src/plan/ways-on.ts';
import {canAdopt, hasDrifted, versionIn} from './questions.ts';
import type {Journey} from './state.ts';

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
	| 'runtime'
	| 'options'
	| 'upgrade'
	| 'rollback'
	| 'test'
	| 'check'
	| 'finish'
	| 'undo'
	| 'unfinished'
	| 'uninstall';

/**
 * The actions of Home, in the order of their list: what becomes of a run that was not finished, then what drifted. A repair
 * is there without that, too: it compares contents, which a look at Home does not.
 */
export function homeActions({facts}: Pick<Journey, 'facts'>): readonly HomeAction[] {
	const installation = facts?.installation;
	// An uninstall that was begun can only be finished.
	if (installation?.unfinished?.verb === 'uninstall') return ['uninstall', 'unfinished', 'check'];
	if (installation?.unfinishedRun) return ['finish', 'undo', 'unfinished', 'check', 'uninstall'];
	return [
		...(hasDrifted({facts}) ? (['repair'] as const) : []),
		'switch',
		'runtime',
		'options',
		'upgrade',
		...(installation?.previous ? (['rollback'] as const) : []),
		'test',
		...(hasDrifted({facts}) ? [] : (['repair'] as const)),
		'check',
		'uninstall',
	];
}

/** The answers to "leave a run that is going on?". */
export type LeaveAnswer = 'stay' | 'background' | 'stop' | 'cancel';

/** While a run is undoing there is nothing to cancel; one that is never turned round can only be stopped. */
export function leaveAnswers({cancelAsked, stopAsked, run, verb}: Journey): readonly LeaveAnswer[] {
	if (cancelAsked || run?.phase === 'undoing') return ['stay', 'background'];
	const ends: LeaveAnswer[] = [
		...(stopAsked ? [] : ['stop' as const]),
		...(isOnlyForward(verb) ? [] : ['cancel' as const]),
	];
	return ['stay', 'background', ...ends];
}

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
