/** Result: what was proven, or what failed and why; how to use it, where it is, how to undo it. */
import {formatDuration} from '../src/format.ts';
import {guidanceOf} from '../src/plan/explain.ts';
import {isOnlyForward, waysOn} from '../src/plan/ways-on.ts';
import type {SmokeVerdict} from '../src/smoke/verdict.ts';
import {span, Writer} from './doc.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import {writeEvidence, writeRemedy, writeReport} from './report.ts';
import {asideOf} from './review.ts';
import type {RunView} from './run-view.ts';
import {verbWords} from './verb-words.ts';
import type {ScreenView} from './view.ts';

export function resultView(state: Journey, look: Look): ScreenView {
	const writer = new Writer(look);
	const {run} = state;
	if (run) {
		if (run.outcome === 'undone' || run.outcome === 'incomplete' || run.outcome === 'stopped' || run.outcome === null)
			writeFailure(writer, run);
		else writeSuccess(writer, state, run);
		writeLeft(writer, run.left);
	}
	return {
		title: run ? headline(run, state.rehearsal !== null) : '',
		aside: state.planning.plan ? asideOf(state, state.planning.plan, look) : '',
		body: {kind: 'page', doc: writer.doc(), top: state.resultTop},
	};
}

/** One sentence: how the run ended. Also the first line of the summary on the normal screen. */
export function headline(run: RunView, rehearsal: boolean): string {
	if (rehearsal && run.outcome === 'done') return 'Rehearsal finished: nothing was run, nothing was proven';
	switch (run.outcome) {
		case 'done':
			return doneWords(run);
		case 'unproven':
			return run.verb === 'test'
				? 'The smoke test did not prove a VM'
				: `${verbWords[run.verb].done}, but the smoke test did not prove a VM`;
		case 'undone':
			if (run.undo === null) return 'Refused before the first step; nothing was done';
			return run.undo === 'cancelled'
				? 'Stopped; everything done was undone'
				: 'A step failed; everything done was undone';
		case 'incomplete':
			if (isOnlyForward(run.verb)) return `The ${run.verb} was not finished`;
			return run.undo === 'cancelled'
				? 'Stopped, but not all that was done could be undone'
				: 'A step failed, and undoing it failed too';
		case 'stopped':
			return 'Stopped before its end; what was done stands';
		default:
			return 'The worker was lost; how the run ended is not known';
	}
}

function doneWords({verb, verdict, error}: RunView): string {
	if (error) return 'Made right in part: something stays that is not as it should be';
	const {done} = verbWords[verb];
	if (verb === 'uninstall' || verb === 'undo' || verb === 'fix') return done;
	if (verdict?.outcome === 'vm')
		return verb === 'test' ? 'Proven: a container ran in a VM' : `${done}, and proven: a container ran in a VM`;
	return verb === 'test' ? done : `${done}; no smoke test was run, so nothing is proven`;
}

function writeSuccess(writer: Writer, state: Journey, run: RunView): void {
	if (state.rehearsal) {
		writer.text(
			`The plan, the journal and the steps were real; the host was not. All of it happened under ${state.rehearsal.root}, and nothing outside that folder was touched.`,
		);
		writer.blank();
	}
	if (run.outcome === 'done' && run.error) {
		writeReport(writer, run.error);
		writer.blank();
	}
	if (run.verdict) writeVerdict(writer, run.verdict);
	if (!state.planning.plan) {
		// A run that we came to later: its plan was another screen's.
		if (run.verb === 'install')
			writer.blank().rows([
				{label: 'To see it', value: 'kata-setup status', command: true},
				{label: 'To undo it', value: 'kata-setup uninstall', command: true},
			]);
		return;
	}
	for (const section of guidanceOf(state.planning.plan)) {
		writer.blank().heading(state.rehearsal ? `${section.title}, after a real install` : section.title);
		writer.rows(
			section.lines.map(({label, text, command = false}) => ({label, value: text, command})),
			2,
		);
	}
}

function writeVerdict(writer: Writer, verdict: SmokeVerdict): void {
	const {glyphs} = writer.look;
	const good = verdict.outcome === 'vm';
	const mark = good
		? span(glyphs.done, 'good')
		: verdict.outcome === 'rehearsed'
			? span(glyphs.note, 'dim')
			: span(glyphs.failed, 'bad');
	writer.bullet(mark, verdict.sentence, 'strong');
	if (verdict.cause) writer.text(verdict.cause, 'plain', 2);
	if (!good) writeRemedy(writer, verdict.remedy);
	if (verdict.evidence.length > 0) {
		if (!good) writer.blank().heading('What was looked at');
		for (const {label, found, proves} of verdict.evidence) {
			const sign =
				proves === null ? span(glyphs.note, 'dim') : proves ? span(glyphs.done, 'good') : span(glyphs.failed, 'bad');
			writer.bullet(sign, `${label}: ${found}`, 'plain', 2);
		}
	}
	if (verdict.outcome !== 'rehearsed') writeControl(writer, verdict);
	if (!good) writeEvidence(writer, verdict.log);
}

function writeControl(writer: Writer, {control, startMs}: SmokeVerdict): void {
	const {glyphs} = writer.look;
	const words = {
		'told-apart': {sign: span(glyphs.done, 'good'), text: 'the same image under runc was told apart'},
		'not-told-apart': {sign: span(glyphs.failed, 'bad'), text: 'the same image under runc could not be told apart'},
		'not-run': {sign: span(glyphs.unknown, 'warn'), text: 'the same image under runc was not run'},
	}[control.outcome];
	writer.bullet(words.sign, `control: ${words.text}${control.detail ? ` (${control.detail})` : ''}`, 'plain', 2);
	if (startMs !== null)
		writer.bullet(
			span(glyphs.note, 'dim'),
			`start: ${formatDuration(startMs)} to the container's first answer`,
			'plain',
			2,
		);
}

function writeFailure(writer: Writer, run: RunView): void {
	const failedAt = run.undo === 'cancelled' ? -1 : run.steps.findIndex(({state}) => state === 'failed');
	const step = run.steps[failedAt];
	if (step) writer.text(`Step ${failedAt + 1} of ${run.steps.length}: ${step.title}`, 'dim').blank();
	if (run.error) writeReport(writer, run.error);
	writer.blank();
	for (const line of hostNow(run)) writer.text(line, run.outcome === 'undone' ? 'plain' : 'warn');
}

/** How the host stands after it, or what can be done about the run, as far as its error has not said that. */
function hostNow({outcome, verb, error}: RunView): string[] {
	if (outcome === 'undone') return ['This host is as it was before.'];
	if (outcome === null) return ['Run kata-setup again to see how this host stands.'];
	return waysOn(verb).filter(way => !error?.remedy.includes(way));
}

function writeLeft(writer: Writer, left: readonly string[]): void {
	if (left.length === 0) return;
	writer.blank().heading('Left as it is, because someone else changed it');
	for (const line of left) writer.bullet(span(writer.look.glyphs.warning, 'warn'), line);
}
