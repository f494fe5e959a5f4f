/** What a machine may lack that the stand-in does without: its guests are emulated, and talk over serial ports. */
import type {Finding} from '../../../src/facts/findings.ts';
import type {JourneyHost} from './journey-host.ts';

/** Blockers for Kata itself, by their ids in `check`. */
const unneeded = ['kvm', 'vhost-vsock'];

/**
 * `--ignore ID` for those that block here; empty on a machine that has all.
 * @throws Error if anything else blocks: then the journey would prove nothing
 */
export async function ignoring(host: JourneyHost): Promise<string[]> {
	const {stdout, stderr} = await host.kataSetup('check', '--json');
	if (stderr !== '') throw new Error(`check: ${stderr}`);
	const {findings} = JSON.parse(stdout) as {findings: Finding[]};
	const blockers = findings.filter(({severity}) => severity === 'blocker');
	const others = blockers.filter(({id}) => !unneeded.includes(id));
	if (others.length > 0) throw new Error(`This machine cannot run the journey: ${JSON.stringify(others, null, 2)}`);
	return blockers.flatMap(({id}) => ['--ignore', id]);
}
