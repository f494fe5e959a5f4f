/** Takes our part out of a containerd configuration that someone else has changed since. Pure. */
import {criPlugins, describeConfig} from './containerd-dump.ts';
import {isOurImport, removeOurImports} from './containerd-imports.ts';
import {cutBlocks, hasMarker} from './marked-block.ts';
import {lineBreakOf, parseToml, statementsOf, type Toml} from './toml-text.ts';

export interface RemovalOptions {
	/** Did we create the file? Then it goes when nothing but ours is left. */
	created: boolean;
	/** The handler we registered and its shim: found by these if the markers are gone. */
	handler?: string;
	runtimePath?: string;
}

export interface Removal {
	/** null: nothing is left, the file can go. */
	text: string | null;
	/** What was kept of ours because the rest now needs it, or could not be found; for the user. */
	left: string[];
}

/**
 * The text without our blocks, our import and our handler; every other byte as it was.
 * A text that we alone changed comes out exactly as it was before.
 * @throws an Error if the text is no TOML once our blocks are out of it
 */
export function removeContainerdEdit(current: string, options: RemovalOptions): Removal {
	const {text: cut, blocks} = cutBlocks(current);
	const withoutImport = removeOurImports(cut);
	const bare = removeHandler(withoutImport, options);
	const parsed = parseToml(bare);
	if (options.created && Object.keys(parsed).length === 0 && !/\S/.test(bare)) return {text: null, left: []};
	const kept = blocks.map(block => neededLines(block, parsed));
	const left = kept.flatMap(({why}) => why);
	if (hasMarker(bare)) left.push('A marker of kata-setup without its other half is still there; remove it by hand.');
	const [head, tail] = [kept.flatMap(({head}) => head), kept.flatMap(({tail}) => tail)];
	return {text: withLines(bare, head, tail), left};
}

/** Our handler's tables, where somebody's tool has rewritten the file and dropped the comments that marked them. */
function removeHandler(text: string, {handler, runtimePath}: RemovalOptions): string {
	if (handler === undefined || runtimePath === undefined) return text;
	if (describeConfig(parseToml(text)).runtimes[handler]?.runtime_path !== runtimePath) return text;
	let rest = '';
	let copied = 0;
	let table: string[] = [];
	for (const statement of statementsOf(text)) {
		if (statement.kind === 'table') table = statement.key;
		if (handlerOfTable(table) !== handler) continue;
		// From the begin of the line, so that its indentation goes as well.
		rest += text.slice(copied, Math.max(copied, text.lastIndexOf('\n', statement.start) + 1));
		copied = statement.lineEnd;
	}
	return rest + text.slice(copied);
}

/** The handler that a header like `[plugins."…cri".containerd.runtimes.kata.options]` belongs to. */
function handlerOfTable([plugins, plugin = '', containerd, runtimes, name]: string[]): string | null {
	const isRuntime = plugins === 'plugins' && containerd === 'containerd' && runtimes === 'runtimes';
	return isRuntime && criPlugins.some(known => known === plugin) ? (name ?? null) : null;
}

interface Needed {
	/** Lines for the text's begin. */
	head: string[];
	/** Lines for its end. */
	tail: string[];
	why: string[];
}

/**
 * What of a block the rest of the file has come to need: the `version`, without which its keys would be read as those
 * of version 1; entries added to our `imports`; and on 1.x the spelled-out runc, if other runtimes were added since.
 */
function neededLines(block: string, rest: Toml): Needed {
	const needed: Needed = {head: [], tail: [], why: []};
	if (Object.keys(rest).length === 0) return needed;
	const own = parseToml(block);
	const {version, imports, runtimes} = describeConfig(own);
	if (version !== null && rest.version === undefined) {
		needed.head.push(`version = ${version}`);
		needed.why.push(`\`version = ${version}\` stays, because lines that were added since need it.`);
	}
	const added = imports.filter(entry => !isOurImport(entry));
	if (added.length > 0 && rest.imports === undefined) {
		needed.head.push(`imports = ${JSON.stringify(added)}`);
		needed.why.push(`Imports that were added since stay: ${added.join(', ')}.`);
	}
	const others = describeConfig(rest).runtimes;
	const builtIn = 'runc';
	if (runtimes[builtIn] && Object.keys(others).length > 0 && !others[builtIn]) {
		needed.tail.push(...linesOfHandler(block, builtIn));
		needed.why.push('`runc` stays spelled out, because other runtimes were added since.');
	}
	return needed;
}

function linesOfHandler(block: string, handler: string): string[] {
	let table: string[] = [];
	return statementsOf(block).flatMap(({kind, key, start, lineEnd}) => {
		if (kind === 'table') table = key;
		return handlerOfTable(table) === handler ? [block.slice(start, lineEnd).trimEnd()] : [];
	});
}

function withLines(text: string, head: string[], tail: string[]): string {
	const lineBreak = lineBreakOf(text);
	const before = head.map(line => line + lineBreak).join('');
	if (tail.length === 0) return before + text;
	const open = text !== '' && !text.endsWith('\n') ? lineBreak : '';
	return before + text + open + tail.map(line => line + lineBreak).join('');
}
