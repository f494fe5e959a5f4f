/** A run as the screens show it: the fold of its events, and of nothing else. */
import type {RunEvent, RunOutcome} from '../src/apply/events.ts';
import type {ErrorReport} from '../src/errors.ts';
import type {StepKind, Verb} from '../src/plan/plan.ts';
import type {SmokeVerdict} from '../src/smoke/verdict.ts';

export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'undone' | 'undo-failed';

export interface StepProgress {
	done: number;
	total: number | null;
	unit: 'bytes' | 'files';
	rate: number | null;
	eta: number | null;
}

export interface StepView {
	id: string;
	kind: StepKind;
	title: string;
	state: StepState;
	/** Milliseconds since 1970; null before it started. */
	startedAt: number | null;
	/** How long it took, once it is over. */
	ms: number | null;
	progress: StepProgress | null;
	/** What was left as it is because someone else changed it. */
	left: string[];
}

export interface LogLine {
	step: string;
	text: string;
}

export interface RunView {
	run: string;
	verb: Verb;
	rehearsal: boolean;
	steps: StepView[];
	phase: 'running' | 'undoing' | 'finished';
	/** Why it is being undone, or was. */
	undo: 'failed' | 'cancelled' | null;
	log: LogLine[];
	verdict: SmokeVerdict | null;
	outcome: RunOutcome | null;
	error: ErrorReport | null;
	left: string[];
	/** The last event's number: a repeated one is dropped. */
	seen: number;
	/** The latest time known, from events and from the screen's clock; milliseconds since 1970. */
	now: number;
}

/** Lines of log that are kept on the screen's side; the run's own log is whole. */
const logLimit = 2000;

const emptyRun: RunView = {
	run: '',
	verb: 'install',
	rehearsal: false,
	steps: [],
	phase: 'running',
	undo: null,
	log: [],
	verdict: null,
	outcome: null,
	error: null,
	left: [],
	seen: 0,
	now: 0,
};

/** The view after these events. Events that were seen already change nothing. */
export function foldEvents(view: RunView | null, events: readonly RunEvent[]): RunView {
	return events.reduce(foldEvent, view ?? emptyRun);
}

function foldEvent(view: RunView, event: RunEvent): RunView {
	if (event.number <= view.seen) return view;
	const at = Date.parse(event.at);
	const next: RunView = {...view, seen: event.number, now: Math.max(view.now, at)};
	switch (event.event) {
		case 'run-started':
			return {
				...next,
				run: event.run,
				verb: event.verb,
				rehearsal: event.rehearsal,
				steps: event.steps.map(({id, kind, title}) => ({
					id,
					kind,
					title,
					state: 'waiting',
					startedAt: null,
					ms: null,
					progress: null,
					left: [],
				})),
			};
		case 'step-started':
			return withStep(next, event.step, {state: 'running', startedAt: at});
		case 'step-progress': {
			const {done, total, unit, rate, eta} = event;
			return withStep(next, event.step, {progress: {done, total, unit, rate, eta}});
		}
		case 'step-log':
			return {...next, log: [...next.log, {step: event.step, text: event.line}].slice(-logLimit)};
		case 'step-done':
			return withStep(next, event.step, {state: 'done', ms: event.ms, progress: null});
		case 'step-failed':
			return {...withStep(next, event.step, {state: 'failed', progress: null}), error: event.error};
		case 'undo-started':
			return {...stopRunning(next), phase: 'undoing', undo: event.reason};
		case 'step-undone':
			return withStep(next, event.step, {state: 'undone', progress: null, left: event.left});
		case 'undo-failed':
			return {...withStep(next, event.step, {state: 'undo-failed'}), error: next.error ?? event.error};
		case 'verdict':
			return {...next, verdict: event.verdict};
		case 'run-finished':
			return {
				...next,
				phase: 'finished',
				outcome: event.outcome,
				error: event.error ?? next.error,
				left: event.left,
			};
	}
}

function withStep(view: RunView, id: string, change: Partial<StepView>): RunView {
	return {...view, steps: view.steps.map(step => (step.id === id ? {...step, ...change} : step))};
}

/** A cancelled step says nothing more itself: it is over when undoing begins. */
function stopRunning(view: RunView): RunView {
	return {
		...view,
		steps: view.steps.map(step => (step.state === 'running' ? {...step, state: 'failed', progress: null} : step)),
	};
}

/** The step that is being worked on, or was last; -1 before the first. */
export function currentStep(view: RunView): number {
	const running = view.steps.findIndex(({state}) => state === 'running');
	if (running >= 0) return running;
	return view.steps.findLastIndex(({state}) => state !== 'waiting');
}
