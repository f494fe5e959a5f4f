/** Reads a configuration as Kata does: the first path that resolves, its drop-ins merged, and what it names must exist. */
import {existsSync, readdirSync, readFileSync, realpathSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {parse, type TomlTable} from 'smol-toml';
import {defaultConfigurations, runtime} from './tree.ts';

export interface KataConfig {
	/** With links resolved: drop-ins lie beside it, in config.d. */
	path: string;
	/** The table under `[hypervisor.…]` that counts. */
	section: string;
	/** The executable's path with links resolved; empty for one that is part of the shim. */
	executable: string;
	kernel: string;
	image: string;
	kernelParameters: string;
	machineType: string;
	/** MiB. */
	memory: number;
	vcpus: number;
}

/**
 * The path that is in force.
 * @param given what containerd passed; empty: nothing
 * @throws Error in the words of the runtime if none resolves
 */
export function configurationPath(given: string): string {
	const candidates = given ? [given] : defaultConfigurations;
	const found = candidates.find(path => existsSync(path));
	if (found) return realpathSync(found);
	throw new Error(
		runtime === 'rust'
			? `load TOML config failed (tried [${candidates.map(path => JSON.stringify(path)).join(', ')}])`
			: `file ${candidates[0]} does not exist`,
	);
}

/** @throws Error if it is not valid, belongs to the other runtime, or names a file that is not there */
export function readKataConfig(path: string): KataConfig {
	let tables = parse(readFileSync(path, 'utf8'));
	const dropIns = join(dirname(path), 'config.d');
	for (const name of existsSync(dropIns) ? readdirSync(dropIns).sort() : [])
		if (name.endsWith('.toml')) tables = merged(tables, parse(readFileSync(join(dropIns, name), 'utf8')));
	const hypervisors = (tables.hypervisor ?? {}) as Record<string, TomlTable>;
	const ofRuntime = (tables.runtime ?? {}) as TomlTable;
	if (runtime === 'rust' && ofRuntime.name !== 'virt_container')
		throw new Error(`unsupported runtime name ${JSON.stringify(ofRuntime.name ?? '')} in ${path}`);
	const section = String(runtime === 'rust' ? ofRuntime.hypervisor_name : Object.keys(hypervisors)[0]);
	const table = hypervisors[section];
	if (!table) throw new Error(`Can not find plugin for hypervisor ${section}`);
	const text = (key: string): string => (typeof table[key] === 'string' ? (table[key] as string) : '');
	const resolved = (key: string): string => {
		const value = text(key);
		if (value && !existsSync(value))
			throw new Error(`resolve path ${key} ${value}: No such file or directory (os error 2)`);
		return value && realpathSync(value);
	};
	resolved('virtio_fs_daemon');
	resolved('jailer_path');
	return {
		path,
		section,
		executable: resolved('path'),
		kernel: resolved('kernel'),
		image: resolved('image') || resolved('initrd'),
		kernelParameters: text('kernel_params'),
		machineType: text('machine_type') || 'q35',
		memory: Number(table.default_memory ?? 2048),
		vcpus: Number(table.default_vcpus ?? 1),
	};
}

function merged(below: TomlTable, above: TomlTable): TomlTable {
	const result = {...below};
	for (const [key, value] of Object.entries(above)) {
		const old = result[key];
		result[key] = isTable(old) && isTable(value) ? merged(old, value) : value;
	}
	return result;
}

const isTable = (value: unknown): value is TomlTable =>
	typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
