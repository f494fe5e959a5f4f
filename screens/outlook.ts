/** What can run on this host: one line for each runtime with each hypervisor. */
import {hypervisorTitle, type PairAvailability} from '../src/catalogue/availability.ts';
import {runtimes} from '../src/catalogue/catalogue.ts';
import {type Row, Writer} from './doc.ts';
import {canRun, type Journey} from './journey-state.ts';
import type {Look} from './look.ts';
import {marks} from './marks.ts';
import type {ScreenView} from './view.ts';

/** The one line that Host has for it. */
export function outlookWords(state: Journey): string {
	const can = state.pairs.filter(({availability}) => availability.state === 'ok');
	const count = `What can run here: ${canRun(state) ? can.length : 'none'} of ${state.pairs.length} pairs`;
	const best = state.pairs.find(({recommended}) => recommended);
	return best && canRun(state) ? `${count}; best ${best.runtime} with ${hypervisorTitle(best.hypervisor)}` : count;
}

export function outlookView(state: Journey, top: number, look: Look): ScreenView {
	const writer = new Writer(look);
	for (const runtime of runtimes) {
		writer.heading(`With the ${runtime} runtime`);
		writer.rows(
			state.pairs.filter(pair => pair.runtime === runtime).map(pair => rowOf(pair, look)),
			2,
		);
		writer.blank();
	}
	const blockers = state.findings.filter(({severity, affects}) => severity === 'blocker' && affects === 'all');
	if (blockers.length > 0)
		writer.text(`None of it before this is out of the way: ${blockers.map(({label}) => label).join(', ')}.`, 'warn');
	return {title: 'What can run here', aside: '', body: {kind: 'page', doc: writer.doc(), top}};
}

function rowOf({hypervisor, availability, recommended}: PairAvailability, look: Look): Row {
	const runs = availability.state === 'ok';
	const label = `${marks[runs ? 'ok' : 'blocker'].glyph(look.glyphs)} ${hypervisorTitle(hypervisor)}`;
	if (!runs) return {label, value: `will not run: ${availability.reason}`, tone: 'dim'};
	return {label, value: [recommended ? 'runs, recommended' : 'runs', ...availability.changes].join('; ')};
}
