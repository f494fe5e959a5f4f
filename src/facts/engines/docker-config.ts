/** Docker's daemon.json, and the flags that say the same things on dockerd's command line. */
import {errnoOf} from '../../errors.ts';
import type {Host} from '../../host/host.ts';
import type {DockerConfigFacts} from '../facts.ts';

/** Reads daemon.json at `path`. Never rejects: what is wrong with it stands in `error`. */
export async function readDockerConfig({files}: Host, path: string): Promise<DockerConfigFacts> {
	const nothing = {path, exists: true, keys: [], runtimes: {}, defaultRuntime: null};
	let text: string | null;
	try {
		text = await files.readText(path);
	} catch (error) {
		return {...nothing, error: `${path} could not be read: ${errnoOf(error)}.`};
	}
	if (text === null) return {...nothing, exists: false, error: null};
	// dockerd takes an empty file for an empty configuration.
	if (text.trim() === '') return {...nothing, error: null};
	try {
		const parsed: unknown = JSON.parse(text);
		if (!isObject(parsed)) return {...nothing, error: 'It is no JSON object.'};
		return {
			...nothing,
			error: null,
			keys: Object.keys(parsed),
			runtimes: Object.fromEntries(
				Object.entries(isObject(parsed.runtimes) ? parsed.runtimes : {}).map(([name, runtime]) => [
					name,
					runtimeOf(runtime),
				]),
			),
			defaultRuntime: textOrNull(parsed['default-runtime']),
		};
	} catch (error) {
		return {...nothing, error: error instanceof Error ? error.message : String(error)};
	}
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function runtimeOf(value: unknown): DockerConfigFacts['runtimes'][string] {
	const runtime = isObject(value) ? value : {};
	const options = isObject(runtime.options) ? runtime.options : {};
	return {
		path: textOrNull(runtime.path),
		runtimeType: textOrNull(runtime.runtimeType),
		configPath: textOrNull(options.ConfigPath),
	};
}

/** Flags that daemon.json calls otherwise (dockerd's cmd/dockerd/config.go); the others have the same name there. */
const directiveOfFlag: Record<string, string> = {
	H: 'hosts',
	host: 'hosts',
	D: 'debug',
	G: 'group',
	g: 'data-root',
	l: 'log-level',
	p: 'pidfile',
	s: 'storage-driver',
	'add-runtime': 'runtimes',
	label: 'labels',
	'log-opt': 'log-opts',
	'storage-opt': 'storage-opts',
	'exec-opt': 'exec-opts',
	'dns-opt': 'dns-opts',
	'registry-mirror': 'registry-mirrors',
	'insecure-registry': 'insecure-registries',
	'authorization-plugin': 'authorization-plugins',
	'default-ulimit': 'default-ulimits',
	'cluster-store-opt': 'cluster-store-opts',
	'default-address-pool': 'default-address-pools',
};

export interface DockerArguments {
	/** daemon.json, if it is named. */
	configFile: string | null;
	/** The unix sockets of `-H unix://PATH`. */
	sockets: string[];
	/** Flags by their name in daemon.json. */
	flags: string[];
}

/** What a dockerd was started with. */
export function dockerArguments(argv: readonly string[]): DockerArguments {
	const found: DockerArguments = {configFile: null, sockets: [], flags: []};
	for (let index = 1; index < argv.length; index += 1) {
		const [, name, given] = /^--?([\w-]+?)(?:=(.*))?$/s.exec(argv[index] ?? '') ?? [];
		if (name === undefined) continue;
		const next = argv[index + 1];
		const value = given ?? (next?.startsWith('-') ? undefined : next) ?? '';
		if (name === 'config-file') found.configFile = value;
		else found.flags.push(directiveOfFlag[name] ?? name);
		if ((name === 'H' || name === 'host') && value.startsWith('unix://'))
			found.sockets.push(value.slice('unix://'.length));
	}
	return {...found, flags: [...new Set(found.flags)]};
}
