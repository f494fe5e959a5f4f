/** What came back from outside: a look at the host, a plan, a run's events. Pure. */
import {runtimes} from '../../src/catalogue/catalogue.ts';
import {foldEvents} from '../run-view.ts';
import {runtimeOfVariant} from './choosing.ts';
import {awaited, failed, ready} from './pending.ts';
import {hypervisorUnder, runtimeAvailable} from './questions.ts';
import type {Action, Journey} from './state.ts';

/** What came back from outside. An answer to a question that is no longer asked changes nothing. */
export function answer(
	state: Journey,
	action: Exclude<Action, {type: 'command' | 'highlight' | 'tick' | 'signal' | 'rehearsal-failed'}>,
): Journey {
	switch (action.type) {
		case 'found':
			return awaited(state.looking, action.attempt) ? {...state, early: action.early} : state;
		case 'gathered': {
			if (!awaited(state.looking, action.attempt)) return state;
			const {facts, findings, pairs} = action;
			const known = withRecommended(
				{...state, facts, findings, pairs, early: null, looking: ready(state.looking)},
				state,
			);
			const runtime = startingRuntime(known);
			const atHome = facts.installation !== null && state.facts === null;
			return {
				...known,
				runtime,
				hypervisor: hypervisorUnder(known, runtime, known.hypervisor),
				screen: atHome ? 'home' : state.screen,
				hostCursor: 0,
				planning: {...state.planning, state: 'idle', plan: null, rest: null},
			};
		}
		case 'gather-failed':
			return awaited(state.looking, action.attempt)
				? {...state, early: null, looking: failed(state.looking, action.error)}
				: state;
		case 'said':
			return awaited(state.planning, action.attempt)
				? {...state, planning: {...state.planning, said: action.line}}
				: state;
		case 'planned':
			return awaited(state.planning, action.attempt)
				? {
						...state,
						reviewCursor: 0,
						verb: action.rest ? action.plan.verb : state.verb,
						planning: {...ready(state.planning), plan: action.plan, rest: action.rest ?? null},
					}
				: state;
		case 'plan-failed':
			return awaited(state.planning, action.attempt)
				? {...state, resultTop: 0, planning: failed(state.planning, action.error)}
				: state;
		case 'attached':
			return {...state, screen: 'install', starting: {attempt: 1, state: 'ready', error: null}};
		case 'started':
			return awaited(state.starting, action.attempt)
				? {...state, screen: 'install', page: null, starting: ready(state.starting)}
				: state;
		case 'start-failed':
			return awaited(state.starting, action.attempt)
				? {...state, resultTop: 0, starting: failed(state.starting, action.error)}
				: state;
		case 'events': {
			const run = foldEvents(state.run, action.events);
			const next = {...state, run, verb: run.verb};
			return run.phase === 'finished' ? arrive(next) : next;
		}
		case 'lost':
			return arrive({...state, run: {...foldEvents(state.run, []), phase: 'finished', error: action.error}});
	}
}

/** The run is over: its result is shown, whatever lay over the screen. */
const arrive = (state: Journey): Journey => ({...state, screen: 'result', leaving: null, page: null, resultTop: 0});

/** At the first look the cursors go to what is recommended, where nothing was asked for; later they stay. */
function withRecommended(known: Journey, before: Journey): Journey {
	const best = known.pairs.find(({recommended}) => recommended);
	if (!best || before.facts) return known;
	const runtime = known.preset.runtime ?? runtimeOfVariant(known) ?? best.runtime;
	const under = runtime === best.runtime ? best.hypervisor : known.hypervisor;
	return {...known, runtime, hypervisor: known.preset.hypervisor ?? under};
}

/** The runtime that the cursor starts on: the one asked for, unless only the other can run here. */
function startingRuntime(state: Journey): Journey['runtime'] {
	if (runtimeAvailable(state, state.runtime)) return state.runtime;
	return runtimes.find(runtime => runtimeAvailable(state, runtime)) ?? state.runtime;
}
