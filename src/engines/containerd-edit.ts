/**
 * The edits that register a handler with containerd. Pure: Facts in, whole texts out.
 *
 * containerd 1.x replaces a plugin's whole section by an imported one, so there the handler is appended to the main
 * file, and so is the built-in `runc`, which 1.x forgets as soon as a file names any runtime. From 2.0 on imports are
 * merged, and the handler gets a drop-in whose `version` is that of the main file (2.0–2.2 migrate only after merging).
 */
import type {ContainerdConfigFacts, ContainerdFacts} from '../facts/facts.ts';
import type {FileEdit} from '../plan/plan.ts';
import {describeConfig} from './containerd-dump.ts';
import {checkEdit, firstLine, type Main, refusal, requireVersion, requireWholeText} from './containerd-edit-checks.ts';
import {type HandlerPaths, handlerTable, isKataHandler, runtimeLines, withoutEmpty} from './containerd-handler.ts';
import {addImport, dropInFolder, dropInName, importedFolder, ourImport} from './containerd-imports.ts';
import {removeContainerdEdit} from './containerd-removal.ts';
import {cutBlocks, hasMarker, insertBlock} from './marked-block.ts';
import {
	blockfilePlugin,
	pluginLines,
	pluginOf,
	sectionIn,
	snapshotterImports,
	snapshotterPlugins,
} from './snapshotter-edit.ts';
import {parseToml, quoted} from './toml-text.ts';

export interface PlannedContainerdEdit {
	/** In the order in which they are put in place; empty if an edit would be pointless. */
	edits: FileEdit[];
	handler: string;
	notes: string[];
}

/** Permission bits of a file that we create; one that exists keeps its own. */
const newFileMode = 0o644;

/**
 * What to write where, so that this containerd's CRI plugin knows a Kata handler.
 * @throws KataSetupError (`host`) if the configuration is one that cannot be edited safely; it says why and what to do
 */
export function planContainerdEdit(containerd: ContainerdFacts, paths: HandlerPaths): PlannedContainerdEdit {
	const {config, version} = containerd;
	if (containerd.ownedBy)
		throw refusal(config, `This containerd belongs to ${containerd.ownedBy}, which writes its configuration itself.`);
	if (config.criDisabled)
		return {
			edits: [],
			handler: paths.handler ?? 'kata',
			notes: [
				`The CRI plugin of this containerd is switched off (disabled_plugins), so no handler is registered in ${config.path}: only Kubernetes would need one. ctr and nerdctl work without.`,
			],
		};
	if (!config.runtimes)
		throw refusal(config, config.dumpError ?? 'containerd prints no runtimes for it.', {
			message: `containerd cannot print the configuration in force (${config.path}).`,
			remedy: `See what \`${containerd.binary} -c ${config.path} config dump\` says, mend it, and run kata-setup again.`,
		});
	const major = Number.parseInt(version, 10);
	if (!Number.isInteger(major))
		throw refusal(config, `${containerd.binary} does not say its version, and where the handler goes depends on it.`);
	const main = cleanMain(config);
	const handler = freeHandler(config, main, paths);
	const {setUp = null, name = ''} = paths.snapshotter ?? {};
	if (setUp && sectionIn(main.parsed, pluginOf(setUp)) === 'set')
		throw refusal(config, `It has a section of the snapshotter ${name} already, which is not in force.`, {
			remedy: 'Mend that section or remove it, restart containerd, and run kata-setup again.',
		});
	return major >= 2 ? planDropIn(config, main, handler, paths) : planAppended(config, main, handler, paths);
}

function cleanMain(config: ContainerdConfigFacts): Main {
	if (config.text === null) return {text: null, parsed: {}, version: null};
	if (config.text.startsWith('\uFEFF'))
		throw refusal(config, 'It begins with a byte order mark, which is not TOML.', {
			remedy: `Remove the mark: sed -i '1s/^\\xef\\xbb\\xbf//' ${config.path}`,
		});
	if (config.text.includes('\uFFFD'))
		throw refusal(config, 'It is not valid UTF-8, so its bytes could not be kept.', {
			remedy: `Find the bytes with \`iconv -f utf-8 -t utf-8 ${config.path}\` and mend them.`,
		});
	try {
		const text = removeContainerdEdit(config.text, {created: false}).text ?? '';
		if (hasMarker(text)) throw new Error('a marker of kata-setup without its other half is in it');
		const parsed = parseToml(text);
		return {text, parsed, version: describeConfig(parsed).version};
	} catch (error) {
		throw refusal(config, `It cannot be read as TOML: ${firstLine(error)}`);
	}
}

function freeHandler(config: ContainerdConfigFacts, main: Main, {handler}: HandlerPaths): string {
	const taken = new Set(Object.keys(describeConfig(main.parsed).runtimes));
	const ours = ourHandlers(config);
	for (const name of Object.keys(config.runtimes ?? {})) if (!ours.has(name)) taken.add(name);
	const wanted = handler === undefined ? ['kata', 'kata-setup'] : [handler];
	const free = wanted.find(name => !taken.has(name));
	if (free !== undefined) return free;
	throw refusal(config, `The handler name ${wanted.map(name => `\`${name}\``).join(' and ')} is taken in it.`, {
		message: 'There is no free name for the Kata handler in containerd.',
		remedy: `Remove or rename that runtime in containerd's configuration, then run kata-setup again.`,
	});
}

/** Handlers in force that come from text of our own, left by an earlier kata-setup. */
function ourHandlers(config: ContainerdConfigFacts): Set<string> {
	const texts = [...cutBlocks(config.text ?? '').blocks, ...cutBlocks(config.ownDropIn?.text ?? '').blocks];
	const tables = texts.flatMap(text => Object.entries(describeConfig(parseToml(text)).runtimes));
	return new Set(tables.filter(([, table]) => isKataHandler(table)).map(([name]) => name));
}

/** 1.x: a marked block at the main file's end. */
function planAppended(config: ContainerdConfigFacts, main: Main, handler: string, paths: HandlerPaths) {
	requireWholeText(config);
	const isBlank = Object.keys(main.parsed).length === 0;
	if (!isBlank) requireVersion(config, main, [2]);
	if (config.criImportedFrom)
		throw refusal(
			config,
			`It imports ${config.criImportedFrom}, whose CRI section replaces the main file's as a whole.`,
			{
				remedy: `Move the section [plugins."io.containerd.grpc.v1.cri"] of ${config.criImportedFrom} into ${config.path}, restart containerd, and run kata-setup again.`,
			},
		);
	const named = describeConfig(main.parsed).runtimes;
	const forgotten = Object.keys(named).length > 0 ? [] : Object.entries(config.runtimes ?? {});
	const spelledOut = forgotten.filter(([name]) => !ourHandlers(config).has(name));
	const runtimes = Object.fromEntries(spelledOut.map(([name, table]) => [name, withoutEmpty(table)]));
	const all = {...runtimes, [handler]: handlerTable(paths)};
	const plugins = snapshotterPlugins(2, handler, paths.snapshotter);
	// A section that is there with empty values cannot be written twice; an imported one replaces it as a whole.
	const apart = sectionIn(main.parsed, blockfilePlugin) === 'empty' && Object.keys(plugins).length > 0;
	const poolImports = snapshotterImports(paths.snapshotter);
	const lines = [
		...(isBlank ? ['version = 2', ...importLines(poolImports)] : []),
		...runtimeLines(2, runtimes),
		...runtimeLines(2, {[handler]: handlerTable(paths)}),
		...(apart ? [] : pluginLines(plugins)),
	];
	const text = main.text ?? '';
	const appended = insertBlock(text, text.length, lines);
	const after = isBlank ? appended : poolImports.reduce(addImport, appended);
	const imports = describeConfig(main.parsed).imports;
	checkEdit(
		config,
		main,
		after,
		{...(isBlank ? {version: 2} : {}), ...(poolImports.length > 0 ? {imports: [...imports, ...poolImports]} : {})},
		{runtimes: all, plugins: apart ? {} : plugins},
	);
	const also = spelledOut.length > 0 ? `, with ${spelledOut.map(([name]) => name).join(', ')} spelled out` : '';
	const importing = poolImports.length > 0 ? ", import the pool's section" : '';
	const what = `${config.text === null ? 'new file' : 'append a marked block'}${also}${importing}`;
	if (!apart) return {edits: [editOf(config.path, config.text, after, what)], handler, notes: []};
	const folder = importedFolder(imports, config.path);
	const dropIn = `${folder ?? dropInFolder(config.path)}/${dropInName}`;
	const entry = ourImport(config.path);
	const withImport = folder === null ? addImport(after, entry) : after;
	if (folder === null) checkEdit(config, main, withImport, {imports: [...imports, entry]}, {runtimes: all});
	const edits = [
		editOf(
			dropIn,
			config.ownDropIn?.path === dropIn ? config.ownDropIn.text : null,
			insertBlock('', 0, ['version = 2', ...pluginLines(plugins)]),
			'new drop-in for the snapshotter',
		),
		editOf(config.path, config.text, withImport, folder === null ? `${what}, add to imports` : what),
	];
	return {edits, handler, notes: []};
}

/** 2.0 and later: a drop-in in a folder that the main file imports, or is made to import. */
function planDropIn(config: ContainerdConfigFacts, main: Main, handler: string, paths: HandlerPaths) {
	const isBlank = Object.keys(main.parsed).length === 0;
	if (!isBlank) requireVersion(config, main, [2, 3, 4]);
	const version = main.version ?? 3;
	const imports = describeConfig(main.parsed).imports;
	const folder = importedFolder(imports, config.path);
	const dropIn = `${folder ?? dropInFolder(config.path)}/${dropInName}`;
	const lines = [
		`version = ${version}`,
		...importLines(snapshotterImports(paths.snapshotter)),
		...runtimeLines(version, {[handler]: handlerTable(paths)}),
		...pluginLines(snapshotterPlugins(version, handler, paths.snapshotter)),
	];
	const before = config.ownDropIn?.path === dropIn ? config.ownDropIn.text : null;
	if (before !== null && cutBlocks(before).text.trim() !== '')
		throw refusal(config, `${dropIn} is already there and is not ours alone.`, {
			remedy: `Move what you need from it into another file, remove it, and run kata-setup again.`,
		});
	const edits = [editOf(dropIn, before, insertBlock('', 0, lines), `new drop-in, version ${version} as the main file`)];
	if (folder === null) {
		requireWholeText(config);
		const text = main.text ?? '';
		const entry = ourImport(config.path);
		const after = isBlank
			? insertBlock(text, text.length, [`version = ${version}`, `imports = [${quoted(entry)}]`])
			: addImport(text, entry);
		checkEdit(config, main, after, {version, imports: [...imports, entry]});
		edits.push(editOf(config.path, config.text, after, config.text === null ? 'new file' : 'add to imports'));
	}
	// 2.x does not carry the key over (measured with 2.1.9), and has no place for it in a file of version 2.
	const notes =
		paths.snapshotter && version < 3
			? [
					`${config.path} is of version 2, where containerd 2.x has no place to say with which snapshotter images are pulled for one handler: ctr and nerdctl work, pods need \`containerd config migrate\` first.`,
				]
			: [];
	return {edits, handler, notes};
}

const importLines = (imports: readonly string[]): string[] =>
	imports.length === 0 ? [] : [`imports = [${imports.map(quoted).join(', ')}]`];

const editOf = (path: string, before: string | null, after: string, what: string): FileEdit => ({
	path,
	before,
	after,
	mode: newFileMode,
	what,
});
