/** The runtime table of our handler, as a value and as TOML lines. Pure. */
import TOML from '@iarna/toml';
import type {HandlerSnapshotter} from '../plan/plan.ts';
import {criPluginOf} from './containerd-dump.ts';
import {type Toml, tableOf} from './toml-text.ts';

export interface HandlerPaths {
	/** The handler's name; without one `kata`, or `kata-setup` where that is taken. */
	handler?: string;
	/** The shim's absolute path. */
	runtimePath: string;
	/** The Kata configuration's absolute path. */
	configPath: string;
	/** Absent: containerd's default one. */
	snapshotter?: HandlerSnapshotter | undefined;
}

const kataRuntimeType = 'io.containerd.kata.v2';

/** The runtime table of a Kata handler. With `runtime_path` set, `runtime_type` is only a label. */
export const handlerTable = ({runtimePath, configPath, snapshotter}: HandlerPaths): Toml => ({
	runtime_type: kataRuntimeType,
	runtime_path: runtimePath,
	// Without it a privileged pod would try to pass every device of the host into the VM.
	privileged_without_host_devices: true,
	pod_annotations: ['io.katacontainers.*'],
	...(snapshotter ? {snapshotter: snapshotter.name} : {}),
	options: {ConfigPath: configPath},
});

/** Without the keys that a dump prints for settings nobody made. */
export function withoutEmpty(table: Toml): Toml {
	const kept = Object.entries(table).flatMap(([key, value]): [string, unknown][] => {
		if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
			const inner = withoutEmpty(tableOf(value));
			return Object.keys(inner).length > 0 ? [[key, inner]] : [];
		}
		const isEmpty = value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0);
		return isEmpty ? [] : [[key, value]];
	});
	return Object.fromEntries(kept);
}

const inPlugin = (version: number, runtimes: Record<string, Toml>): Toml => ({
	plugins: {[criPluginOf(version)]: {containerd: {runtimes}}},
});

/** Runtime tables with their full headers, which may stand anywhere after the first header of a file. */
export const runtimeLines = (version: number, runtimes: Record<string, Toml>): string[] =>
	Object.keys(runtimes).length === 0
		? []
		: TOML.stringify(inPlugin(version, runtimes) as TOML.JsonMap)
				.trimEnd()
				.split('\n')
				.filter(line => line !== '');

/** Told apart from a runc that we only spelled out. */
export const isKataHandler = (table: Toml): boolean => table.runtime_type === kataRuntimeType;
