/** The journey's transitions: one pure reducer. Effects are started by `effects.ts` from what stands here. */
import {hypervisors, pairName, runtimes} from '../src/catalogue/catalogue.ts';
import {changed, choiceOptions} from '../src/kataconfig/option-choices.ts';
import {bindingsOf} from './bindings.ts';
import {runtimeOfVariant, takenVariant, toAdvanced} from './journey-advanced.ts';
import {
	type Action,
	availabilityIn,
	canRun,
	chooses,
	choosesIn,
	type Extent,
	exitOf,
	homeActions,
	hostEntries,
	hypervisorUnder,
	type Journey,
	leaveAnswers,
	leaveCursor,
	optionsFor,
	type Page,
	type Pending,
	pairOf,
	runGoesOn,
	runtimeAvailable,
	unverifiedArchives,
} from './journey-state.ts';
import type {Command} from './keys.ts';
import {foldEvents} from './run-view.ts';

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

/** What came back from outside. An answer to a question that is no longer asked changes nothing. */
function answer(
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

const awaited = (pending: Pending, attempt: number): boolean => pending.state === 'busy' && pending.attempt === attempt;
const ready = <P extends Pending>(pending: P): P => ({...pending, state: 'ready', error: null});
const failed = <P extends Pending>(pending: P, error: Pending['error']): P => ({...pending, state: 'failed', error});
const begin = <P extends Pending>(pending: P): P => ({
	...pending,
	attempt: pending.attempt + 1,
	state: 'busy',
	error: null,
});

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

function command(state: Journey, name: Command, extent: Extent): Journey {
	if (!bindingsOf(state).some(binding => binding.command === name)) return state;
	if (name === 'interrupt') return interrupt(state);
	if (state.leaving) return leavingCommand(state, name);
	if (state.page) return pageCommand(state, state.page, name, extent);
	if (name === 'quit') return quit(state);
	switch (state.screen) {
		case 'home':
			if (name === 'details') return open(state, {page: 'drift', top: 0});
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

/** A page that opens at its end; the view never goes further than there is. */
const extentEnd = Number.MAX_SAFE_INTEGER;

/** First Ctrl-C in a run asks; in the question it means what a person means who presses it again: stop. */
function interrupt(state: Journey): Journey {
	if (!runGoesOn(state)) return {...state, end: {kind: isStarting(state) ? 'detached' : 'quit', exit: 'interrupted'}};
	if (!state.leaving) return {...state, leaving: {cursor: 0}};
	return leaveAnswers(state).includes('cancel')
		? {...state, leaving: null, cancelAsked: true}
		: leave(state, 'detached');
}

/** Between the confirmation and the worker's first word nobody can say whether something was changed. */
const isStarting = (state: Journey): boolean => state.starting.state === 'busy';

function quit(state: Journey): Journey {
	if (runGoesOn(state)) return {...state, leaving: {cursor: 0}};
	return leave(state, state.screen === 'result' ? null : 'quit');
}

/** The one way out. `null`: the run is over and its outcome decides. */
function leave(state: Journey, kind: 'quit' | 'detached' | null): Journey {
	if (kind === 'detached') return {...state, end: {kind, exit: 'interrupted'}};
	if (kind === null && state.run) {
		const exit = exitOf(state.run);
		return {...state, end: {kind: exit === 'ok' ? 'done' : 'failed', exit}};
	}
	const blocked = state.looking.state === 'ready' && state.facts?.installation === null && !canRun(state);
	return {...state, end: {kind: 'quit', exit: blocked ? 'host' : 'ok'}};
}

function leavingCommand(state: Journey, name: Command): Journey {
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

const open = (state: Journey, page: Page): Journey => ({...state, page});

function pageCommand(state: Journey, page: Page, name: Command, extent: Extent): Journey {
	if (name === 'back' || name === 'quit') return {...state, page: null};
	if (name === 'accept') return {...state, page: null, starting: begin(state.starting)};
	const top = moved(Math.min(page.top, extent.maxTop), name, extent.maxTop, extent.rows);
	if (page.page !== 'compare' && page.page !== 'settings') return {...state, page: {...page, top}};
	const maxLeft = extent.maxLeft ?? 0;
	const by = name === 'left' ? -1 : name === 'right' ? 1 : 0;
	const left = Math.max(0, Math.min(maxLeft, Math.min(page.left, maxLeft) + by));
	return {...state, page: {...page, top, left}};
}

/** A position after a movement, within 0…max. */
function moved(position: number, name: Command, max: number, rows: number): number {
	const by: Partial<Record<Command, number>> = {
		up: -1,
		down: 1,
		'page-up': -Math.max(1, rows - 1),
		'page-down': Math.max(1, rows - 1),
		first: -extentEnd,
		last: extentEnd,
	};
	return Math.max(0, Math.min(Math.max(0, max), position + (by[name] ?? 0)));
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

/** The answers of last time are where the choice begins. */
function answersOf({
	facts,
	runtime,
	hypervisor,
	variant,
	options,
}: Journey): Pick<Journey, 'runtime' | 'hypervisor' | 'variant' | 'options'> {
	const last = facts?.installation?.choice;
	if (!last) return {runtime, hypervisor, variant, options};
	return {
		runtime: last.runtime,
		hypervisor: last.hypervisor,
		variant: last.variant ?? null,
		options: {
			...last.options,
			...(last.guestMemoryMiB === undefined ? {} : {'guest-memory': last.guestMemoryMiB}),
			...options,
		},
	};
}

function homeTake(state: Journey): Journey {
	const action = homeActions(state)[state.homeCursor];
	if (action === undefined) return state;
	if (action === 'check') return {...state, screen: 'host', hostCursor: 0};
	if (action === 'switch') return {...state, ...answersOf(state), screen: 'runtime', verb: 'switch', finishing: false};
	if (action !== 'finish' && action !== 'unfinished') return toReview({...state, verb: action, finishing: false});
	const verb = state.facts?.installation?.unfinished?.verb ?? 'install';
	const review = toReview({...state, verb, finishing: true});
	return action === 'finish' ? review : {...review, screen: 'home', page: {page: 'unfinished', top: 0}};
}

function hostCommand(state: Journey, name: Command, extent: Extent): Journey {
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
		? {...state, screen: 'runtime', verb: 'install', finishing: false}
		: {...state, rehearseAsked: !state.rehearsal};
}

function choiceCommand(state: Journey, name: Command): Journey {
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
		if (pairOf(state).variant !== undefined) return toAdvanced(state);
		return {...state, screen: 'hypervisor', hypervisor: hypervisorUnder(state, runtime, hypervisor)};
	}
	if (name === 'back') return {...state, screen: 'runtime'};
	if (name === 'options') return toOptions(state, 'hypervisor');
	if (name !== 'take') return state;
	return availabilityIn(state, {runtime, hypervisor}).state === 'ok'
		? toReview(state)
		: open(state, {page: 'why', top: 0});
}

function advancedCommand(state: Journey, name: Command): Journey {
	if (name === 'details') return open(state, {page: name, top: 0});
	if (name === 'back') return {...state, screen: 'hypervisor', variant: null};
	const taken = name === 'take' ? takenVariant(state) : null;
	return taken ? toReview(taken) : state;
}

/** A person comes here who wants it: what was set for another pair, and cannot be here, is set no more. */
const toOptions = (state: Journey, from: Journey['optionsFrom']): Journey => ({
	...state,
	screen: 'options',
	optionsFrom: from,
	options: optionsFor(state),
});

function optionsCommand(state: Journey, name: Command): Journey {
	const {facts, options, optionCursor} = state;
	if (name === 'back') return state.optionsFrom === 'review' ? toReview(state) : {...state, screen: 'hypervisor'};
	const option = choiceOptions[optionCursor];
	if (!facts || option === undefined) return state;
	if (name === 'reset') {
		const {[option]: _, ...others} = options;
		return {...state, options: others};
	}
	if (name !== 'take' && name !== 'left' && name !== 'right') return state;
	return {...state, options: changed(options, pairOf(state), facts, option, name === 'left' ? -1 : 1)};
}

/** To Review; a plan that was made for the same question is still there. */
function toReview(state: Journey): Journey {
	const answers = [pairName(pairOf(state)), JSON.stringify(optionsFor(state))];
	const key = state.finishing ? 'finish' : chooses(state.verb) ? [state.verb, ...answers].join(' ') : state.verb;
	const next: Journey = {...state, screen: 'review', starting: {...state.starting, state: 'idle', error: null}};
	if (state.planning.state === 'ready' && state.planning.key === key) return next;
	return {...next, reviewCursor: 0, planning: {...begin(state.planning), key, plan: null, rest: null, said: ''}};
}

function beforeReview(state: Journey): Journey['screen'] {
	if (choosesIn(state)) return pairOf(state).variant === undefined ? 'hypervisor' : 'advanced';
	return state.verb === 'adopt' && !state.finishing ? 'host' : 'home';
}

function reviewCommand(state: Journey, name: Command, extent: Extent): Journey {
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
