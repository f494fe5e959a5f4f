/**
 * A listing of files: each path with its type, mode, owner, and the SHA-256 of a file's content or the target of a link,
 * such as `f 644 0:0 9f86d08…` or `l 777 0:0 -> ../x`. Text, so that two of them compare and read well as a difference.
 */
export type Snapshot = Readonly<Record<string, string>>;

/** The separator of the listing's two halves: a record no path can be. */
const HALF = '//';

/** A shell command (needs GNU find and sha256sum) that writes NUL-separated records for `parseListing`. */
export function listingCommand(paths: readonly string[]): string {
	const quoted = paths.map(quote).join(' ');
	return [
		'set -e; export LC_ALL=C',
		`set --; for p in ${quoted}; do if [ -e "$p" ] || [ -L "$p" ]; then set -- "$@" "$p"; fi; done`,
		'[ $# -gt 0 ] || exit 0',
		`find "$@" -xdev -printf '%p\\0%y %m %U:%G\\0%l\\0'`,
		`printf '${HALF}\\0'`,
		`find "$@" -xdev -type f -exec sha256sum -z {} +`,
	].join('\n');
}

/** What `listingCommand` wrote, as a snapshot. Throws when the output is not whole. */
export function parseListing(output: string): Snapshot {
	const records = output.split('\0');
	if (records.pop() !== '') throw new Error('The listing ends in the middle of a record.');
	const half = records.indexOf(HALF);
	if (half === -1 && records.length > 0) throw new Error('The listing has no second half.');

	const sums = new Map<string, string>();
	for (const record of records.slice(half + 1)) {
		const [, sum, path] = /^([0-9a-f]{64}) {2}(.*)$/s.exec(record) ?? [];
		if (sum === undefined || path === undefined) throw new Error(`This is no checksum line: ${record}`);
		sums.set(path, sum);
	}
	const entries: Record<string, string> = {};
	for (let i = 0; i + 2 < half; i += 3) {
		const [path = '', about = '', target = ''] = records.slice(i, i + 3);
		const sum = sums.get(path);
		if (about.startsWith('f') && sum === undefined) throw new Error(`${path} has no checksum.`);
		entries[path] = target === '' ? [about, sum].filter(Boolean).join(' ') : `${about} -> ${target}`;
	}
	return entries;
}

/** The same without what our own state says, which has times and the names of runs in it: that it is there counts. */
export function withoutOwnContent(snapshot: Snapshot): Snapshot {
	const entries = Object.entries(snapshot).map(([path, entry]) => [
		path,
		path.startsWith('/var/lib/kata-setup/') ? entry.replace(/ \w{64}$/, '') : entry,
	]);
	return Object.fromEntries(entries);
}

/** The same without our own state at all, for what may be told of one run more or less. */
export const withoutOwnState = (snapshot: Snapshot): Snapshot =>
	Object.fromEntries(Object.entries(snapshot).filter(([path]) => !path.startsWith('/var/lib/kata-setup')));

/** The paths whose entries differ, each with what it was and is, for messages that stay short. */
export function differences(was: Snapshot, is: Snapshot): string[] {
	const paths = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(path => was[path] !== is[path]);
	return paths.sort().map(path => `${path}: was ${was[path] ?? 'not there'}, is ${is[path] ?? 'not there'}`);
}

function quote(word: string): string {
	return `'${word.replaceAll("'", `'\\''`)}'`;
}
