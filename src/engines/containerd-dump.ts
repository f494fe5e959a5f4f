/** What a parsed containerd configuration (a file, or the daemon's own `config dump`) says about its runtimes. Pure. */
import {parseToml, stringsOf, type Toml, tableOf, valueAt} from './toml-text.ts';

/** The CRI plugin's runtime section by the `version` of the file: 2, and from 3 on. Source: facts of containerd's PLUGINS.md. */
export const criPluginOf = (version: number): string =>
	version >= 3 ? 'io.containerd.cri.v1.runtime' : 'io.containerd.grpc.v1.cri';

/** All names that the CRI plugin has had; a version 1 file calls it `cri`. */
export const criPlugins = ['io.containerd.cri.v1.runtime', 'io.containerd.grpc.v1.cri', 'cri'] as const;

export interface ContainerdDump {
	parsed: Toml;
	/** The CRI plugin's section in this text; null if it has none. */
	plugin: string | null;
	/** Runtime tables by handler name; empty if there are none. */
	runtimes: Record<string, Toml>;
	defaultRuntime: string | null;
	criDisabled: boolean;
	/** The gRPC socket's path; null if the text names none. */
	address: string | null;
	version: number | null;
	imports: string[];
}

/** Reads what `containerd config dump` printed, or a configuration file. @throws an Error if it is no TOML */
export const readDump = (text: string): ContainerdDump => describeConfig(parseToml(text));

/** The same for a text that is already parsed. */
export function describeConfig(parsed: Toml): ContainerdDump {
	const plugin = criPlugins.find(name => valueAt(parsed, ['plugins', name, 'containerd']) !== undefined) ?? null;
	const containerd = plugin === null ? {} : tableOf(valueAt(parsed, ['plugins', plugin, 'containerd']));
	const runtimes = Object.entries(tableOf(containerd.runtimes)).map(([name, table]) => [name, tableOf(table)]);
	const disabled = stringsOf(parsed.disabled_plugins);
	// 2.3 moved [grpc] into a plugin of its own (version 4 of the file).
	const address =
		valueAt(parsed, ['grpc', 'address']) ?? valueAt(parsed, ['plugins', 'io.containerd.server.v1.grpc', 'address']);
	return {
		parsed,
		plugin,
		runtimes: Object.fromEntries(runtimes),
		defaultRuntime: textOrNull(containerd.default_runtime_name),
		criDisabled: criPlugins.some(name => disabled.includes(name)),
		address: textOrNull(address),
		version: typeof parsed.version === 'number' ? parsed.version : null,
		imports: stringsOf(parsed.imports),
	};
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
