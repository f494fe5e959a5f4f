/** The lines of containerd's configuration that set up a block snapshotter and choose one for our handler. Pure. */
import TOML from '@iarna/toml';
import {blockfileRoot, devmapperRoot} from '../layout.ts';
import type {BlockfileSetUp, HandlerSnapshotter, PoolSetUp} from '../plan/plan.ts';
import {isEmptyValue} from './config-diff.ts';
import {type Toml, tableOf, valueAt} from './toml-text.ts';

/** The sections' names in files of version 2 and later. Source: containerd's docs/snapshotters/blockfile.md, devmapper.md. */
export const blockfilePlugin = 'io.containerd.snapshotter.v1.blockfile';
export const devmapperPlugin = 'io.containerd.snapshotter.v1.devmapper';

/** From version 3 of the file on, images are pulled for a handler with the snapshotter that stands here. */
export const imagesPlugin = 'io.containerd.cri.v1.images';

/** Whether a set-up is that of devmapper, whose section stands in a file of its own. */
export const isPool = (setUp: HandlerSnapshotter['setUp']): setUp is PoolSetUp => setUp !== null && 'poolName' in setUp;

/** `recreate_scratch` of 2.x stays at its default: a copy that is there is kept. */
const blockfileSection = ({rootPath, scratchFile}: BlockfileSetUp): Toml => ({
	root_path: rootPath,
	scratch_file: scratchFile,
	fs_type: 'ext4',
	mount_options: [],
});

/** With `discard_blocks` a removed snapshot gives its room back to the pool, and the pool's file gives it back to the disk. */
const devmapperSection = ({poolName, rootPath, baseImageSize}: PoolSetUp): Toml => ({
	pool_name: poolName,
	root_path: rootPath,
	base_image_size: baseImageSize,
	fs_type: 'ext4',
	discard_blocks: true,
});

/** The snapshotter's section as it comes into force, by its plugin's name; empty where nothing is set up. */
export function sectionsOf(setUp: HandlerSnapshotter['setUp']): Record<string, Toml> {
	if (setUp === null) return {};
	return isPool(setUp) ? {[devmapperPlugin]: devmapperSection(setUp)} : {[blockfilePlugin]: blockfileSection(setUp)};
}

/** The sections of ours that a configuration has in force already, told by where they keep their files. */
export const ownSectionsIn = (parsed: Toml): Record<string, Toml> =>
	Object.fromEntries(
		[blockfilePlugin, devmapperPlugin].flatMap(plugin => {
			const section = tableOf(valueAt(parsed, ['plugins', plugin]));
			return [blockfileRoot, devmapperRoot].some(root => section.root_path === root) ? [[plugin, section]] : [];
		}),
	);

/** The plugin whose section a set-up writes. */
export const pluginOf = (setUp: BlockfileSetUp | PoolSetUp): string =>
	isPool(setUp) ? devmapperPlugin : blockfilePlugin;

/**
 * The file that has devmapper's section. It is not a part of the handler's edit: containerd 2.x is wholly without images and
 * containers where a snapshotter's pool is missing, so the section is in force only while the pool is there (thin-pool.ts).
 * @param version that of the main file, which 2.0 to 2.2 compare before they migrate
 */
export const poolSectionText = (version: number, setUp: PoolSetUp): string =>
	`# Written by kata-setup: containerd reads a copy of it while the pool is there.\n${[`version = ${version}`, ...pluginLines(sectionsOf(setUp))].join('\n')}\n`;

/** Plugin tables beside the handler's own; empty where the handler has containerd's default snapshotter. */
export function snapshotterPlugins(
	fileVersion: number,
	handler: string,
	snapshotter: HandlerSnapshotter | undefined,
): Record<string, Toml> {
	if (!snapshotter) return {};
	const {name, setUp} = snapshotter;
	return {
		...(isPool(setUp) ? {} : sectionsOf(setUp)),
		...(fileVersion >= 3 ? {[imagesPlugin]: {runtime_platforms: {[handler]: {snapshotter: name}}}} : {}),
	};
}

/** The import by which the handler's edit brings the pool's section into force; none for another snapshotter. */
export const snapshotterImports = (snapshotter: HandlerSnapshotter | undefined): string[] =>
	snapshotter && isPool(snapshotter.setUp) ? [snapshotter.setUp.imports] : [];

/** Tables with their full headers, as lines. */
export const pluginLines = (plugins: Record<string, Toml>): string[] =>
	Object.keys(plugins).length === 0
		? []
		: TOML.stringify({plugins} as TOML.JsonMap)
				.trimEnd()
				.split('\n')
				.map(line => line.trimStart())
				.filter(line => line !== '');

/** How a text has a plugin's section: not at all, with empty values (`config default` prints it so), or set by somebody. */
export function sectionIn(parsed: Toml, plugin: string): 'absent' | 'empty' | 'set' {
	const section = valueAt(parsed, ['plugins', plugin]);
	if (section === undefined) return 'absent';
	return Object.values(tableOf(section)).every(isEmptyValue) ? 'empty' : 'set';
}
