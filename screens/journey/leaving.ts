/** The ways out of the journey, and the question that a run which goes on is left with. Pure. */
import {exitOfRun} from '../../src/apply/exit-of-run.ts';
import type {Command} from '../keys.ts';
import {leaveAnswers, leaveCursor} from './entries.ts';
import {canRun, isStarting, runGoesOn} from './questions.ts';
import type {Journey} from './state.ts';

/**
 * First Ctrl-C in a run asks; in the question it means what a person means who presses it again: stop, and undo where that
 * can be had.
 */
export function interrupt(state: Journey): Journey {
	if (!runGoesOn(state)) return {...state, end: {kind: isStarting(state) ? 'detached' : 'quit', exit: 'interrupted'}};
	if (!state.leaving) return {...state, leaving: {cursor: 0}};
	const answers = leaveAnswers(state);
	if (answers.includes('cancel')) return {...state, leaving: null, cancelAsked: true};
	return answers.includes('stop') ? {...state, leaving: null, stopAsked: true} : leave(state, 'detached');
}

/** Asked to quit: a run that goes on is asked about first. */
export function quit(state: Journey): Journey {
	if (runGoesOn(state)) return {...state, leaving: {cursor: 0}};
	return leave(state, state.screen === 'result' ? null : 'quit');
}

/** The one way out. `null`: the run is over and its outcome decides. */
export function leave(state: Journey, kind: 'quit' | 'detached' | null): Journey {
	if (kind === 'detached') return {...state, end: {kind, exit: 'interrupted'}};
	if (kind === null && state.run) {
		const exit = exitOfRun(state.run.outcome, state.run.error);
		return {...state, end: {kind: exit === 'ok' ? 'done' : 'failed', exit}};
	}
	const blocked = state.looking.state === 'ready' && state.facts?.installation === null && !canRun(state);
	return {...state, end: {kind: 'quit', exit: blocked ? 'host' : 'ok'}};
}

/** A key pressed in the question what shall become of the run. */
export function leavingCommand(state: Journey, name: Command): Journey {
	if (name === 'back') return {...state, leaving: null};
	if (name !== 'take' || !state.leaving) return state;
	const chosen = leaveAnswers(state)[leaveCursor(state)] ?? 'stay';
	if (chosen === 'background') return leave(state, 'detached');
	return {
		...state,
		leaving: null,
		cancelAsked: state.cancelAsked || chosen === 'cancel',
		stopAsked: state.stopAsked || chosen === 'stop',
	};
}
