/**
 * The restart after our part of containerd's configuration went out. The containerd that is asked is the one that runs now: since
 * the edit it may have come from another package, with other programs and another socket, or be another version.
 */
import {
	type Daemon,
	newFailures,
	type PluginStates,
	pluginStates,
	restartHazard,
	restartUnit,
	unitProperties,
	waitUntilAnswering,
} from '../engines/containerd-daemon.ts';
import {KataSetupError} from '../errors.ts';
import {readContainerd} from '../facts/engines/engines.ts';
import type {ContainerdFacts} from '../facts/facts.ts';
import type {Host} from '../host/host.ts';
import {current, runningOf} from '../plan/parts/current-engine.ts';
import type {ContainerdConfigArguments} from '../plan/plan.ts';
import type {StepContext} from './step-kind.ts';

/** The containerd of an edit, as it runs now; null where none is to be seen. */
export const runningNow = async (host: Host, args: ContainerdConfigArguments): Promise<ContainerdFacts | null> =>
	runningOf(args, await readContainerd(host));

/**
 * @param args as they were when the edit was made
 * @param running the containerd of these before the restart
 * @param plugins that one's when the edit was made
 * @returns what was left as it is, or could not be told, in words
 * @throws KataSetupError (`incomplete`) if a part of it does not work afterwards; (`undone`) if it did not come back
 */
export async function restartAfterUndo(
	host: Host,
	args: ContainerdConfigArguments,
	{unit, running, plugins}: {unit: string; running: ContainerdFacts | null; plugins: PluginStates | null},
	context: StepContext,
): Promise<string[]> {
	const daemon = current(args, running);
	if ((await stateOf(host, unit)) === 'inactive') return [];
	const hazard = await restartHazard(host, unit, daemon);
	if (hazard) return [`${unit} was not restarted (${hazard}); it forgets the handler at its next restart.`];
	const before = await pluginStates(host, daemon);
	context.log(`restarting ${unit}; running containers go on`);
	// Failed starts in a row make systemd refuse the next one.
	await host.run('systemctl', ['reset-failed', unit], {timeoutMs: 15_000});
	await restartUnit(host, unit);
	let asked: Daemon = daemon;
	let version: string | null = null;
	const find = async (): Promise<Daemon> => {
		const now = await runningNow(host, args);
		version = now?.version ?? null;
		asked = current(args, now);
		return asked;
	};
	try {
		const now = await waitUntilAnswering(host, find, unit);
		// Another version has other plugins, of which some may fail without harm.
		const isOf = (earlier: string | undefined): boolean => version === null || version === earlier;
		const known = {
			...(isOf(args.version) ? plugins : {}),
			...(isOf(running?.version ?? args.version) ? before : {}),
		};
		if (now && Object.keys(known).length > 0) requireWorking(known, now, unit);
		return [];
	} catch (error) {
		if (!isUnanswered(error) || (await stateOf(host, unit)) !== 'active') throw error;
		return [
			`${unit} was restarted and is active, but nothing answers on ${asked.address}, so whether all of it works could not be told. Look at it: systemctl status ${unit}`,
		];
	}
}

const stateOf = async (host: Host, unit: string): Promise<string | undefined> =>
	(await unitProperties(host, unit, ['ActiveState']))?.ActiveState;

const isUnanswered = (error: unknown): boolean => error instanceof KataSetupError && error.report.exit === 'undone';

function requireWorking(before: PluginStates, now: PluginStates, unit: string): void {
	const failed = newFailures(before, now);
	if (failed.length > 0)
		throw new KataSetupError('incomplete', 'containerd has its old configuration again, but not all of it works.', {
			why: `${failed.join(', ')}: see \`ctr plugins ls\`.`,
			remedy: `journalctl -u ${unit} tells more.`,
		});
}
