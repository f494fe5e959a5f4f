/** What changed behind our back, thing by thing: the page that Home opens, and the lines beside its Repair. */
import {driftSubject, driftWords} from '../src/facts/drift-words.ts';
import {span, Writer} from './doc.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import type {ScreenView} from './view.ts';

export function driftView({facts}: Journey, top: number, look: Look): ScreenView {
	const {items = [], unjudged = [], theirs = [], added = []} = facts?.drift ?? {};
	const writer = new Writer(look);
	for (const item of items) {
		writer.bullet(span(look.glyphs.warning, 'warn'), driftSubject(item), 'strong');
		writer.text(driftWords(item), 'plain', 2);
	}
	if (unjudged.length > 0) writer.blank().heading('What could not be judged');
	for (const {path, why} of unjudged) writer.bullet(span(look.glyphs.note, 'dim'), `${path}: ${why}`);
	if (theirs.length > 0) writer.blank().heading('Yours, changed since it was written for you: it stays');
	for (const path of theirs) writer.bullet(span(look.glyphs.note, 'dim'), path);
	if (added.length > 0) writer.blank().heading('Yours, put into the release: it stays');
	for (const path of added) writer.bullet(span(look.glyphs.note, 'dim'), path);
	writer.blank().text('The files of a release are looked at here. Repair compares their bytes, too.', 'dim');
	return {
		title: 'What changed since kata-setup made it',
		aside: `${items.length} in all`,
		body: {kind: 'page', doc: writer.doc(), top},
	};
}
