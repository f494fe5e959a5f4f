/** What a hypervisor means on this host: does it run, why not and what helps, and is it recommended. */
import {hypervisorTitle} from '../src/catalogue/availability.ts';
import type {Hypervisor, Runtime} from '../src/catalogue/catalogue.ts';
import {remedyFor} from '../src/catalogue/remedy.ts';
import {outlookOfPairs, type PairOutlook, pairTitle} from '../src/facts/outlook.ts';
import type {Row} from './doc.ts';
import {availabilityIn, recommendedIn, versionIn} from './journey/questions.ts';
import type {Journey} from './journey/state.ts';

function outlookIn(state: Journey, hypervisor: Hypervisor): PairOutlook | null {
	const pairs = outlookOfPairs(state.pairs, state.findings);
	return pairs.find(pair => pair.runtime === state.runtime && pair.hypervisor === hypervisor) ?? null;
}

/** Whether it runs with the chosen runtime, with what is changed for it and what is doubtful; or why not. */
export function hereWords(state: Journey, hypervisor: Hypervisor): string {
	const availability = availabilityIn(state, {runtime: state.runtime, hypervisor});
	if (availability.state !== 'ok') return `cannot run: ${availability.reason}`;
	const outlook = outlookIn(state, hypervisor);
	const what =
		outlook?.outlook === 'unknown'
			? [`could not be told: ${outlook.reasons.join('; ')}`]
			: ['runs', ...availability.changes];
	return [...what, ...(outlook?.doubts ?? []).map(doubt => `but ${doubt}`)].join('; ');
}

/** What would make it available with the chosen runtime, half a line; null: it is, or nothing here would. */
export const remedyIn = (state: Journey, hypervisor: Hypervisor, runtime: Runtime = state.runtime): string | null =>
	state.facts && availabilityIn(state, {runtime, hypervisor}).state !== 'ok'
		? remedyFor({runtime, hypervisor}, state.facts, versionIn(state), state.findings)
		: null;

/** Whether it is the recommended one, with the chosen runtime. */
export function isRecommended(state: Journey, hypervisor: Hypervisor): boolean {
	const pair = recommendedIn(state)?.pair;
	return pair?.runtime === state.runtime && pair.hypervisor === hypervisor;
}

/** The recommendation in one sentence; null where there is none. With another runtime its name is said, too. */
export function recommendationWords(state: Journey): string | null {
	const best = recommendedIn(state);
	if (!best) return null;
	const name = best.pair.runtime === state.runtime ? hypervisorTitle(best.pair.hypervisor) : pairTitle(best.pair);
	return [`${name} is recommended`, ...because(best.reasons)].join(' ');
}

const because = (reasons: readonly string[]): string[] =>
	reasons.length === 0 ? [] : [`because: ${reasons.join('; ')}`];

/** What stands before the traits: does it run, what would help, why it is recommended. */
export function hereRows(state: Journey, hypervisor: Hypervisor): Row[] {
	const available = availabilityIn(state, {runtime: state.runtime, hypervisor}).state === 'ok';
	const outlook = outlookIn(state, hypervisor);
	const sure = available && outlook?.outlook !== 'unknown' && outlook?.doubts.length === 0;
	const remedy = remedyIn(state, hypervisor);
	return [
		{label: 'On this host', value: hereWords(state, hypervisor), tone: sure ? 'good' : 'warn'},
		...(remedy === null ? [] : [{label: 'To get it', value: remedy}]),
	];
}

/** Why it is recommended, as a row; none for the others. */
export const recommendedRows = (state: Journey, hypervisor: Hypervisor): Row[] =>
	isRecommended(state, hypervisor)
		? [{label: 'Recommended', value: because(recommendedIn(state)?.reasons ?? []).join('') || 'for this host'}]
		: [];
