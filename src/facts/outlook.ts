/** How each runtime with each hypervisor stands on a host, and which one is recommended and why. Pure. */
import {type Availability, allAvailability, concerns, type PairAvailability} from '../catalogue/availability.ts';
import {type Pair, pairIn} from '../catalogue/catalogue.ts';
import type {ExitName} from '../errors.ts';
import type {Facts} from './facts.ts';
import type {Finding, Severity} from './findings.ts';
import {canInstall} from './judge.ts';
import {reasonsFor} from './recommendation.ts';

export {pairTitle} from './recommendation.ts';

/**
 * `runs`: as Kata is shipped. `changes`: with what the plan changes on this host for it. `unknown`: what decides it could
 * not be told. `no`: not on this host as it is.
 */
export type OutlookState = 'runs' | 'changes' | 'unknown' | 'no';

export interface PairOutlook extends Pair {
	outlook: OutlookState;
	/** What the plan changes on this host for it, half a line each; empty where it will not run. */
	changes: string[];
	/** `no`: why it will not run. `unknown`: what could not be told. Otherwise empty. */
	reasons: string[];
	/** Warnings of this pair and not of every other: it may run all the same, and the smoke test decides. */
	doubts: string[];
	recommended: boolean;
}

export interface Recommendation {
	pair: Pair;
	/** Half a line each, the most important first. */
	reasons: string[];
}

export interface Outlook {
	/** Every runtime with every hypervisor, in the catalogue's order. */
	pairs: PairOutlook[];
	/** null: nothing can run on this host as it is. */
	recommendation: Recommendation | null;
}

/**
 * Facts and what they mean → what can run here.
 * @param findings the judgement of these facts
 * @param version the release's version, or null while it is not known: then the newest is assumed
 */
export function outlookOf(facts: Facts, findings: readonly Finding[], version: string | null = null): Outlook {
	const pairs = outlookOfPairs(allAvailability(facts, version, findings), findings);
	return {pairs, recommendation: recommendationOf(pairs, facts, version)};
}

/** The pairs alone: what can be chosen and what the findings say → what can run. */
export const outlookOfPairs = (pairs: readonly PairAvailability[], findings: readonly Finding[]): PairOutlook[] =>
	pairs.map(one => {
		const {availability, recommended} = one;
		const pair = pairIn(one);
		const judged = standingOf(pair, availability, findings);
		return {...pair, ...judged, recommended: recommended && judged.outlook !== 'no'};
	});

/** How `check` ends: what is only noted never counts, and what could not be told counts only where it decides. */
export function exitOf({pairs}: Outlook, findings: readonly Finding[]): ExitName {
	if (pairs.every(({outlook}) => outlook === 'no')) return 'host';
	const sure = pairs.some(({outlook}) => outlook === 'runs' || outlook === 'changes');
	return sure && !findings.some(({severity}) => severity === 'warning' || severity === 'blocker') ? 'ok' : 'warnings';
}

/** The findings that decide whether a pair runs, and leave it open when they could not be told. */
const decisive: readonly string[] = [
	'machine',
	'kernel',
	'kvm',
	'cgroup',
	'engine',
	'space',
	'memory',
	'shm',
	'vhost-vsock',
	'devices',
];

type Standing = Pick<PairOutlook, 'outlook' | 'changes' | 'reasons' | 'doubts'>;

function standingOf(pair: Pair, availability: Availability, findings: readonly Finding[]): Standing {
	const nothing = {changes: [], reasons: [], doubts: []};
	const told = (severity: Severity): Finding[] =>
		findings.filter(finding => finding.severity === severity && concerns(finding, pair));
	if (availability.state === 'unavailable') return {...nothing, outlook: 'no', reasons: [availability.reason]};
	if (!canInstall(findings)) return {...nothing, outlook: 'no', reasons: told('blocker').map(findingSentence)};
	const {changes} = availability;
	const doubts = told('warning')
		.filter(({affects}) => affects !== 'all')
		.map(findingSentence);
	const open = told('unknown').filter(({id}) => decisive.includes(id));
	if (open.length > 0) return {outlook: 'unknown', changes, reasons: open.map(findingSentence), doubts};
	return {...nothing, outlook: changes.length > 0 ? 'changes' : 'runs', changes, doubts};
}

/** A finding in one sentence: `KVM: There is no /dev/kvm`. */
export const findingSentence = ({label, summary}: Finding): string => `${label}: ${summary}`;

/** Why the recommended one of these pairs is; null if none is. */
export function recommendationOf(
	pairs: readonly PairOutlook[],
	facts: Facts,
	version: string | null,
): Recommendation | null {
	const best = pairs.find(({recommended}) => recommended);
	if (!best) return null;
	return {pair: pairIn(best), reasons: reasonsFor(best, pairs, facts, version).map(({text}) => text)};
}
