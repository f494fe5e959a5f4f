/** The choices: runtime, hypervisor, Advanced and Options. Pure. */
import {isDeepStrictEqual} from 'node:util';
import {hypervisors, type Runtime, runtimes} from '../../src/catalogue/catalogue.ts';
import {pairOfVariant} from '../../src/catalogue/variants.ts';
import {changed, choiceOptions} from '../../src/kataconfig/option-choices.ts';
import type {Command} from '../keys.ts';
import {advancedEntries} from './entries.ts';
import {open} from './pages.ts';
import {availabilityIn, hypervisorUnder, optionsFor, optionsOfLastTime, pairOf, runtimeAvailable} from './questions.ts';
import type {Journey} from './state.ts';
import {toReview} from './to-review.ts';

/** A key pressed on Runtime or Hypervisor. */
export function choiceCommand(state: Journey, name: Command): Journey {
	const {runtime, hypervisor} = state;
	if (name === 'details' || name === 'why') return open(state, {page: name, top: 0});
	if (name === 'advanced') return toAdvanced(state);
	// The highlighted one is seen at once, with its neighbour before it.
	if (name === 'compare')
		return open(state, {page: name, top: 0, left: Math.max(0, hypervisors.indexOf(hypervisor) - 1)});
	if (state.screen === 'runtime') {
		if (name === 'back') return {...state, screen: state.verb === 'install' ? 'host' : 'home'};
		if (name !== 'take') return state;
		if (!runtimeAvailable(state, runtime)) return open(state, {page: 'why', top: 0});
		return toHypervisor(state);
	}
	if (name === 'back') return {...state, screen: state.choiceFrom === 'hypervisor' ? 'home' : 'runtime'};
	if (name === 'options') return toOptions(state, 'hypervisor');
	if (name !== 'take') return state;
	return availabilityIn(state, {runtime, hypervisor}).state === 'ok'
		? toReview(state)
		: open(state, {page: 'why', top: 0});
}

/** To Hypervisor; to Advanced where a variant is the answer so far. */
export function toHypervisor(state: Journey): Journey {
	if (pairOf(state).variant !== undefined) return toAdvanced(state);
	return {...state, screen: 'hypervisor', hypervisor: hypervisorUnder(state, state.runtime, state.hypervisor)};
}

/** A key pressed on Advanced. */
export function advancedCommand(state: Journey, name: Command): Journey {
	if (name === 'details') return open(state, {page: name, top: 0});
	if (name === 'back') return {...state, screen: 'hypervisor', variant: null};
	const taken = name === 'take' ? takenVariant(state) : null;
	return taken ? toReview(taken) : state;
}

/** A person comes here who wants it: what was set for another pair, and cannot be here, is set no more. */
export const toOptions = (state: Journey, from: Journey['optionsFrom']): Journey => ({
	...state,
	screen: 'options',
	optionsFrom: from,
	options: optionsFor(state),
});

/** A key pressed on Options. */
export function optionsCommand(state: Journey, name: Command): Journey {
	const {facts, options, optionCursor} = state;
	if (name === 'back') return fromOptions(state);
	const option = choiceOptions[optionCursor];
	if (!facts || option === undefined) return state;
	if (name === 'reset') {
		const {[option]: _, ...others} = options;
		return {...state, options: others};
	}
	if (name !== 'take' && name !== 'left' && name !== 'right') return state;
	return {...state, options: changed(options, pairOf(state), facts, option, name === 'left' ? -1 : 1)};
}

function fromOptions(state: Journey): Journey {
	if (state.optionsFrom === 'hypervisor') return {...state, screen: 'hypervisor'};
	const isAsBefore = isDeepStrictEqual(state.options, optionsOfLastTime(state));
	return state.optionsFrom === 'home' && isAsBefore ? {...state, screen: 'home'} : toReview(state);
}

/** To Advanced, at the variant that was asked for or taken last. */
function toAdvanced(state: Journey): Journey {
	const at = advancedEntries(state).findIndex(
		one => one.entry === 'variant' && one.variant.name === pairOf(state).variant,
	);
	return {...state, screen: 'advanced', advancedCursor: Math.max(0, at)};
}

/** With the highlighted variant as the answer; null: it can be read and not chosen. */
export function takenVariant(state: Journey): Journey | null {
	const chosen = advancedEntries(state)[state.advancedCursor];
	if (chosen?.entry !== 'variant' || !chosen.variant.available) return null;
	const pair = pairOfVariant(chosen.variant);
	return pair && {...state, hypervisor: pair.hypervisor, variant: chosen.variant.name};
}

/** Where a variant was asked for: the runtime that can have it here; null where none can, or none was asked for. */
export const runtimeOfVariant = (known: Journey): Runtime | null =>
	runtimes.find(runtime =>
		advancedEntries({...known, runtime}).some(
			one => one.entry === 'variant' && one.variant.available && one.variant.name === known.preset.variant,
		),
	) ?? null;
