/**
 * Files that a packaged configuration names with a folder left out: `share//AAVMF_CODE.fd` where the release has
 * `share/aavmf/AAVMF_CODE.fd`. Kata's build leaves such a gap where a variable of its own is empty; 4.1.0 has them in go's
 * files for QEMU on aarch64 and for NVIDIA's GPU. No runtime starts a sandbox from them as they are. Pure.
 */

/** The folder before the gap and what comes after it, both without a slash at the gap; null: the path has none. */
export function gapIn(path: string): {before: string; after: string} | null {
	const [before, after, ...others] = path.split('//');
	return before && after && others.length === 0 ? {before, after} : null;
}

/**
 * The path with the one folder that has the file; null where it is there as it is named, none has it, or several do.
 * @param foldersIn the names of a folder's folders; asked only where the file is not there as it is named
 */
export function withFolder(
	path: string,
	foldersIn: (folder: string) => Iterable<string>,
	isThere: (path: string) => boolean,
): string | null {
	const gap = gapIn(path);
	if (!gap || isThere(`${gap.before}/${gap.after}`)) return null;
	const found = [...foldersIn(gap.before)].map(folder => `${gap.before}/${folder}/${gap.after}`).filter(isThere);
	return found.length === 1 ? (found[0] ?? null) : null;
}

/** The values of a configuration that have a gap, outside of comments. */
export const namedWithGap = (text: string): string[] =>
	[...text.matchAll(/^\s*\w+\s*=\s*"([^"\n]+)"/gm)]
		.map(([, value]) => value ?? '')
		.filter(value => gapIn(value) !== null);
