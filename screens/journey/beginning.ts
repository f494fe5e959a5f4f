/** Where a journey begins: Home of an installation, or Host. Pure. */
import type {Command} from '../keys.ts';
import {toHypervisor, toOptions} from './choosing.ts';
import {homeActions, hostEntries} from './entries.ts';
import {moved, open} from './pages.ts';
import {begin} from './pending.ts';
import {canRun, optionsOfLastTime} from './questions.ts';
import type {Extent, Journey} from './state.ts';
import {toReview} from './to-review.ts';

/** The answers of last time are where the choice begins. */
function withAnswersOfLastTime(state: Journey): Journey {
	const last = state.facts?.installation?.choice;
	const choosing: Journey = {...state, verb: 'switch', finishing: false};
	if (!last) return choosing;
	const options = {...optionsOfLastTime(state), ...state.options};
	return {...choosing, runtime: last.runtime, hypervisor: last.hypervisor, variant: last.variant ?? null, options};
}

/** Enter on an action of Home. */
export function homeTake(state: Journey): Journey {
	const action = homeActions(state)[state.homeCursor];
	switch (action) {
		case undefined:
			return state;
		case 'check':
			return {...state, screen: 'host', hostCursor: 0};
		case 'runtime':
			return {...withAnswersOfLastTime(state), screen: 'runtime', choiceFrom: 'runtime'};
		case 'switch':
			return toHypervisor({...withAnswersOfLastTime(state), choiceFrom: 'hypervisor'});
		case 'options':
			return toOptions({...withAnswersOfLastTime(state), choiceFrom: 'options'}, 'home');
		case 'finish':
		case 'unfinished': {
			const verb = state.facts?.installation?.unfinished?.verb ?? 'install';
			const review = toReview({...state, verb, finishing: true});
			return action === 'finish' ? review : {...review, screen: 'home', page: {page: 'unfinished', top: 0}};
		}
		default:
			return toReview({...state, verb: action, finishing: false});
	}
}

/** A key pressed on Host. */
export function hostCommand(state: Journey, name: Command, extent: Extent): Journey {
	if (name === 'look-again') return {...state, looking: begin(state.looking), hostCursor: 0};
	if (name === 'rehearse') return {...state, rehearseAsked: true};
	if (name === 'back') return {...state, screen: 'home'};
	if (name !== 'take') return {...state, hostCursor: moved(state.hostCursor, name, extent.entries - 1, extent.rows)};
	const entry = hostEntries(state)[state.hostCursor];
	if (entry?.entry === 'finding') return open(state, {page: 'finding', finding: entry.finding, top: 0});
	if (entry?.entry === 'adopt') return toReview({...state, verb: 'adopt', finishing: false});
	if (entry?.entry === 'outlook' || entry?.entry === 'fine') return open(state, {page: entry.entry, top: 0});
	if (state.facts?.installation) return {...state, screen: 'home'};
	return canRun(state)
		? {...state, screen: 'runtime', choiceFrom: 'runtime', verb: 'install', finishing: false}
		: {...state, rehearseAsked: !state.rehearsal};
}
