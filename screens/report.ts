/** An error, written the same way wherever it appears: what happened, why, what to do, the evidence. */
import type {ErrorReport} from '../src/errors.ts';
import {span, type Writer} from './doc.ts';

export function writeReport(writer: Writer, report: ErrorReport): Writer {
	const {glyphs} = writer.look;
	writer.bullet(span(glyphs.failed, 'bad'), report.message, 'strong');
	if (report.why) writer.blank().text(report.why, 'plain', 2);
	writeRemedy(writer, report.remedy);
	writeEvidence(writer, report.evidence);
	return writer;
}

export function writeRemedy(writer: Writer, remedy: readonly string[]): Writer {
	if (remedy.length === 0) return writer;
	writer.blank().heading('What to do');
	for (const line of remedy) writer.bullet(span(writer.look.glyphs.note, 'dim'), line);
	return writer;
}

export function writeEvidence(writer: Writer, evidence: readonly string[]): Writer {
	if (evidence.length === 0) return writer;
	writer.blank().heading('Evidence');
	for (const line of evidence) writer.verbatim(line, 'dim');
	return writer;
}
