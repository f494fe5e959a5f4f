/** Host: what this machine is and whether a VM can start on it. */
import type {Finding, Severity} from '../src/facts/findings.ts';
import {span, Writer} from './doc.ts';
import {canRun, type Journey} from './journey-state.ts';
import type {Look} from './look.ts';
import {writeReport} from './report.ts';
import {pad} from './text.ts';
import type {Glyphs, Tone} from './theme.ts';
import type {ScreenView} from './view.ts';

const marks: Record<Severity, {glyph: (glyphs: Glyphs) => string; tone: Tone; word: string}> = {
	blocker: {glyph: glyphs => glyphs.failed, tone: 'bad', word: 'in the way'},
	warning: {glyph: glyphs => glyphs.warning, tone: 'warn', word: 'a warning'},
	unknown: {glyph: glyphs => glyphs.unknown, tone: 'warn', word: 'could not be told'},
	note: {glyph: glyphs => glyphs.note, tone: 'dim', word: 'good to know'},
	ok: {glyph: glyphs => glyphs.done, tone: 'good', word: 'fine'},
};

/** What stands in the way of some pairs only leaves the others: here it is a warning. */
const weightOf = ({severity, affects}: Finding): Severity =>
	severity === 'blocker' && affects !== 'all' ? 'warning' : severity;

export function hostView(state: Journey, look: Look): ScreenView {
	const writer = new Writer(look);
	if (state.looking.state === 'failed' && state.looking.error)
		return {
			title: 'This host could not be looked at',
			aside: '',
			body: {kind: 'page', doc: writeReport(writer, state.looking.error).doc(), top: 0},
		};
	if (state.looking.state === 'busy' || !state.facts) {
		writer.text('CPU, KVM, memory, disk, container engines, and what Kata is here already.', 'dim', 2);
		return {title: `Looking at this host${look.glyphs.more}`, aside: 'changes nothing', body: page(writer)};
	}
	writer.entry().line(...cursor(state, 0, look), span(actionOf(state), state.hostCursor === 0 ? 'accent' : 'strong'));
	if (!look.compact) writer.blank();
	const labelWidth = Math.max(...state.findings.map(({label}) => label.length), 4) + 2;
	state.findings.forEach((finding, index) => {
		const mark = marks[weightOf(finding)];
		const here = state.hostCursor === index + 1;
		writer
			.entry()
			.line(
				...cursor(state, index + 1, look),
				span(`${mark.glyph(look.glyphs)} `, mark.tone),
				span(pad(finding.label, labelWidth), here ? 'accent' : 'strong'),
				span(finding.summary, finding.severity === 'blocker' || here ? 'plain' : 'dim'),
			);
	});
	return {
		title: conclusionOf(state),
		aside: countsOf(state.findings),
		body: {kind: 'list', doc: writer.doc(), cursor: state.hostCursor},
	};
}

const page = (writer: Writer): ScreenView['body'] => ({kind: 'page', doc: writer.doc(), top: 0});

const cursor = (state: Journey, index: number, look: Look) => [
	span(state.hostCursor === index ? `${look.glyphs.cursor} ` : '  ', 'accent'),
];

function conclusionOf(state: Journey): string {
	if (state.facts?.installation) return 'This host, as it is now';
	return canRun(state) ? 'This host can run Kata Containers' : 'This host cannot run Kata Containers as it is';
}

function actionOf(state: Journey): string {
	if (state.facts?.installation) return 'Back to what is installed';
	if (canRun(state)) return 'Go on: choose the runtime';
	return 'Rehearse the whole journey instead; nothing on this host is changed';
}

function countsOf(findings: readonly Finding[]): string {
	const count = (severity: Severity, one: string, many: string): string[] => {
		const number = findings.filter(finding => weightOf(finding) === severity).length;
		return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
	};
	return [...count('blocker', 'blocker', 'blockers'), ...count('warning', 'warning', 'warnings')].join(', ');
}

/** One finding's whole story. */
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
