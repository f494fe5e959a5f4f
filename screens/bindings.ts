/** Which commands work where, and what the footer says of them. A label of null: works, but is not listed. */
import {type Hypervisor, hypervisors, runtimes} from '../src/catalogue/catalogue.ts';
import {choiceOptions, reasonAgainst} from '../src/kataconfig/option-choices.ts';
import {takenVariant} from './journey/choosing.ts';
import {hostEntries} from './journey/entries.ts';
import {availabilityIn, canRun, choosesIn, pairOf, runGoesOn, runtimeAvailable} from './journey/questions.ts';
import type {Journey} from './journey/state.ts';
import type {Command} from './keys.ts';
import {verbWords} from './verb-words.ts';

export interface Binding {
	readonly command: Command;
	readonly label: string | null;
}

const binding = (command: Command, label: string | null = null): Binding => ({command, label});

const choosing = [binding('down', 'choose'), binding('up')];
const moving = [binding('down', 'move'), binding('up'), ...paging()];
const tabling = [binding('left', 'columns'), binding('right'), binding('down', 'rows'), binding('up'), ...paging()];
const scrolling = [binding('down', 'scroll'), binding('up'), ...paging()];

function paging(): Binding[] {
	return [binding('page-down'), binding('page-up'), binding('first'), binding('last')];
}

/** The commands of the screen as it stands. Ctrl-C works everywhere and is listed last. */
export function bindingsOf(state: Journey): Binding[] {
	return [...inner(state), binding('interrupt', runGoesOn(state) && !state.leaving ? 'leave or stop' : null)];
}

function inner(state: Journey): Binding[] {
	if (state.leaving) return [...choosing, binding('take', 'take it'), binding('back', 'go on watching')];
	if (state.page) {
		const back = [binding('back', 'back'), binding('quit')];
		if (state.page.page === 'compare' || state.page.page === 'settings') return [...tabling, ...back];
		return state.page.page === 'unverified'
			? [...scrolling, binding('accept', 'install unverified'), ...back]
			: [...scrolling, ...back];
	}
	switch (state.screen) {
		case 'home':
			return [
				...choosing,
				binding('take', 'take it'),
				...(state.facts?.installation ? [binding('details', 'what is installed')] : []),
				binding('quit', 'quit'),
			];
		case 'host':
			return host(state);
		case 'runtime':
			return choice(
				runtimeAvailable(state, state.runtime),
				runtimes.some(runtime => !runtimeAvailable(state, runtime)),
				[],
			);
		case 'hypervisor':
			return choice(
				canTake(state, state.hypervisor),
				hypervisors.some(name => !canTake(state, name)),
				[
					binding('compare', 'compare all'),
					...(canTake(state, state.hypervisor) ? [binding('options', 'options')] : []),
					binding('advanced', 'advanced'),
				],
			);
		case 'advanced':
			return [
				...choosing,
				...(takenVariant(state) ? [binding('take', 'take it')] : []),
				binding('details', 'details'),
				binding('back', 'back'),
				binding('quit', 'quit'),
			];
		case 'options':
			return options(state);
		case 'review':
			return review(state);
		case 'install':
			return [binding('log', 'log'), binding('quit')];
		case 'result':
			return [
				...scrolling,
				...(state.run?.log.length ? [binding('log', 'log')] : []),
				binding('take', 'leave'),
				binding('quit'),
			];
	}
}

function host(state: Journey): Binding[] {
	const quit = binding('quit', 'quit');
	const back = state.facts?.installation ? [binding('back', 'back')] : [];
	if (state.looking.state === 'busy') return [...back, quit];
	const again = binding('look-again', 'look again');
	const rehearse = state.rehearsal ? [] : [binding('rehearse', 'rehearse')];
	if (state.looking.state === 'failed') return [again, ...rehearse, quit];
	const take = hostTake(state);
	// One key of two that do the same is enough for the footer.
	const other = take === 'rehearse' ? rehearse.map(({command}) => binding(command)) : rehearse;
	return [...moving, binding('take', take), again, ...other, ...back, quit];
}

const canTake = (state: Journey, hypervisor: Hypervisor): boolean =>
	availabilityIn(state, {runtime: state.runtime, hypervisor}).state === 'ok';

/** What Enter does with the highlighted entry of Host. */
function hostTake(state: Journey): string {
	switch (hostEntries(state)[state.hostCursor]?.entry) {
		case 'adopt':
			return 'see the plan';
		case 'finding':
			return 'whole story';
		case 'action':
			return canRun(state) || state.facts?.installation ? 'go on' : 'rehearse';
		default:
			return 'open';
	}
}

/** @param takeable whether the highlighted item can be chosen: if not, Enter says why, and so does the footer */
function choice(takeable: boolean, anyGreyed: boolean, more: Binding[]): Binding[] {
	return [
		...choosing,
		binding('take', takeable ? 'take it' : 'why not'),
		...more,
		binding('details', 'details'),
		// Of two keys that open the same page one is enough for the footer.
		...(anyGreyed ? [binding('why', takeable ? 'why greyed' : null)] : []),
		binding('back', 'back'),
		binding('quit', 'quit'),
	];
}

function options(state: Journey): Binding[] {
	const name = choiceOptions[state.optionCursor] ?? 'vcpus';
	const free = state.facts !== null && reasonAgainst(pairOf(state), state.facts, name, state.options) === null;
	const change = free ? [binding('right', 'change'), binding('left'), binding('take')] : [];
	const reset = state.options[name] === undefined ? [] : [binding('reset', 'by itself')];
	return [...choosing, ...change, ...reset, binding('back', 'done'), binding('quit', 'quit')];
}

function review(state: Journey): Binding[] {
	const leave = [binding('back', 'back'), binding('quit', 'quit')];
	if (state.starting.state === 'busy') return [];
	if (state.starting.state === 'failed') return [binding('take', 'look again'), ...scrolling, ...leave];
	if (state.planning.state === 'failed')
		return [
			binding('take', state.planning.error?.exit === 'sandboxes' ? 'look again' : 'try again'),
			...scrolling,
			...leave,
		];
	if (state.planning.state !== 'ready') return leave;
	const {act} = verbWords[state.verb];
	const more = [
		...(state.planning.plan?.settings ? [binding('settings', 'your settings')] : []),
		...(choosesIn(state) ? [binding('options', 'options')] : []),
	];
	if (state.planning.plan?.steps.length === 0) return leave;
	return [
		...moving,
		binding('take', 'open'),
		binding('install', state.finishing ? 'finish now' : act),
		...more,
		...leave,
	];
}
