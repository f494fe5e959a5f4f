/** What a command finds in its way while another run is half-way is not what the host has to say: it is told as that run. */
import {readSummary} from '../apply/summary.ts';
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {lockedBy, lockHolder} from '../host/lock.ts';

/** Runs that follow each other as fast as one looks: more tries would say little. */
const tries = 3;

/**
 * Does a command's work, once more where it was refused for the host's sake and another run came to its end meanwhile.
 * @throws KataSetupError (`locked`) naming the run that is at work, in the place of such a refusal; what `work` throws
 */
export async function undisturbed<T>(host: Host, work: () => Promise<T>): Promise<T> {
	for (let left = tries; ; left -= 1) {
		const {sequence} = await readSummary(host);
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof KataSetupError) || error.report.exit !== 'host') throw error;
			const holder = await lockHolder(host);
			if (holder) throw lockedBy(holder);
			if (left === 1 || (await readSummary(host)).sequence === sequence) throw error;
		}
	}
}
