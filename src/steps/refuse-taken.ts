/** What kata-setup did not make it neither uses nor removes: for steps whose paths must be free. */
import {type ExitName, KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';

/** @throws KataSetupError (`undone`, or the exit given) if there is something at one of the paths */
export async function refuseTaken(host: Host, paths: readonly string[], exit: ExitName = 'undone'): Promise<void> {
	for (const path of paths)
		if ((await host.files.stat(path)) !== null)
			throw new KataSetupError(exit, `${path} is there already, and no run of kata-setup knows it.`, {
				why: 'What kata-setup did not make it neither uses nor removes.',
				remedy: `Look what it is for; if nothing needs it, move it away: mv ${path} ${path}.old`,
			});
}
