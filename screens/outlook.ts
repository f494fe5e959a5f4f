/** What can run on this host: one line for each runtime with each hypervisor. */
import {hypervisorTitle} from '../src/catalogue/availability.ts';
import {runtimes} from '../src/catalogue/catalogue.ts';
import type {Severity} from '../src/facts/findings.ts';
import {outlookOfPairs, type PairOutlook, pairTitle} from '../src/facts/outlook.ts';
import {pairWords} from '../src/facts/report.ts';
import {type Row, span, Writer} from './doc.ts';
import {canRun, recommendedIn} from './journey/questions.ts';
import type {Journey} from './journey/state.ts';
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
	const pairs = outlookOfPairs(state.pairs, state.findings);
	const best = recommendedIn(state);
	if (best) {
		writer.heading(`Recommended: ${pairTitle(best.pair)}`);
		for (const reason of best.reasons) writer.bullet(span(look.glyphs.note, 'dim'), reason);
		writer.blank();
	}
	for (const runtime of runtimes) {
		writer.heading(`With the ${runtime} runtime`);
		writer.rows(
			pairs.filter(pair => pair.runtime === runtime).map(pair => rowOf(pair, state, look)),
			2,
		);
		writer.blank();
	}
	return {title: 'What can run here', aside: '', body: {kind: 'page', doc: writer.doc(), top}};
}

const severities: Record<PairOutlook['outlook'], Severity> = {
	runs: 'ok',
	changes: 'ok',
	unknown: 'unknown',
	no: 'blocker',
};

function rowOf(pair: PairOutlook, {findings}: Journey, look: Look): Row {
	const label = `${marks[severities[pair.outlook]].glyph(look.glyphs)} ${hypervisorTitle(pair.hypervisor)}`;
	return {label, value: pairWords(pair, findings), ...(pair.outlook === 'no' ? {tone: 'dim' as const} : {})};
}
