/** What containerd 2.x would print for `config dump`, for the rehearsal: its merge of imports, and a few defaults. */
import TOML from '@iarna/toml';
import type {Files} from '../host/host.ts';
import {describeConfig} from './containerd-dump.ts';
import {folderOf, globMatches} from './containerd-imports.ts';
import {parseToml, stringsOf, type Toml, tableOf} from './toml-text.ts';

const builtIn: Toml = {
	version: 3,
	root: '/var/lib/containerd',
	state: '/run/containerd',
	disabled_plugins: [],
	imports: [],
	grpc: {address: '/run/containerd/containerd.sock'},
	plugins: {
		'io.containerd.cri.v1.runtime': {
			containerd: {
				default_runtime_name: 'runc',
				runtimes: {runc: {runtime_type: 'io.containerd.runc.v2', options: {BinaryName: '', SystemdCgroup: false}}},
			},
		},
	},
};

/**
 * The merged configuration as TOML. Tables merge; in plugins a later array replaces an earlier one, at the top level it
 * is appended; empty values override nothing (containerd's PR 9982). A drop-in of another version than the main file's is
 * ignored, as 2.0–2.2 do.
 * @param mainText null: there is no main file
 */
export function mergeLikeContainerd(mainText: string | null, dropIns: readonly string[]): string {
	const main = mainText === null ? {} : parseToml(mainText);
	const {version} = describeConfig(main);
	const fitting = dropIns.map(text => parseToml(text)).filter(toml => describeConfig(toml).version === version);
	const merged = [main, ...fitting].map(migrated).reduce((into, from) => merge(into, from, []), builtIn);
	return TOML.stringify(merged as TOML.JsonMap);
}

/** Version 2's CRI section under its name of version 3, as far as runtimes go. */
function migrated(toml: Toml): Toml {
	const plugins = tableOf(toml.plugins);
	const {'io.containerd.grpc.v1.cri': old, ...others} = plugins;
	if (old === undefined) return {...toml, version: 3};
	return {...toml, version: 3, plugins: {...others, 'io.containerd.cri.v1.runtime': old}};
}

function merge(into: Toml, from: Toml, path: string[]): Toml {
	const merged: Toml = {...into};
	for (const [key, value] of Object.entries(from)) {
		const old = merged[key];
		if (Array.isArray(value)) {
			const appended = path[0] !== 'plugins' && Array.isArray(old);
			merged[key] = appended ? [...new Set([...old, ...value])] : value;
		} else if (value !== null && typeof value === 'object') {
			merged[key] = merge(tableOf(old), tableOf(value), [...path, key]);
		} else if (old === undefined || (value !== '' && value !== 0 && value !== false)) merged[key] = value;
	}
	return merged;
}

/** `config dump` for a main file that lies in `files`, its imports resolved one level deep. */
export async function emulatedDump(files: Files, mainPath: string): Promise<string> {
	const main = await files.readText(mainPath);
	const imports = main === null ? [] : stringsOf(parseToml(main).imports);
	const dropIns: string[] = [];
	for (const path of await resolveImports(files, imports, mainPath)) {
		const text = await files.readText(path);
		if (text !== null) dropIns.push(text);
	}
	return mergeLikeContainerd(main, dropIns);
}

/** The files that `imports` entries name, globs resolved and sorted as containerd does. */
export async function resolveImports(files: Files, imports: readonly string[], mainPath: string): Promise<string[]> {
	const paths: string[] = [];
	for (const entry of imports) {
		const absolute = entry.startsWith('/') ? entry : `${folderOf(mainPath)}/${entry}`;
		const folder = folderOf(absolute);
		const pattern = absolute.slice(folder.length + 1);
		if (!entry.includes('*')) paths.push(absolute);
		else
			for (const name of (await files.list(folder)) ?? [])
				if (globMatches(pattern, name) && !paths.includes(`${folder}/${name}`)) paths.push(`${folder}/${name}`);
	}
	return paths;
}
