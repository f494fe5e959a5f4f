/** What is installed, in full, and what of it changed behind our back, thing by thing: the page that Home opens. */
import {driftSubject, driftWords} from '../src/facts/drift-words.ts';
import type {DriftFacts, Facts} from '../src/facts/facts.ts';
import {unreadWhy} from '../src/facts/findings/judgement.ts';
import {span, Writer} from './doc.ts';
import {nameOf, writeInstallation} from './installation.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import type {ScreenView} from './view.ts';

export function installedView({facts}: Journey, top: number, look: Look): ScreenView {
	const writer = new Writer(look);
	const installation = facts?.installation;
	if (facts && installation) {
		writeInstallation(writer, facts);
		writer.blank();
		writeChanges(writer, facts);
	}
	return {
		title: 'What is installed',
		aside: installation ? `${installation.runtime} ${look.glyphs.dot} ${nameOf(installation)}` : '',
		body: {kind: 'page', doc: writer.doc(), top},
	};
}

function writeChanges(writer: Writer, facts: Facts): void {
	const why = unreadWhy(facts, 'drift');
	if (why !== null) writer.text(`What changed since kata-setup made it could not be read: ${why}`, 'warn');
	if (facts.drift) writeDrift(writer, facts.drift);
}

function writeDrift(writer: Writer, {items, unjudged, theirs, added = []}: DriftFacts): void {
	const {glyphs} = writer.look;
	if (items.length > 0) writer.heading('What changed since kata-setup made it');
	else if (unjudged.length === 0) writer.text('Nothing changed since kata-setup made it.');
	for (const item of items) {
		writer.bullet(span(glyphs.warning, 'warn'), driftSubject(item), 'strong');
		writer.text(driftWords(item), 'plain', 2);
	}
	if (unjudged.length > 0) writer.blank().heading('What could not be judged');
	for (const {path, why} of unjudged) writer.bullet(span(glyphs.note, 'dim'), `${path}: ${why}`);
	if (theirs.length > 0) writer.blank().heading('Yours, changed since it was written for you: it stays');
	for (const path of theirs) writer.bullet(span(glyphs.note, 'dim'), path);
	if (added.length > 0) writer.blank().heading('Yours, put into the release: it stays');
	for (const path of added) writer.bullet(span(glyphs.note, 'dim'), path);
	writer.blank().text('The files of a release are looked at here. Repair compares their bytes, too.', 'dim');
}
