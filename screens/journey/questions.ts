/** What can be asked of a journey: what was answered, what can be had here, what a run came to. Pure. */
import {type PairAvailability, recommend} from '../../src/catalogue/availability.ts';
import {
	type Hypervisor,
	hypervisors,
	type Pair,
	type Runtime,
	runtimes,
	samePair,
	variantOf,
} from '../../src/catalogue/catalogue.ts';
import {mayBeAdopted} from '../../src/facts/findings/kata/ways.ts';
import {outlookOfPairs, type Recommendation, recommendationOf} from '../../src/facts/outlook.ts';
import {type ChosenOptions, fittingOptions} from '../../src/kataconfig/option-choices.ts';
import type {Plan, Verb} from '../../src/plan/plan.ts';
import type {Journey} from './state.ts';

/** Between the confirmation and the worker's first word nobody can say whether something was changed. */
export const isStarting = (state: Journey): boolean => state.starting.state === 'busy';

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

/** Whether anything can be installed on this host. */
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

/** Verbs for which the person chooses a pair and its options. */
export const chooses = (verb: Verb): verb is 'install' | 'switch' => verb === 'install' || verb === 'switch';

/** Whether the pair and its options are chosen on the way to this plan. */
export const choosesIn = ({finishing, verb}: Pick<Journey, 'finishing' | 'verb'>): boolean =>
	!finishing && chooses(verb);

/** Whether something of ours is not as we left it. */
export const hasDrifted = ({facts}: Pick<Journey, 'facts'>): boolean => (facts?.drift?.items.length ?? 0) > 0;

/** The archives of the plan that nothing vouches for. */
export const unverifiedArchives = (plan: Plan | null): string[] =>
	(plan?.choice?.release.archives ?? []).filter(({digestSource}) => digestSource === 'none').map(({name}) => name);

/** Is a run going on that the person may want to keep? */
export const runGoesOn = (state: Journey): boolean =>
	state.screen === 'install' && (state.run === null || state.run.phase !== 'finished');

/** What was set of the options, as far as the chosen pair has it and this host allows it. */
export const optionsFor = (state: Journey): ChosenOptions =>
	state.facts ? fittingOptions(state.options, pairOf(state), state.facts) : state.options;

/** What a guest of the installation gets otherwise than by itself. */
export function optionsOfLastTime({facts}: Pick<Journey, 'facts'>): ChosenOptions {
	const last = facts?.installation?.choice;
	return {
		...last?.options,
		...(last?.guestMemoryMiB === undefined ? {} : {'guest-memory': last.guestMemoryMiB}),
	};
}

/** Whether the Kata that is here already can be made ours. */
export const canAdopt = ({facts}: Pick<Journey, 'facts'>): boolean => facts !== null && mayBeAdopted(facts);
