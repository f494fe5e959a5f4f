/** `kata-setup status` as plain lines. */
import type {Summary} from '../apply/summary.ts';
import {titleOfPair} from '../catalogue/availability.ts';
import {installedPair} from '../catalogue/here-already.ts';
import {driftCount, driftLines} from '../facts/drift-words.ts';
import type {DriftFacts, InstallationFacts} from '../facts/facts.ts';
import {kataProcessesProbe} from '../facts/kata/kata-processes.ts';
import {lastRunWords, unfinishedWords} from '../facts/last-run.ts';
import {formatTime} from '../format.ts';
import type {Host} from '../host/host.ts';
import {heldBy, lockHolder} from '../host/lock.ts';
import {activePairLink, kataPrefix, keptUninstall, modulesFile} from '../layout.ts';
import {sandboxesOf} from '../plan/parts/sandboxes.ts';
import {waysOn} from '../plan/ways-on.ts';

/** What is installed, whether it still is as we left it, how the last run ended, and a run that goes on. */
export async function statusLines(
	host: Host,
	{installation, lastRun, sequence}: Summary,
	{drift, driftUnread}: {drift: DriftFacts | null; driftUnread?: string} = {drift: null},
): Promise<string[]> {
	const holder = await lockHolder(host);
	const running = holder ? [`At work now: ${heldBy(holder)}. Look at it with: kata-setup attach`] : [];
	if (!installation)
		return [
			...running,
			'Kata is not installed by kata-setup on this host.',
			...lastRunLines(lastRun),
			...(sequence > 0
				? [`What \`check --fix\` changed stands: ${modulesFile}. Take it back with: kata-setup uninstall`]
				: []),
		];
	const pair = installedPair(installation);
	const beside = installation.choice?.beside === true;
	return [
		...running,
		`Kata        ${installation.version}`,
		`Runtime     ${installation.runtime}`,
		`Hypervisor  ${pair ? titleOfPair(pair) : (installation.variant ?? installation.hypervisor)}`,
		`Tree        ${installation.tree}`,
		...(beside ? [`Beside      ${kataPrefix} is not ours and stays as it is`] : []),
		`Active      ${(await host.files.readLink(activePairLink)) ?? 'nothing'}`,
		`Handler     ${installation.handler ?? 'none registered'}`,
		...(await runningLines(host)),
		...historyLines(installation),
		...(await removalLines(host, installation)),
		...lastRunLines(lastRun),
		...(drift ? driftStatus(drift) : []),
		...(driftUnread === undefined ? [] : [`Drift       could not be read: ${driftUnread}`]),
		...(installation.unfinishedRun && !holder
			? [`${unfinishedWords(installation)} was not finished. ${waysOn(installation.unfinished?.verb).join('. ')}`]
			: []),
	];
}

const lastRunLines = (lastRun: Summary['lastRun']): string[] =>
	lastRun ? [`Last run    ${lastRunWords(lastRun)}`] : [];

/** The sandboxes that run now, as Home has them. */
async function runningLines(host: Host): Promise<string[]> {
	const kataProcesses = await kataProcessesProbe.read(host);
	return sandboxesOf({kataProcesses}).map((words, index) => `${index === 0 ? 'Running   ' : '          '}  ${words}`);
}

/** What takes it away without npm, as far as it is still there. */
async function removalLines(host: Host, {keptProgram}: InstallationFacts): Promise<string[]> {
	if (!keptProgram) return [];
	const isThere = (await host.files.stat(keptUninstall))?.type === 'file';
	return [`To remove   ${isThere ? keptUninstall : `kata-setup uninstall (${keptUninstall} is gone)`}`];
}

/** The last proof, the state to go back to, and the releases that lie beside the one in force. */
function historyLines({proof, previous, trees = [], tree}: InstallationFacts): string[] {
	const others = trees.filter(({path}) => path !== tree).map(({path}) => path);
	return [
		...(proof ? [`Last proof  ${formatTime(proof.at)}: ${proof.sentence}`] : []),
		...(previous
			? [`Before      ${previous.release.version}, ${previous.runtime}, ${titleOfPair(previous)}: kata-setup rollback`]
			: []),
		...others.map(path => `Kept        ${path}`),
	];
}

/** What changed behind our back, file by file, and what could not be judged. */
function driftStatus(drift: DriftFacts): string[] {
	const {items, unjudged, theirs, added = []} = drift;
	return [
		...(items.length === 0
			? [unjudged.length === 0 ? 'Drift       none: all of it is as it was left' : 'Drift       none was found']
			: [
					`Drift       ${driftCount(drift)} changed behind its back; make it right with: kata-setup repair`,
					...driftLines(drift).map(line => `            ${line}`),
				]),
		...unjudged.map(({path, why}) => `Not judged  ${path}: ${why}`),
		...theirs.map(path => `Yours       ${path} was changed since it was written for you; it stays`),
		...added.map(path => `Yours       ${path} is not of the release; it stays`),
	];
}
