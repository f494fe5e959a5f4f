/** The whole matrix as data: what `kata-setup list` prints. Pure. */
import type {Architecture, Facts} from '../facts/facts.ts';
import type {Finding} from '../facts/findings.ts';
import {absenceOf, allAvailability} from './availability.ts';
import {archivePrefix, configurationName, isOwnDefault, newestDescribed, tableName} from './by-release.ts';
import {catalogue, hypervisors, type Pair, pairEntry, pairName, runtimes} from './catalogue.ts';
import {releaseMeant} from './here-already.ts';
import {remedyFor} from './remedy.ts';
import {isPackaged, refusalInRelease, type Undescribed, undescribedHere} from './variants.ts';
import {type VariantHere, variantHere} from './variants-here.ts';
import {atLeast} from './version.ts';

export interface MatrixRow extends Pair {
	/** For example `rust-qemu`. */
	name: string;
	/** Whether it can be chosen; without a host: whether the release's archives have it. */
	available: boolean;
	/** Why not, in one clause; null where it can be. */
	reason: string | null;
	/** What would make it available; null: nothing, or it is. */
	remedy: string | null;
	recommended: boolean;
	/** Whether its runtime takes this hypervisor by itself. */
	ownDefault: boolean;
	deprecated: boolean;
	experimental: boolean;
	/** Whether Kata's own tests run it on this architecture. */
	testedUpstream: boolean;
	needsBlockSnapshotter: boolean;
	/** How the archive's name begins; null, with the next three, where the release has no such pair. */
	archive: string | null;
	file: string | null;
	table: string | null;
	binary: string | null;
	source: string;
}

export interface Matrix {
	schema: 1;
	release: string;
	architecture: string;
	/** The host that was looked at; null: none, only the release's files count. */
	hostname: string | null;
	/** What is in the way of every pair on that host, a sentence each; empty without a host. */
	blockers: string[];
	pairs: MatrixRow[];
	/** The variants that this release has for this architecture. Without a host `available` tells what some host can have. */
	advanced: VariantHere[];
	/** Configurations of the unpacked release that the catalogue does not describe yet; empty without one. */
	undescribed: Undescribed[];
}

/** For a host: what it and the release allow. @param version null: the installed release, or the newest that is described */
export function matrixOfHost(facts: Facts, findings: readonly Finding[], version: string | null): Matrix {
	const release = releaseMeant(facts, version);
	const undescribed = undescribedHere(facts, release);
	const blockers = findings
		.filter(({severity, affects}) => severity === 'blocker' && affects === 'all')
		.map(({label, summary}) => `${label}: ${summary}`);
	const pairs = allAvailability(facts, release, findings).map(({availability, recommended, ...pair}) => ({
		...rowOf(pair, facts.machine, release),
		available: availability.state === 'ok',
		reason: availability.state === 'ok' ? null : availability.reason,
		remedy: availability.state === 'ok' ? null : remedyFor(pair, facts, release, findings),
		recommended: recommended && blockers.length === 0,
	}));
	const advanced = catalogue.advanced
		.map(entry => variantHere(entry, facts, release, findings))
		.filter(entry => entry.available || isPackaged(entry, facts.machine, release));
	return {...frame(facts.machine, release), hostname: facts.hostname, blockers, pairs, advanced, undescribed};
}

/** For an architecture, whatever the host. */
export function matrixOfRelease(architecture: Architecture, version: string | null): Matrix {
	const release = version ?? newestDescribed;
	const pairs = runtimes.flatMap(runtime =>
		hypervisors.map(hypervisor => rowOf({runtime, hypervisor}, architecture, release)),
	);
	const advanced = catalogue.advanced
		.filter(entry => isPackaged(entry, architecture, release))
		.map((entry): VariantHere => {
			const refusal = refusalInRelease(entry, architecture, release);
			return {...entry, available: !refusal, reason: refusal?.reason ?? null, remedy: refusal?.remedy ?? null};
		});
	return {...frame(architecture, release), hostname: null, blockers: [], pairs, advanced, undescribed: []};
}

const frame = (architecture: string, release: string) => ({
	schema: 1 as const,
	release,
	architecture,
});

function rowOf(pair: Pair, machine: string, release: string): MatrixRow {
	const entry = pairEntry(pair);
	const absence = absenceOf(pair, machine, release);
	const {deprecatedSince} = catalogue.runtimes[pair.runtime];
	const there = absence === null;
	return {
		...pair,
		name: pairName(pair),
		available: there,
		reason: absence,
		remedy: null,
		recommended: false,
		ownDefault: isOwnDefault(entry, release),
		deprecated: deprecatedSince !== null && atLeast(release, deprecatedSince),
		experimental: entry.experimental,
		testedUpstream: entry.testedUpstream.some(name => name === machine),
		needsBlockSnapshotter: entry.needsBlockSnapshotter ?? false,
		archive: there ? archivePrefix(pair.runtime, release) : null,
		file: there ? configurationName(pair, release) : null,
		table: there ? `hypervisor.${tableName(pair, release)}` : null,
		binary: there ? entry.binary : null,
		source: entry.source,
	};
}
