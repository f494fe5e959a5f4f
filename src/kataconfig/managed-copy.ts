/** The managed copy of a packaged configuration: what it adds, and which tree's files it names. */
import type {Host} from '../host/host.ts';
import {kataPrefix} from '../layout.ts';
import {gapIn, namedWithGap, withFolder} from './left-out-folder.ts';

/**
 * @param from the packaged configuration's path, `packaged` its text
 * @param tree the release's files; of a configuration that lies in it the copy names what that tree has, wherever /opt/kata
 * points, and in full what the packaged one names with a folder left out
 * @returns the managed copy's text
 */
export async function managedCopyOf(host: Host, from: string, packaged: string, tree: string): Promise<string> {
	const text = pinned(from, packaged, tree);
	return copyText(from, text, await foldersOf(host, text, tree));
}

/**
 * What a copy that is there has to be. Which names were completed it says itself: the tree may have lost the files since.
 * @param text the copy's
 */
export function managedCopyLike(text: string, from: string, packaged: string, tree: string): string {
	const wholes = [...text.matchAll(completedLine)].map(([, whole]) => whole ?? '');
	const wanted = pinned(from, packaged, tree);
	const named = namedWithGap(wanted).flatMap((name): [string, string][] => {
		const gap = gapIn(name);
		const whole = wholes.find(one => gap && one.startsWith(`${gap.before}/`) && one.endsWith(`/${gap.after}`));
		return whole === undefined ? [] : [[name, whole]];
	});
	return copyText(from, wanted, new Map(named));
}

const completedLine = /^# That file leaves out in which folder (.+) is\.$/gm;

const pinned = (from: string, packaged: string, tree: string): string =>
	from.startsWith(`${tree}/`) ? packaged.replaceAll(`${kataPrefix}/`, `${tree}/`) : packaged;

/** What every copy of a packaged configuration begins with. */
export const firstLine = (from: string): string => `# A copy of ${from}, managed by kata-setup.`;

function copyText(from: string, pinnedText: string, named: ReadonlyMap<string, string>): string {
	const text = [...named].reduce((rest, [short, whole]) => rest.replaceAll(`"${short}"`, `"${whole}"`), pinnedText);
	const head = [
		'Do not edit it: put settings of your own into config.d/50-….toml beside it.',
		...[...named.values()].map(whole => `That file leaves out in which folder ${whole} is.`),
	];
	return `${firstLine(from)}\n${head.map(line => `# ${line}\n`).join('')}\n${text}`;
}

/** The names that leave a folder of the tree out, each with the whole name. */
async function foldersOf(host: Host, text: string, tree: string): Promise<Map<string, string>> {
	const found = new Map<string, string>();
	for (const name of namedWithGap(text)) {
		const gap = gapIn(name);
		if (!gap || !name.startsWith(`${tree}/`)) continue;
		// Most doubled slashes leave nothing out, and every look at a host comes by here.
		if ((await host.files.realPath(`${gap.before}/${gap.after}`)) !== null) continue;
		const folders = (await host.files.list(gap.before)) ?? [];
		const there = new Set<string>();
		for (const folder of folders) {
			const path = `${gap.before}/${folder}/${gap.after}`;
			if ((await host.files.realPath(path)) !== null) there.add(path);
		}
		const whole = withFolder(
			name,
			() => folders,
			path => there.has(path),
		);
		if (whole !== null) found.set(name, whole);
	}
	return found;
}
