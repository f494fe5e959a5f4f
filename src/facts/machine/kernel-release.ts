/** The order of kernel releases. Pure. */

/** Orders releases by the numbers in them, so that `6.1.0-9-amd64` comes before `6.1.0-40-amd64`. */
export function compareReleases(a: string, b: string): number {
	const [left, right] = [numbersIn(a), numbersIn(b)];
	const length = Math.max(left.length, right.length);
	for (let at = 0; at < length; at += 1) {
		const difference = (left[at] ?? 0) - (right[at] ?? 0);
		if (difference !== 0) return difference;
	}
	return 0;
}

const numbersIn = (release: string): number[] => (release.match(/\d+/g) ?? []).map(Number);
