/** Install: a line for each step, progress for the long ones, the end of the log. */
import {formatBytes, formatDuration} from '../src/format.ts';
import type {Verb} from '../src/plan/plan.ts';
import {backCommand, restCommand} from '../src/plan/ways-on.ts';
import {ends, type Line, span, Writer} from './doc.ts';
import {type LeaveAnswer, leaveAnswers, leaveCursor} from './journey/entries.ts';
import type {Journey} from './journey/state.ts';
import {capOf} from './keys.ts';
import type {Look} from './look.ts';
import {currentStep, type RunView, type StepState, type StepView} from './run-view.ts';
import {pad} from './text.ts';
import type {Glyphs, Tone} from './theme.ts';
import {verbWords} from './verb-words.ts';
import type {ScreenView} from './view.ts';

const stepMarks: Record<StepState, {glyph: (glyphs: Glyphs) => string; tone: Tone; text: Tone}> = {
	waiting: {glyph: glyphs => glyphs.waiting, tone: 'dim', text: 'dim'},
	running: {glyph: glyphs => glyphs.running, tone: 'accent', text: 'strong'},
	done: {glyph: glyphs => glyphs.done, tone: 'good', text: 'plain'},
	failed: {glyph: glyphs => glyphs.failed, tone: 'bad', text: 'plain'},
	undone: {glyph: glyphs => glyphs.undone, tone: 'warn', text: 'dim'},
	'undo-failed': {glyph: glyphs => glyphs.failed, tone: 'bad', text: 'plain'},
};

const stateWords: Partial<Record<StepState, string>> = {
	failed: 'stopped',
	undone: 'undone',
	'undo-failed': 'could not be undone',
};

export function installView(state: Journey, look: Look): ScreenView {
	const {run} = state;
	const writer = new Writer(look);
	if (!run || run.steps.length === 0) {
		writer.text('Waiting for the first word of the worker.', 'dim', 2);
		return {title: `Starting${look.glyphs.more}`, aside: '', body: {kind: 'page', doc: writer.doc(), top: 0}};
	}
	const current = currentStep(run);
	run.steps.forEach((step, index) => {
		// The line that the list is scrolled to: here it is no cursor of the person's.
		writer.entry().lines.push(stepLine(writer, step, run, look));
		if (index !== current || step.state !== 'running') return;
		// There is always a line here, so that nothing below moves when a step begins to say something: a line that
		// moves is drawn anew, and everything below with it.
		const said = run.log.findLast(line => line.step === step.id);
		if (step.progress) writer.lines.push(progressLine(step, look));
		else writer.line(span(`  ${said?.text ?? ''}`, 'dim'));
	});
	return {
		title: titleOf(state, run),
		aside: `step ${Math.max(0, current) + 1} of ${run.steps.length}`,
		body: {kind: 'list', doc: writer.doc(), cursor: Math.max(0, current)},
	};
}

function titleOf(state: Journey, run: RunView): string {
	if (run.phase === 'undoing')
		return run.undo === 'cancelled' ? 'Stopped: undoing what was done' : 'A step failed: undoing what was done';
	if (state.cancelAsked) return 'Stopping; what was done is undone next';
	if (state.stopAsked) return 'Stopping after this step';
	if (run.steps.some(({kind, state: step}) => kind === 'smoke-test' && step === 'running'))
		return 'Running the smoke test';
	const words = verbWords[run.verb].doing;
	return state.rehearsal ? `${words}, as a rehearsal` : words;
}

function stepLine(writer: Writer, step: StepView, run: RunView, look: Look): Line {
	const mark = stepMarks[step.state];
	const left = [span(`${mark.glyph(look.glyphs)} `, mark.tone), span(writer.clean(step.title), mark.text)];
	return ends(left, [span(timeOf(step, run), 'dim')], writer.width, look);
}

function timeOf(step: StepView, run: RunView): string {
	if (step.ms !== null && step.state === 'done') return formatDuration(step.ms);
	if (step.state === 'running' && step.startedAt !== null)
		return formatDuration(Math.floor((run.now - step.startedAt) / 1000) * 1000).replace('.0 s', ' s');
	return stateWords[step.state] ?? '';
}

/** The bar and its numbers. Every number has a column of its own, so that they do not jump. */
export function progressLine(step: StepView, look: Look): Line {
	const {done, total, unit, rate, eta} = step.progress ?? {done: 0, total: null, unit: 'bytes', rate: null, eta: null};
	const amount = (value: number): string => (unit === 'bytes' ? formatBytes(value) : String(Math.round(value)));
	const counted = total === null ? amount(done) : `${amount(done)} of ${amount(total)}`;
	const numbers = [
		pad(unit === 'bytes' ? counted : `${counted} files`, unit === 'bytes' ? 16 : 20),
		pad(rate === null ? '' : `${amount(rate)}/s`, 9),
		pad(eta === null ? '' : `${formatDuration(eta * 1000).replace('.0 s', ' s')} left`, 15),
	];
	const percent = total ? Math.min(100, Math.floor((100 * done) / total)) : null;
	const room = look.width - 2;
	const shown = room >= 66 ? numbers.join('  ') : room >= 52 ? `${numbers[0]}  ${numbers[2]}` : (numbers[0] ?? '');
	const barWidth = Math.max(4, Math.min(30, room - shown.length - 8));
	const filled = percent === null ? 0 : Math.round((barWidth * percent) / 100);
	return [
		span('  '),
		span(look.glyphs.barDone.repeat(filled), 'accent'),
		span(look.glyphs.barLeft.repeat(barWidth - filled), 'dim'),
		span(` ${percent === null ? '    ' : `${String(percent).padStart(3)}%`}  `),
		span(shown.trimEnd()),
	];
}

/** The run's log. */
export function logView(state: Journey, top: number, look: Look): ScreenView {
	const writer = new Writer(look);
	const log = state.run?.log ?? [];
	if (log.length === 0) writer.text('Nothing has been logged yet.', 'dim');
	let step = '';
	for (const line of log) {
		if (line.step !== step) {
			step = line.step;
			writer.line(span(state.run?.steps.find(({id}) => id === step)?.title ?? step, 'strong'));
		}
		writer.verbatim(line.text, 'plain', 2);
	}
	return {
		title: 'Log',
		aside: `${log.length} ${log.length === 1 ? 'line' : 'lines'}`,
		body: {kind: 'page', doc: writer.doc(), top},
	};
}

const answers: Record<LeaveAnswer, {label: string; text: string | ((verb: Verb) => string)}> = {
	stay: {label: 'Go on watching', text: 'Nothing changes; the run goes on.'},
	background: {
		label: 'Leave it in the background',
		text: 'The run goes on without this screen and finishes by itself. `kata-setup` shows it again while it lasts, and what it made afterwards.',
	},
	stop: {
		label: 'Finish this step and stop',
		text: verb => {
			const back = backCommand(verb);
			const takesBack = back === null ? '' : `, \`${back}\` takes it back`;
			return `What is done stands. \`${restCommand(verb)}\` does the rest later${takesBack}.`;
		},
	},
	cancel: {
		label: 'Stop and undo everything',
		text: 'The step that is going on is ended, and all that was done is taken back, in reverse order. Afterwards this host is as it was before.',
	},
};

/** What shall become of the run? Asked on q and Ctrl-C. */
export function leavingView(state: Journey, look: Look, panelWidth: number): ScreenView {
	const listed = leaveAnswers(state);
	const index = leaveCursor(state);
	const {text} = answers[listed[index] ?? 'stay'];
	return {
		title: 'The run is going on. What shall become of it?',
		aside: '',
		body: {
			kind: 'choice',
			items: listed.map(value => ({value, label: answers[value].label, tag: '', tagTone: 'dim', disabled: false})),
			index,
			panel: new Writer(look, panelWidth).text(typeof text === 'string' ? text : text(state.verb)).doc(),
			below: new Writer(look, look.wide ? look.width - panelWidth - 3 : look.width)
				.text(againWords(state, listed, look), 'dim', 2)
				.doc(),
		},
	};
}

/** What Ctrl-C does that is pressed in the question. */
function againWords(state: Journey, listed: readonly LeaveAnswer[], {glyphs}: Look): string {
	const again = `${capOf('interrupt', glyphs)} again`;
	if (listed.includes('cancel')) return `${again} stops and undoes.`;
	if (listed.includes('stop')) return `${again} stops after this step.`;
	const isUndoing = state.cancelAsked || state.run?.phase === 'undoing';
	return isUndoing ? `${again} leaves; the undoing goes on.` : `${again} leaves; it stops after this step.`;
}
