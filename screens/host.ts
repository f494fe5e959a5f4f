/** Host: what this machine is and whether a VM can start on it. */
import type {Facts} from '../src/facts/facts.ts';
import type {Finding, Severity} from '../src/facts/findings.ts';
import {kataPrefix} from '../src/layout.ts';
import {type Span, span, Writer} from './doc.ts';
import {fineFindings, type HostEntry, hostEntries} from './journey/entries.ts';
import {canAdopt, canRun} from './journey/questions.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import {marks, weightOf} from './marks.ts';
import {outlookWords} from './outlook.ts';
import {writeReport} from './report.ts';
import {pad} from './text.ts';
import type {ScreenView} from './view.ts';

export function hostView(state: Journey, look: Look): ScreenView {
	const writer = new Writer(look);
	if (state.looking.state === 'failed' && state.looking.error)
		return {
			title: 'This host could not be looked at',
			aside: '',
			body: {kind: 'page', doc: writeReport(writer, state.looking.error).doc(), top: 0},
		};
	if (state.looking.state === 'busy' || !state.facts) return lookingView(state, writer);
	const {findings} = state;
	const labels = labelWidth(findings);
	const blockers = findings.filter(finding => weightOf(finding) === 'blocker').length;
	let pinned = 0;
	hostEntries(state).forEach((entry, index) => {
		const here = state.hostCursor === index;
		writer.entry().line(...cursor(here, look), ...lineOf(state, entry, here, labels, look));
		if (entry.entry === 'outlook' && !look.compact) writer.blank();
		if (entry.entry === 'finding' && entry.finding < blockers) pinned = writer.lines.length;
	});
	return {
		title: conclusionOf(state),
		aside: countsOf(findings),
		body: {kind: 'list', doc: writer.doc(), cursor: state.hostCursor, pinned},
	};
}

/** What is found already, as it is found; the last line says what is awaited. */
function lookingView({early}: Journey, writer: Writer): ScreenView {
	const {look} = writer;
	const findings = early?.findings ?? [];
	const labels = labelWidth(findings);
	if (findings.length === 0)
		writer.text('CPU, KVM, memory, disk, container engines, and what Kata is here already.', 'dim', 2);
	for (const finding of findings) writer.line(span('  '), ...findingSpans(finding, false, labels, look));
	if (early) writer.blank().text(`Still looking at: ${early.pending.map(subjectOf).join(', ')}`, 'dim', 2);
	return {
		title: `Looking at this host${look.glyphs.more}`,
		aside: 'changes nothing',
		body: {kind: 'page', doc: writer.doc(), top: 0},
	};
}

/** The fields of Facts in words, where their names are none. */
const subjects: Partial<Record<keyof Facts, string>> = {
	cpu: 'CPU',
	kvm: 'KVM',
	virt: 'nesting',
	os: 'system',
	systemd: 'init',
	otherEngines: 'other engines',
	kata: 'Kata',
	space: 'disk',
};

const subjectOf = (field: keyof Facts): string => subjects[field] ?? field;

const labelWidth = (findings: readonly Finding[]): number =>
	Math.max(...findings.map(({label}) => label.length), 9) + 2;

const cursor = (here: boolean, look: Look): Span[] => [span(here ? `${look.glyphs.cursor} ` : '  ', 'accent')];

function lineOf(state: Journey, entry: HostEntry, here: boolean, labels: number, look: Look): Span[] {
	switch (entry.entry) {
		case 'adopt':
			return [span(adoptWords, here ? 'accent' : 'strong')];
		case 'action':
			return [span(actionOf(state), here ? 'accent' : 'strong')];
		case 'outlook':
			return [span(outlookWords(state), here ? 'accent' : 'plain')];
		case 'finding': {
			const finding = state.findings[entry.finding];
			return finding ? findingSpans(finding, here, labels, look) : [];
		}
		case 'fine': {
			const fine = fineFindings(state);
			return [
				span(`${marks.ok.glyph(look.glyphs)} `, marks.ok.tone),
				span(pad('Also fine', labels), here ? 'accent' : 'strong'),
				span(fine.map(({label}) => label).join(', '), here ? 'plain' : 'dim'),
			];
		}
	}
}

function findingSpans(finding: Finding, here: boolean, labels: number, look: Look): Span[] {
	const mark = marks[weightOf(finding)];
	return [
		span(`${mark.glyph(look.glyphs)} `, mark.tone),
		span(pad(finding.label, labels), here ? 'accent' : 'strong'),
		span(finding.summary, finding.severity === 'blocker' || here ? 'plain' : 'dim'),
	];
}

function conclusionOf(state: Journey): string {
	if (state.facts?.installation) return 'This host, as it is now';
	if (canRun(state)) return 'This host can run Kata Containers';
	const isItAlone = state.findings.every(({severity, id}) => severity !== 'blocker' || id === 'existing-kata');
	return canAdopt(state) && isItAlone
		? 'Another Kata is here already'
		: 'This host cannot run Kata Containers as it is';
}

const adoptWords = `Adopt the Kata at ${kataPrefix}: it becomes ours as it is`;

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
