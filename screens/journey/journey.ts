/** The journey's transitions: one pure reducer. Effects are started by `effects.ts` from what stands here. */
import {hypervisors, runtimes} from '../../src/catalogue/catalogue.ts';
import {bindingsOf} from '../bindings.ts';
import type {Command} from '../keys.ts';
import {homeTake, hostCommand} from './beginning.ts';
import {advancedCommand, choiceCommand, optionsCommand} from './choosing.ts';
import {interrupt, leave, leavingCommand, quit} from './leaving.ts';
import {answer} from './outside.ts';
import {extentEnd, moved, open, pageCommand} from './pages.ts';
import {isStarting, runGoesOn} from './questions.ts';
import type {Action, Extent, Journey} from './state.ts';
import {reviewCommand} from './to-review.ts';

/** What an action makes of a journey. One that has ended stays as it is. */
export function journey(state: Journey, action: Action): Journey {
	if (state.end) return state;
	switch (action.type) {
		case 'command':
			return command(state, action.command, action.extent);
		case 'highlight':
			return highlight(state, action.index);
		case 'tick':
			return state.run ? {...state, run: {...state.run, now: Math.max(state.run.now, action.now)}} : state;
		case 'signal':
			return {...state, end: {kind: runGoesOn(state) || isStarting(state) ? 'detached' : 'quit', exit: 'interrupted'}};
		case 'rehearsal-failed':
			return {...state, rehearseAsked: false, looking: {...state.looking, state: 'failed', error: action.error}};
		default:
			return answer(state, action);
	}
}

function command(state: Journey, name: Command, extent: Extent): Journey {
	if (!bindingsOf(state).some(binding => binding.command === name)) return state;
	if (name === 'interrupt') return interrupt(state);
	if (state.leaving) return leavingCommand(state, name);
	if (state.page) return pageCommand(state, state.page, name, extent);
	if (name === 'quit') return quit(state);
	switch (state.screen) {
		case 'home':
			if (name === 'details') return open(state, {page: 'installed', top: 0});
			return name === 'take' ? homeTake(state) : state;
		case 'host':
			return hostCommand(state, name, extent);
		case 'runtime':
		case 'hypervisor':
			return choiceCommand(state, name);
		case 'advanced':
			return advancedCommand(state, name);
		case 'options':
			return optionsCommand(state, name);
		case 'review':
			return reviewCommand(state, name, extent);
		case 'install':
			return name === 'log' ? open(state, {page: 'log', top: extentEnd}) : state;
		case 'result':
			if (name === 'take') return leave(state, null);
			if (name === 'log') return open(state, {page: 'log', top: extentEnd});
			return {...state, resultTop: moved(state.resultTop, name, extent.maxTop, extent.rows)};
	}
}

function highlight(state: Journey, index: number): Journey {
	if (state.leaving) return {...state, leaving: {cursor: index}};
	if (state.page) return state;
	if (state.screen === 'home') return {...state, homeCursor: index};
	if (state.screen === 'runtime') return {...state, runtime: runtimes[index] ?? state.runtime};
	if (state.screen === 'advanced') return {...state, advancedCursor: index};
	if (state.screen === 'options') return {...state, optionCursor: index};
	if (state.screen === 'hypervisor')
		return {...state, hypervisor: hypervisors[index] ?? state.hypervisor, variant: null};
	return state;
}
