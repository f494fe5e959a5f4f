/** Rounds of one test, one after the other: a wrong one is told at once, and the others go on. */

/**
 * @param all what each round is made of
 * @param round throws where its round is wrong
 * @param named a round's name in words, for the report
 * @returns what was wrong, a line or more for each wrong round, with its number and name; empty: nothing
 */
export async function wrongRounds<T>(
	all: readonly T[],
	round: (at: T, index: number) => Promise<void>,
	named: (at: T) => string,
): Promise<string[]> {
	const wrong: string[] = [];
	for (const [index, at] of all.entries()) {
		try {
			await round(at, index);
		} catch (error) {
			const told = `round ${index + 1} of ${all.length}, ${named(at)}: ${wordsOf(error)}`;
			// Hours may lie between a wrong round and the end, which may never come.
			console.error(told);
			wrong.push(told);
		}
	}
	return wrong;
}

/** vitest's message tells how many lines differ; which ones is beside it. */
function wordsOf(error: unknown): string {
	const {message, actual} = error as Error & {actual?: unknown};
	return `${message}${actual === undefined ? '' : `\n${actual}`}`;
}
