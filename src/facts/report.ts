/** The plain text of `kata-setup check`: the findings, what can be chosen, and the conclusion. */
import {allAvailability, hypervisorTitle, type PairAvailability} from '../catalogue/availability.ts';
import {hanging, twoColumns} from '../columns.ts';
import type {Facts} from './facts.ts';
import type {Finding, Severity} from './findings.ts';
import {canInstall, mayBeIgnored} from './judge.ts';

/** Of the same length, so that what follows stands in a column; the words of `--json`. */
const marks: Record<Severity, string> = {
	blocker: 'BLOCKER',
	warning: 'WARNING',
	unknown: 'UNKNOWN',
	note: 'note   ',
	ok: 'ok     ',
};

/**
 * Lines of at most 80 columns: every finding in the order given with its whole story, then a line for each runtime with
 * each hypervisor, then one sentence.
 */
export function reportFacts(facts: Facts, findings: readonly Finding[]): string[] {
	const pairs = allAvailability(facts, null, findings);
	return [
		`Host ${facts.hostname}, looked at on ${facts.takenAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')}. Nothing was changed.`,
		'',
		...findingLines(findings),
		'',
		'What can be chosen here:',
		'',
		...pairLines(pairs, findings),
		'',
		...hanging('', conclusionOf(facts, pairs, findings)),
	];
}

const needsAttention = ({severity}: Finding): boolean =>
	severity === 'blocker' || severity === 'warning' || severity === 'unknown';

/** What needs attention stands in paragraphs, the rest close together below. */
function findingLines(findings: readonly Finding[]): string[] {
	const width = Math.max(0, ...findings.map(({label}) => label.length));
	const grave = findings.filter(needsAttention);
	const fine = findings.filter(finding => !needsAttention(finding));
	return [
		...grave.flatMap((finding, index) => [...(index > 0 ? [''] : []), ...storyOf(finding, width)]),
		...(grave.length > 0 && fine.length > 0 ? [''] : []),
		...fine.flatMap(finding => storyOf(finding, width)),
	];
}

function storyOf(finding: Finding, width: number): string[] {
	const {id, severity, label, summary, detail, remedy, command} = finding;
	const first = `${marks[severity]}  ${label.padEnd(width)}  `;
	const margin = ' '.repeat(first.length);
	return [
		...hanging(first, summary),
		...detail.flatMap(line => hanging(margin, line)),
		...remedy.flatMap(line => hanging(`${margin}- `, line)),
		// Never wrapped: it is there to be copied.
		...(command === null ? [] : [`${margin}$ ${command}`]),
		...(mayBeIgnored(finding) ? hanging(`${margin}- `, `To go on all the same: --ignore ${id}`) : []),
	];
}

const blockersOfAll = (findings: readonly Finding[]): string[] => [
	...new Set(
		findings.filter(({severity, affects}) => severity === 'blocker' && affects === 'all').map(({label}) => label),
	),
];

function pairLines(pairs: readonly PairAvailability[], findings: readonly Finding[]): string[] {
	const blockers = blockersOfAll(findings);
	const shared = notesOfAll(pairs);
	return twoColumns(
		pairs.map(({runtime, hypervisor, availability, recommended}) => {
			const left = `${runtime.padEnd(4)}  ${hypervisorTitle(hypervisor)}`;
			if (availability.state === 'unavailable') return [left, `no: ${availability.reason}`];
			if (blockers.length > 0) return [left, `no, as long as this is in the way: ${blockers.join(', ')}`];
			const notes = availability.notes.filter(note => !shared.includes(note));
			return [left, [recommended ? 'yes, recommended' : 'yes', ...notes].join('; ')];
		}),
	);
}

/** What is true of every pair was said by a finding, and tells none from another. */
function notesOfAll(pairs: readonly PairAvailability[]): string[] {
	const [first = [], ...rest] = pairs.flatMap(({availability}) =>
		availability.state === 'ok' ? [availability.notes] : [],
	);
	return first.filter(note => rest.every(notes => notes.includes(note)));
}

function conclusionOf(facts: Facts, pairs: readonly PairAvailability[], findings: readonly Finding[]): string {
	if (facts.installation)
		return 'Kata is installed here by kata-setup: `kata-setup status` says more, `kata-setup test` proves it.';
	if (!canInstall(findings))
		return `Kata cannot be installed here as it is (${blockersOfAll(findings).join(', ')}); \`kata-setup --rehearse\` shows the journey all the same.`;
	const best = pairs.find(({recommended}) => recommended);
	if (!best) return 'No runtime and hypervisor can be chosen on this host.';
	const pair = `${best.runtime} with ${hypervisorTitle(best.hypervisor)}`;
	return findings.some(needsAttention)
		? `This host may run Kata, best ${pair}, with the doubts above; the smoke test decides.`
		: `This host can run Kata, best ${pair}; the smoke test will prove it.`;
}
