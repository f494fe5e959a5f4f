/** The plain text of `kata-setup check`: the findings, what runs, what is recommended, and the conclusion. */
import {hypervisorTitle} from '../catalogue/availability.ts';
import {ascii, hanging, twoColumns} from '../columns.ts';
import type {Facts} from './facts.ts';
import type {Finding, Severity} from './findings.ts';
import {mayBeIgnored} from './judge.ts';
import {findingSentence, type Outlook, type PairOutlook, pairTitle} from './outlook.ts';

/** Of the same length, so that what follows stands in a column; the words of `--json`. */
const marks: Record<Severity, string> = {
	blocker: 'BLOCKER',
	warning: 'WARNING',
	unknown: 'UNKNOWN',
	note: 'note   ',
	ok: 'ok     ',
};

/**
 * Lines of at most 80 columns. Findings that need attention have their whole story, the others a line and what to do;
 * then a line for each runtime with each hypervisor, the recommendation with its reasons, and one sentence.
 */
export function reportFacts(facts: Facts, findings: readonly Finding[], outlook: Outlook): string[] {
	return [
		`Host ${facts.hostname}, looked at on ${facts.takenAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')}. Nothing was changed.`,
		'',
		...findingLines(findings),
		'',
		'What runs here:',
		'',
		...pairLines(outlook.pairs, findings),
		'',
		...recommendationLines(outlook),
		...hanging('', conclusionOf(facts, outlook, findings)),
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
	const {id, severity, label, summary, detail, remedy, command, sources} = finding;
	const first = `${marks[severity]}  ${label.padEnd(width)}  `;
	const margin = ' '.repeat(first.length);
	const whole = needsAttention(finding);
	return [
		...hanging(first, ascii(summary)),
		...(whole ? detail.flatMap(line => hanging(margin, ascii(line))) : []),
		...remedy.flatMap(line => hanging(`${margin}- `, ascii(line))),
		// Never wrapped: it is there to be copied.
		...(command === null ? [] : [`${margin}$ ${command}`]),
		...(mayBeIgnored(finding) ? hanging(`${margin}- `, `To go on all the same: --ignore ${id}`) : []),
		...(whole && sources.length > 0 ? hanging(`${margin}read: `, sources.join(', ')) : []),
	];
}

const blockersOfAll = (findings: readonly Finding[]): Finding[] =>
	findings.filter(({severity, affects}) => severity === 'blocker' && affects === 'all');

const labelsOf = (findings: readonly Finding[]): string => [...new Set(findings.map(({label}) => label))].join(', ');

const pairLines = (pairs: readonly PairOutlook[], findings: readonly Finding[]): string[] =>
	twoColumns(
		pairs.map(pair => [`${pair.runtime.padEnd(4)}  ${hypervisorTitle(pair.hypervisor)}`, pairWords(pair, findings)]),
	);

/** One pair's outlook in one line: `runs with these changes: loads the kernel module vhost_vsock`. */
export function pairWords(pair: PairOutlook, findings: readonly Finding[]): string {
	const {outlook, changes, reasons, doubts} = pair;
	if (outlook === 'no') {
		const blockers = blockersOfAll(findings);
		const told = blockers.map(findingSentence);
		// What is in the way of all of them is told in full by the findings.
		return reasons.length > 0 && reasons.every(reason => told.includes(reason))
			? `will not run as long as this is in the way: ${labelsOf(blockers)}`
			: `will not run: ${reasons.join('; ')}`;
	}
	const what = {
		runs: 'runs',
		changes: `runs with these changes: ${changes.join(', ')}`,
		unknown: `could not be told: ${reasons.join('; ')}`,
	}[outlook];
	return [what, ...doubts.map(doubt => `but ${doubt}`)].join('; ');
}

function recommendationLines({recommendation}: Outlook): string[] {
	if (!recommendation) return [];
	return [
		`Recommended: ${pairTitle(recommendation.pair)}`,
		...recommendation.reasons.flatMap(reason => hanging('  - ', reason)),
		'',
	];
}

function conclusionOf(facts: Facts, {recommendation}: Outlook, findings: readonly Finding[]): string {
	if (facts.installation)
		return 'Kata is installed here by kata-setup: `kata-setup status` says more, `kata-setup test` proves it.';
	const blockers = blockersOfAll(findings);
	if (blockers.length > 0)
		return `Kata cannot be installed here as it is (${labelsOf(blockers)}); \`kata-setup --rehearse\` shows the journey all the same.`;
	if (!recommendation) return 'No runtime and hypervisor can be chosen on this host.';
	const pair = pairTitle(recommendation.pair);
	return findings.some(needsAttention)
		? `This host may run Kata, best ${pair}, with the doubts above; the smoke test decides.`
		: `This host can run Kata, best ${pair}; the smoke test will prove it.`;
}
