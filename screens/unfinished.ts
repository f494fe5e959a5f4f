/** The run that was begun and not finished: what of it is done, what went wrong, and where it is written down. */
import {unfinishedWords} from '../src/facts/last-run.ts';
import {journalFile} from '../src/layout.ts';
import {span, Writer} from './doc.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import {writeReport} from './report.ts';
import type {ScreenView} from './view.ts';

export function unfinishedView({facts, planning}: Journey, top: number, look: Look): ScreenView {
	const {rest, error} = planning;
	const writer = new Writer(look);
	if (facts?.installation) writer.text(`${unfinishedWords(facts.installation)} was not finished.`).blank();
	if (error) writeReport(writer, error);
	else if (!rest) writer.text(`Reading ${journalFile}.`, 'dim');
	else {
		if (rest.failure) {
			writer.heading('What went wrong');
			writeReport(writer, rest.failure.error);
			writer.blank();
		}
		writer.heading('Its steps');
		for (const {id, title} of rest.plan.steps) {
			const isDone = rest.done.includes(id);
			const {glyphs} = look;
			writer.bullet(
				isDone ? span(glyphs.done, 'good') : span(rest.failure?.step === id ? glyphs.failed : glyphs.waiting, 'dim'),
				title,
				isDone ? 'dim' : 'plain',
			);
		}
		writer.blank().text(`Each step, and how it is undone, stands in ${journalFile}; the run is ${rest.run}.`, 'dim');
	}
	return {
		title: 'What was begun',
		aside: rest ? `${rest.done.length} of ${rest.plan.steps.length} done` : '',
		body: {kind: 'page', doc: writer.doc(), top},
	};
}
