/** One finding's whole story, and the findings that are fine together. */
import type {Finding} from '../src/facts/findings.ts';
import {span, Writer} from './doc.ts';
import {fineFindings} from './journey/entries.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import {marks, weightOf} from './marks.ts';
import type {ScreenView} from './view.ts';

export function findingView(state: Journey, index: number, top: number, look: Look): ScreenView {
	const finding = state.findings[index];
	const writer = new Writer(look);
	if (!finding) return {title: '', aside: '', body: {kind: 'page', doc: writer.doc(), top: 0}};
	const mark = marks[weightOf(finding)];
	writer.bullet(span(mark.glyph(look.glyphs), mark.tone), finding.summary, 'strong');
	for (const line of finding.detail) writer.blank().text(line, 'plain', 2);
	if (finding.remedy.length > 0 || finding.command) writer.blank().heading('What to do');
	for (const line of finding.remedy) writer.bullet(span(look.glyphs.note, 'dim'), line);
	if (finding.command) writer.blank().command(finding.command, 4);
	writer.blank().text(`Concerns: ${concerns(finding)}`, 'dim');
	if (finding.sources.length > 0) writer.text(`Read: ${finding.sources.join(', ')}`, 'dim', 0, 6);
	return {
		title: finding.label,
		aside: weightOf(finding) === finding.severity ? mark.word : 'in the way of some',
		body: {kind: 'page', doc: writer.doc(), top},
	};
}

const concerns = ({affects}: Finding): string =>
	affects === 'all'
		? 'every runtime and hypervisor'
		: affects.map(({runtime, hypervisor}) => `${hypervisor} with ${runtime}`).join(', ');

/** Everything that is fine and has no line of its own on Host, with what was read. */
export function fineView(state: Journey, top: number, look: Look): ScreenView {
	const writer = new Writer(look);
	for (const finding of fineFindings(state)) {
		writer.bullet(span(marks.ok.glyph(look.glyphs), marks.ok.tone), `${finding.label}: ${finding.summary}`, 'strong');
		for (const line of finding.detail) writer.text(line, 'plain', 2);
		if (finding.sources.length > 0) writer.text(`Read: ${finding.sources.join(', ')}`, 'dim', 2, 6);
		writer.blank();
	}
	return {title: 'Also fine', aside: '', body: {kind: 'page', doc: writer.doc(), top}};
}
