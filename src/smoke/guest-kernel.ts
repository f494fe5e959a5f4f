/** Which guest kernel the configuration names, so that the one that answered can be compared with it. Only reads. */
import {type JsonMap, parse} from '@iarna/toml';
import {type Pair, pairEntry} from '../catalogue/catalogue.ts';
import {quietly} from '../facts/processes.ts';
import type {Host} from '../host/host.ts';

export interface GuestKernel {
	/** With links resolved: the release's links end at files such as `vmlinux-6.18.35-202`. */
	file: string;
	/** The version in that name; null if it has none. */
	version: string | null;
	/** false: it is not the release's but somebody's own. */
	inTree: boolean;
}

/** The numbers at the beginning of a kernel's release: `6.18.35-202` → `6.18.35`. */
export const kernelVersion = (release: string): string | null => /^\d+(?:\.\d+)+/.exec(release)?.[0] ?? null;

/**
 * The kernel by `[hypervisor.<section>] kernel` of the configuration and its config.d, of which the last one counts.
 * @returns null if that cannot be told
 */
export async function configuredKernel(
	host: Host,
	{pair, configuration, tree}: {pair: Pair; configuration: string; tree: string},
): Promise<GuestKernel | null> {
	const {files} = host;
	const main = await quietly(files.realPath(configuration));
	if (main === null) return null;
	const folder = main.replace(/\/[^/]*$/, '/config.d');
	const dropIns = ((await quietly(files.list(folder))) ?? []).filter(name => name.endsWith('.toml')).sort();
	let named: string | null = null;
	for (const path of [main, ...dropIns.map(name => `${folder}/${name}`)]) {
		const text = await quietly(files.readText(path));
		named = (text === null ? null : kernelIn(text, pairEntry(pair).section)) ?? named;
	}
	const file = named === null ? null : await quietly(files.realPath(named));
	if (file === null) return null;
	const root = (await quietly(files.realPath(tree))) ?? tree;
	const name = file.split('/').at(-1) ?? '';
	return {
		file,
		version: kernelVersion(/^vmlinu[xz]-(.+)$/.exec(name)?.[1] ?? ''),
		inTree: file.startsWith(`${root}/`),
	};
}

function kernelIn(text: string, section: string): string | null {
	let tables: Record<string, JsonMap>;
	try {
		tables = (parse(text).hypervisor ?? {}) as Record<string, JsonMap>;
	} catch {
		return null;
	}
	// The table had another name in old releases; a single one needs none.
	const table = tables[section] ?? (Object.keys(tables).length === 1 ? Object.values(tables)[0] : undefined);
	return typeof table?.kernel === 'string' ? table.kernel : null;
}
