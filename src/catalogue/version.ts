/** Kata's version numbers: `MAJOR.MINOR.PATCH`, a dash makes a pre-release (`4.0.0-rc0`). */

const shape = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?$/;

/** Whether a text is a version number of Kata's. */
export const isVersion = (text: string): boolean => shape.test(text);

/**
 * Order of two versions, for `sort`: negative if `a` is older. A pre-release is older than its release.
 * Versions that are no version numbers sort as the oldest.
 */
export function compareVersions(a: string, b: string): number {
	const left = shape.exec(a);
	const right = shape.exec(b);
	if (!left || !right) return Number(Boolean(left)) - Number(Boolean(right));
	for (const field of [1, 2, 3]) {
		const difference = Number(left[field]) - Number(right[field]);
		if (difference !== 0) return difference;
	}
	if (left[4] === right[4]) return 0;
	if (left[4] === undefined) return 1;
	if (right[4] === undefined) return -1;
	return left[4].localeCompare(right[4], 'en', {numeric: true});
}

/** Whether `version` is `least` or newer; its pre-releases count as older. */
export const atLeast = (version: string, least: string): boolean => compareVersions(version, least) >= 0;
