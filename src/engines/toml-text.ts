/**
 * TOML as text: where its statements stand, so that a file can be changed without touching one foreign byte.
 *
 * This is a scanner, not a parser: it is only given texts that @iarna/toml has parsed, and whoever changes a text by
 * it parses the result and compares.
 */
import TOML from '@iarna/toml';

/** One `key = value` or one `[table]` header. Offsets count UTF-16 units, as JavaScript's strings do. */
export interface Statement {
	kind: 'pair' | 'table';
	/** The key as written in this statement, its quotes resolved: `plugins."a.b".c` is `['plugins', 'a.b', 'c']`. */
	key: string[];
	start: number;
	/** Where the value stands; of a header its own end, twice. */
	valueStart: number;
	valueEnd: number;
	/** The end of the statement's last line, its line break included. */
	lineEnd: number;
}

/** A half-open range in a text. */
export interface Range {
	start: number;
	end: number;
}

/** What @iarna/toml made of a text. */
export type Toml = Record<string, unknown>;

/**
 * Parses a TOML text. Line breaks are made LF first: @iarna/toml 3.0.0 refuses a CRLF after a comment.
 * @throws an Error whose message names line and column
 */
export const parseToml = (text: string): Toml => TOML.parse(text.replaceAll('\r\n', '\n')) as Toml;

/** `value` if it is a table, else an empty one. */
export const tableOf = (value: unknown): Toml =>
	value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Toml) : {};

/** The value below `path`, or undefined. */
export const valueAt = (toml: unknown, path: readonly string[]): unknown =>
	path.reduce<unknown>((table, key) => tableOf(table)[key], toml);

/** The strings of an array; anything else is left out. */
export const stringsOf = (value: unknown): string[] =>
	Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];

/** The line break that a text uses: that of its first line. */
export const lineBreakOf = (text: string): '\r\n' | '\n' => (/^[^\n]*\r\n/.test(text) ? '\r\n' : '\n');

/** A string as TOML writes it. TOML's basic strings know all the escapes that JSON writes. */
export const quoted = (text: string): string => JSON.stringify(text);

/** Every statement of a text that parses, in order. */
export function statementsOf(text: string): Statement[] {
	const statements: Statement[] = [];
	let at = skipSpaceAndComments(text, 0);
	while (at < text.length) {
		const start = at;
		const isTable = text[at] === '[';
		const {key, end} = readKey(text, isTable ? at + (text[at + 1] === '[' ? 2 : 1) : at);
		const valueStart = isTable ? end : skipBlanks(text, end + 1);
		const valueEnd = isTable ? end : skipValue(text, valueStart);
		const lineEnd = endOfLine(text, valueEnd);
		statements.push({kind: isTable ? 'table' : 'pair', key, start, valueStart, valueEnd, lineEnd});
		at = skipSpaceAndComments(text, Math.max(lineEnd, start + 1));
	}
	return statements;
}

/** The `key = value` of that name before the first table, or null. */
export function topLevelPair(text: string, name: string): Statement | null {
	for (const statement of statementsOf(text)) {
		if (statement.kind === 'table') return null;
		if (statement.key.length === 1 && statement.key[0] === name) return statement;
	}
	return null;
}

/** Where the elements of the array stand that begins at `start` with its `[`. */
export function elementsOf(text: string, start: number): Range[] {
	const elements: Range[] = [];
	let at = skipSpaceAndComments(text, start + 1);
	while (at < text.length && text[at] !== ']') {
		const end = skipValue(text, at);
		elements.push({start: at, end});
		at = skipSpaceAndComments(text, end);
		if (text[at] === ',') at = skipSpaceAndComments(text, at + 1);
		else break;
	}
	return elements;
}

/** The offset after the line break that ends the line of `at`; the text's end if there is none. */
export function endOfLine(text: string, at: number): number {
	const newline = text.indexOf('\n', at);
	return newline < 0 ? text.length : newline + 1;
}

function skipBlanks(text: string, from: number): number {
	let at = from;
	while (text[at] === ' ' || text[at] === '\t') at += 1;
	return at;
}

function skipSpaceAndComments(text: string, from: number): number {
	let at = from;
	while (at < text.length) {
		if (text[at] === '#') at = endOfLine(text, at);
		else if (/\s/.test(text[at] ?? '')) at += 1;
		else break;
	}
	return at;
}

/** A dotted key; `end` is the offset of the `=` or `]` after it. */
function readKey(text: string, from: number): {key: string[]; end: number} {
	const key: string[] = [];
	let at = skipBlanks(text, from);
	while (at < text.length && text[at] !== '=' && text[at] !== ']') {
		const end = text[at] === '"' || text[at] === "'" ? skipString(text, at) : endOfBareKey(text, at);
		key.push(keyPart(text.slice(at, end)));
		at = skipBlanks(text, end);
		if (text[at] === '.') at = skipBlanks(text, at + 1);
		else break;
	}
	return {key, end: at};
}

function keyPart(written: string): string {
	if (written.startsWith("'")) return written.slice(1, -1);
	return written.startsWith('"') ? String(parseToml(`k = ${written}`).k) : written;
}

function endOfBareKey(text: string, from: number): number {
	let at = from;
	while (/[\w-]/.test(text[at] ?? '')) at += 1;
	return Math.max(at, from + 1);
}

function skipString(text: string, from: number): number {
	const quote = text[from] ?? '';
	const delimiter = text.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote;
	let at = from + delimiter.length;
	while (at < text.length && !text.startsWith(delimiter, at)) at += text[at] === '\\' && quote === '"' ? 2 : 1;
	at += delimiter.length;
	// A long string may end in quotes of its own: """a"""" holds `a"`.
	while (delimiter.length === 3 && text[at] === quote) at += 1;
	return at;
}

function skipValue(text: string, from: number): number {
	const first = text[from];
	if (first === '"' || first === "'") return skipString(text, from);
	if (first !== '[' && first !== '{') {
		let at = from;
		while (at < text.length && !/[\s,\]}#]/.test(text[at] ?? '')) at += 1;
		return at;
	}
	let depth = 0;
	let at = from;
	while (at < text.length) {
		const here = text[at];
		if (here === '"' || here === "'") at = skipString(text, at);
		else if (here === '#') at = endOfLine(text, at);
		else {
			if (here === '[' || here === '{') depth += 1;
			if (here === ']' || here === '}') depth -= 1;
			at += 1;
			if (depth === 0) return at;
		}
	}
	return at;
}
