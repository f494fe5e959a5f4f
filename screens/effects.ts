/** The journey's effects: what a state asks for is started here, and its answer is dispatched. */
import {useApp} from 'ink';
import {type Dispatch, useEffect, useRef} from 'react';
import type {RunEvent} from '../src/apply/events.ts';
import {type ErrorReport, reportOf} from '../src/errors.ts';
import type {Early} from '../src/facts/looked.ts';
import {chooses, optionsFor, pairOf} from './journey/questions.ts';
import type {Action, Journey} from './journey/state.ts';
import {paced} from './paced.ts';
import type {RunHandle, Session, TerminalLease} from './session.ts';

/** Events are shown in batches: at most four drawings a second, however fast they come. */
const batchMs = 250;

export function useEffects(
	session: Session,
	state: Journey,
	dispatch: Dispatch<Action>,
	onRehearse: (session: Session) => void,
): void {
	const {suspendTerminal} = useApp();
	const handle = useRef<RunHandle | null>(null);
	const latest = useRef(state);
	latest.current = state;
	const over = state.end !== null;
	const terminal: TerminalLease = {lend: work => lend(suspendTerminal, work)};

	// biome-ignore lint/correctness/useExhaustiveDependencies: an attempt is started once; what it needs is read then
	useEffect(() => {
		if (state.looking.state !== 'busy') return;
		const {attempt} = state.looking;
		void (async () => {
			try {
				const running = attempt === 1 ? await session.attach() : null;
				if (running) {
					handle.current = running;
					dispatch({type: 'attached'});
					await follow(running, dispatch);
					return;
				}
				const early = paced(batchMs, (found: Early) => dispatch({type: 'found', attempt, early: found}));
				const {facts, findings} = await session.gather(early.say).finally(early.end);
				dispatch({type: 'gathered', attempt, facts, findings, pairs: session.pairs(facts)});
			} catch (error) {
				dispatch({type: 'gather-failed', attempt, error: reportOf(error)});
			}
		})();
	}, [state.looking.attempt]);

	// biome-ignore lint/correctness/useExhaustiveDependencies: as above
	useEffect(() => {
		const {facts, planning, verb} = state;
		if (planning.state !== 'busy' || !facts) return;
		const {attempt} = planning;
		const abort = new AbortController();
		const request = chooses(verb) ? {verb, facts, pair: pairOf(state), options: optionsFor(state)} : {verb, facts};
		const say = (line: string) => dispatch({type: 'said', attempt, line});
		const hooks = {say, signal: abort.signal, terminal};
		const made = state.finishing
			? session.rest(facts, hooks).then(rest => ({plan: rest.plan, rest}))
			: session.plan(request, hooks).then(plan => ({plan}));
		made.then(
			found => dispatch({type: 'planned', attempt, ...found}),
			error => dispatch({type: 'plan-failed', attempt, error: reportOf(error)}),
		);
		return () => abort.abort();
	}, [state.planning.attempt, state.planning.state === 'busy']);

	// biome-ignore lint/correctness/useExhaustiveDependencies: as above
	useEffect(() => {
		const {plan} = state.planning;
		if (state.starting.state !== 'busy' || !plan) return;
		const {attempt} = state.starting;
		void (async () => {
			try {
				handle.current = await session.apply(plan, terminal, state.planning.rest?.run ?? null);
			} catch (error) {
				dispatch({type: 'start-failed', attempt, error: reportOf(error)});
				return;
			}
			// Ctrl-C may have closed the wizard while sudo was asking: the run is then nobody's to watch.
			if (latest.current.end) handle.current.detach();
			dispatch({type: 'started', attempt});
			await follow(handle.current, dispatch);
		})();
	}, [state.starting.attempt]);

	useEffect(() => {
		if (state.cancelAsked) handle.current?.cancel();
	}, [state.cancelAsked]);

	useEffect(() => {
		if (state.stopAsked) handle.current?.stop();
	}, [state.stopAsked]);

	useEffect(() => {
		if (over) handle.current?.detach();
	}, [over]);

	useEffect(() => {
		if (!state.rehearseAsked) return;
		session.rehearse().then(onRehearse, error => dispatch({type: 'rehearsal-failed', error: reportOf(error)}));
	}, [state.rehearseAsked, session, onRehearse, dispatch]);

	const ticking = state.screen === 'install' && !over;
	useEffect(() => {
		if (!ticking) return;
		const timer = setInterval(() => dispatch({type: 'tick', now: Date.now()}), 1000);
		return () => clearInterval(timer);
	}, [ticking, dispatch]);
}

async function lend<T>(suspend: (work: () => Promise<void>) => Promise<void>, work: () => Promise<T>): Promise<T> {
	let result: {value: T} | null = null;
	await suspend(async () => {
		result = {value: await work()};
	});
	return (result as unknown as {value: T}).value;
}

const lost: ErrorReport = {
	exit: 'incomplete',
	message: 'The connection to the worker was lost.',
	why: 'The worker ended, or was killed, before it had told how the run ended.',
	remedy: ['Run kata-setup again: it shows how this host stands and finishes or takes back what was begun.'],
	evidence: [],
};

/** Dispatches a run's events in batches until it is over. */
async function follow(run: RunHandle, dispatch: Dispatch<Action>): Promise<void> {
	let batch: RunEvent[] = [];
	let timer: NodeJS.Timeout | null = null;
	let lastFlush = 0;
	const flush = () => {
		if (timer) clearTimeout(timer);
		timer = null;
		lastFlush = Date.now();
		if (batch.length > 0) dispatch({type: 'events', events: batch});
		batch = [];
	};
	let finished = false;
	let error: ErrorReport = lost;
	try {
		for await (const event of run.events) {
			batch.push(event);
			finished ||= event.event === 'run-finished';
			timer ??= setTimeout(flush, Math.max(0, lastFlush + batchMs - Date.now()));
		}
	} catch (thrown) {
		error = {...lost, evidence: [reportOf(thrown).message]};
	}
	flush();
	if (!finished) dispatch({type: 'lost', error});
}
