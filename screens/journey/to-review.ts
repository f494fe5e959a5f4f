/** The way to Review, on it, and back from it. Pure. */
import {pairName} from '../../src/catalogue/catalogue.ts';
import type {Command} from '../keys.ts';
import {toOptions} from './choosing.ts';
import {moved, open} from './pages.ts';
import {begin} from './pending.ts';
import {chooses, choosesIn, optionsFor, pairOf, unverifiedArchives} from './questions.ts';
import type {Extent, Journey} from './state.ts';

/** To Review; a plan that was made for the same question is still there. */
export function toReview(state: Journey): Journey {
	const answers = [pairName(pairOf(state)), JSON.stringify(optionsFor(state))];
	const key = state.finishing ? 'finish' : chooses(state.verb) ? [state.verb, ...answers].join(' ') : state.verb;
	const next: Journey = {...state, screen: 'review', starting: {...state.starting, state: 'idle', error: null}};
	if (state.planning.state === 'ready' && state.planning.key === key) return next;
	return {...next, reviewCursor: 0, planning: {...begin(state.planning), key, plan: null, rest: null, said: ''}};
}

function beforeReview(state: Journey): Journey['screen'] {
	// Options lead here at once: back to them would be a way without an end.
	if (choosesIn(state) && state.choiceFrom === 'options') return 'home';
	if (choosesIn(state)) return pairOf(state).variant === undefined ? 'hypervisor' : 'advanced';
	return state.verb === 'adopt' && !state.finishing ? 'host' : 'home';
}

/** A key pressed on Review, its plan there, still waited for or failed. */
export function reviewCommand(state: Journey, name: Command, extent: Extent): Journey {
	if (name === 'back') {
		const waiting = state.planning.state === 'busy';
		const planning: Journey['planning'] = waiting ? {...state.planning, state: 'idle'} : state.planning;
		return {...state, planning, screen: beforeReview(state)};
	}
	if (state.starting.state === 'failed' || state.planning.state === 'failed') {
		if (name !== 'take') return {...state, resultTop: moved(state.resultTop, name, extent.maxTop, extent.rows)};
		if (state.planning.state === 'failed')
			return {...state, planning: {...begin(state.planning), plan: null, said: ''}};
		return {...state, screen: 'host', looking: begin(state.looking), starting: {...state.starting, state: 'idle'}};
	}
	if (name === 'options') return toOptions(state, 'review');
	if (name === 'settings') return open(state, {page: name, top: 0, left: 0});
	if (name === 'install')
		return unverifiedArchives(state.planning.plan).length > 0
			? open(state, {page: 'unverified', top: 0})
			: {...state, starting: begin(state.starting)};
	if (name === 'take') {
		const step = state.reviewCursor - 1;
		return open(state, step < 0 ? {page: 'command', top: 0} : {page: 'step', step, top: 0});
	}
	return {...state, reviewCursor: moved(state.reviewCursor, name, extent.entries - 1, extent.rows)};
}
