/** CRI-O's runtime handlers, from its files: asking the daemon needs root. */
import {parseToml, tableOf, valueAt} from '../../engines/toml-text.ts';
import {errnoOf} from '../../errors.ts';
import type {Host} from '../../host/host.ts';
import type {CrioFacts, CrioRuntimeFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';
import {exists} from '../read-text.ts';

/** crio(8): the main file, then the drop-ins sorted by name, later ones over earlier ones. Those of /usr come first. */
const mainFiles = ['/usr/share/crio/crio.conf', '/etc/crio/crio.conf'];
const dropInFolders = ['/usr/share/crio/crio.conf.d', '/etc/crio/crio.conf.d'];

export const crioProbe: Probe<CrioFacts | null> = {name: 'crio', unknown: null, read: readCrio};

/** Null where CRI-O has no configuration: it is not installed. */
export async function readCrio(host: Host): Promise<CrioFacts | null> {
	const files = [...(await existing(host, mainFiles)), ...(await dropIns(host))];
	if (files.length === 0) return null;
	const found: CrioFacts = {files, errors: [], defaultRuntime: null, runtimes: {}};
	const tables = new Map<string, Record<string, unknown>>();
	for (const path of files) {
		try {
			const runtime = tableOf(valueAt(parseToml((await host.files.readText(path)) ?? ''), ['crio', 'runtime']));
			found.defaultRuntime = textOrNull(runtime.default_runtime) ?? found.defaultRuntime;
			for (const [name, table] of Object.entries(tableOf(runtime.runtimes)))
				tables.set(name, {...tables.get(name), ...tableOf(table)});
		} catch (error) {
			found.errors.push({path, why: errnoOf(error) ?? firstLine(error)});
		}
	}
	for (const [name, table] of tables) found.runtimes[name] = await readRuntime(host, table);
	return found;
}

const firstLine = (error: unknown): string =>
	String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

async function existing(host: Host, paths: readonly string[]): Promise<string[]> {
	const found = await Promise.all(paths.map(async path => ((await exists(host, path)) ? [path] : [])));
	return found.flat();
}

async function dropIns({files}: Host): Promise<string[]> {
	const folders = dropInFolders.map(async folder =>
		((await quietly(files.list(folder))) ?? []).map(name => `${folder}/${name}`),
	);
	return (await Promise.all(folders)).flat();
}

async function readRuntime(host: Host, table: Record<string, unknown>): Promise<CrioRuntimeFacts> {
	const path = textOrNull(table.runtime_path);
	const configPath = textOrNull(table.runtime_config_path);
	return {
		type: textOrNull(table.runtime_type),
		path,
		pathExists: path?.startsWith('/') ? (await quietly(host.files.realPath(path))) !== null : null,
		root: textOrNull(table.runtime_root),
		configPath,
		configExists: configPath?.startsWith('/') ? (await quietly(host.files.realPath(configPath))) !== null : null,
	};
}
