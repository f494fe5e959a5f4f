/** What is installed, in rows: on Home, beside what can be done with it, and on a page of its own. */
import {titleOfPair} from '../src/catalogue/availability.ts';
import {installedPair} from '../src/catalogue/here-already.ts';
import {compareVersions} from '../src/catalogue/version.ts';
import type {Facts, InstallationFacts} from '../src/facts/facts.ts';
import {engineTitles, plainContainerds, runningBeside} from '../src/facts/findings/engines/engine-words.ts';
import {unreadWhy} from '../src/facts/findings/judgement.ts';
import {lastRunWords} from '../src/facts/last-run.ts';
import {formatTime} from '../src/format.ts';
import {sandboxesOf} from '../src/plan/parts/sandboxes.ts';
import type {Writer} from './doc.ts';

interface Row {
	label: string;
	value: string;
}

/** The name of the hypervisor, or of its variant. */
export function nameOf(installation: InstallationFacts): string {
	const pair = installedPair(installation);
	return pair ? titleOfPair(pair) : (installation.variant ?? installation.hypervisor);
}

/**
 * Writes what is in force, what came of it and where it is: what is asked for most comes first, as Home shows what there is
 * room for. Nothing where nothing is installed.
 */
export function writeInstallation(writer: Writer, facts: Facts): void {
	const {installation} = facts;
	if (!installation) return;
	const {version, runtime, tree} = installation;
	writer.rows([
		{label: 'In force', value: `${version}, ${runtime}, ${nameOf(installation)}`},
		...updateRows(facts, version),
		...proofRows(installation),
		...sandboxesOf(facts).map((value, index) => ({label: index === 0 ? 'Running' : '', value})),
		...beforeRows(installation),
		...(installation.lastRun ? [{label: 'Last run', value: lastRunWords(installation.lastRun)}] : []),
		{label: 'Engines', value: enginesOf(facts)},
		{label: 'Handlers', value: handlersOf(facts, installation)},
		{label: 'Tree', value: tree === '' ? 'none' : tree},
	]);
}

/** Nothing where the release index did not tell, or was not asked. */
function updateRows({network}: Facts, version: string): Row[] {
	const newest = network?.index?.newest;
	if (!newest) return [];
	const isNewer = compareVersions(newest, version) > 0;
	return [{label: 'Updates', value: isNewer ? `${newest} is out` : `none; the newest release is ${newest}`}];
}

/** Every containerd that kata-setup could configure, and what runs beside it. */
function enginesOf(facts: Facts): string {
	const found = plainContainerds(facts).map(({version}) => `containerd ${version}`);
	const none = unreadWhy(facts, 'containerd') === null ? 'no containerd runs' : 'containerd could not be looked at';
	return [...(found.length > 0 ? found : [none]), ...runningBeside(facts).map(name => engineTitles[name])].join(', ');
}

function handlersOf({kataHandlers = []}: Facts, {handler}: InstallationFacts): string {
	const others = kataHandlers
		.filter(({engine, name}) => engine !== 'containerd' || name !== handler)
		.map(({engine, name}) => `${name} of ${engineTitles[engine]}`);
	const ours = handler ?? 'none of ours';
	return others.length === 0 ? ours : [handler === null ? ours : `${ours} (ours)`, ...new Set(others)].join(', ');
}

/** When a container was last proven to run in a VM, or what came of the last smoke test. */
function proofRows({proof}: InstallationFacts): Row[] {
	if (proof === undefined) return [];
	if (proof === null) return [{label: 'Last proof', value: 'none: no smoke test was run'}];
	return [{label: 'Last proof', value: `${formatTime(proof.at)}: ${proof.sentence}`}];
}

const beforeRows = ({previous}: InstallationFacts): Row[] =>
	previous
		? [{label: 'Before', value: `${previous.release.version}, ${previous.runtime}, ${titleOfPair(previous)}`}]
		: [];
