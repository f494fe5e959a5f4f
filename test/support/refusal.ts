/** What a refusal says, for tests of what must not be done. */
import {KataSetupError} from '../../src/errors.ts';

/** The report of the KataSetupError that `work` throws; any other end is one of the test. */
export function refusal(work: () => unknown): KataSetupError['report'] {
	try {
		work();
	} catch (error) {
		if (error instanceof KataSetupError) return error.report;
		throw error;
	}
	throw new Error('it was not refused');
}

/** The same of work that goes on. */
export async function refusalOf(work: Promise<unknown>): Promise<KataSetupError['report']> {
	const error = await work.then(
		() => new Error('it was not refused'),
		(thrown: unknown) => thrown,
	);
	return refusal(() => {
		throw error;
	});
}
