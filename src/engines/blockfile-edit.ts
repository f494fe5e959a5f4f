/** The lines of containerd's configuration that set up the blockfile snapshotter and choose one for our handler. Pure. */
import TOML from '@iarna/toml';
import type {HandlerSnapshotter} from '../plan/plan.ts';
import {isEmptyValue} from './config-diff.ts';
import {type Toml, tableOf, valueAt} from './toml-text.ts';

/** The section's name in files of version 2 and later. Source: containerd's docs/snapshotters/blockfile.md. */
export const blockfilePlugin = 'io.containerd.snapshotter.v1.blockfile';

/** From version 3 of the file on, images are pulled for a handler with the snapshotter that stands here. */
export const imagesPlugin = 'io.containerd.cri.v1.images';

/** The section of the snapshotter. `recreate_scratch` of 2.x stays at its default: a copy that is there is kept. */
const sectionOf = ({rootPath, scratchFile}: {rootPath: string; scratchFile: string}): Toml => ({
	root_path: rootPath,
	scratch_file: scratchFile,
	fs_type: 'ext4',
	mount_options: [],
});

/** Plugin tables beside the handler's own; empty where the handler has containerd's default snapshotter. */
export function snapshotterPlugins(
	fileVersion: number,
	handler: string,
	snapshotter: HandlerSnapshotter | undefined,
): Record<string, Toml> {
	if (!snapshotter) return {};
	const {name, setUp} = snapshotter;
	return {
		...(setUp ? {[blockfilePlugin]: sectionOf(setUp)} : {}),
		...(fileVersion >= 3 ? {[imagesPlugin]: {runtime_platforms: {[handler]: {snapshotter: name}}}} : {}),
	};
}

/** Tables with their full headers, as lines. */
export const pluginLines = (plugins: Record<string, Toml>): string[] =>
	Object.keys(plugins).length === 0
		? []
		: TOML.stringify({plugins} as TOML.JsonMap)
				.trimEnd()
				.split('\n')
				.map(line => line.trimStart())
				.filter(line => line !== '');

/** How a text has the section: not at all, with empty values (`config default` prints it so), or set by somebody. */
export function blockfileIn(parsed: Toml): 'absent' | 'empty' | 'set' {
	const section = valueAt(parsed, ['plugins', blockfilePlugin]);
	if (section === undefined) return 'absent';
	return Object.values(tableOf(section)).every(isEmptyValue) ? 'empty' : 'set';
}
