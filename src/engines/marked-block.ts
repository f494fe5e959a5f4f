/**
 * Our lines in a text that is someone else's: put in as a marked block, cut out without a trace. Pure.
 *
 * If the text's last line has no line break and the block goes below it, the block ends without one as well, and the
 * break before it is ours. That is how cutting knows which bytes were there before.
 */
import {endOfLine, lineBreakOf} from './toml-text.ts';

const begin = '# BEGIN kata-setup';
const end = '# END kata-setup';
const beginLine = `${begin} (managed: \`kata-setup uninstall\` removes these lines)`;

/** The text with `lines` between our markers, inserted at `at`, which is the begin of a line or the text's end. */
export function insertBlock(text: string, at: number, lines: readonly string[]): string {
	const lineBreak = lineBreakOf(text);
	const block = [beginLine, ...lines, end].join(lineBreak);
	const onOpenLine = at === text.length && text !== '' && !text.endsWith('\n');
	const inserted = onOpenLine ? lineBreak + block : block + lineBreak;
	return text.slice(0, at) + inserted + text.slice(at);
}

/** Has the text a block of ours, or a begin or end of one? */
export const hasMarker = (text: string): boolean =>
	text.split(/\r?\n/).some(line => isBegin(line) || line.trimEnd() === end);

const isBegin = (line: string): boolean => line.startsWith(begin) && !/[\w-]/.test(line[begin.length] ?? '');

export interface CutText {
	text: string;
	/** What stood between the markers, block by block. */
	blocks: string[];
}

/** The text without our blocks. A begin without its end stays as it is: nobody knows how far it went. */
export function cutBlocks(text: string): CutText {
	const blocks: string[] = [];
	let rest = text;
	let from = 0;
	for (;;) {
		const block = findBlock(rest, from);
		if (!block) return {text: rest, blocks};
		blocks.push(rest.slice(block.inner.start, block.inner.end));
		let start = block.start;
		if (block.end === rest.length && !rest.endsWith('\n') && start > 0) start -= rest[start - 2] === '\r' ? 2 : 1;
		rest = rest.slice(0, start) + rest.slice(block.end);
		from = start;
	}
}

interface Block {
	start: number;
	end: number;
	inner: {start: number; end: number};
}

function findBlock(text: string, from: number): Block | null {
	let open: {start: number; inner: number} | null = null;
	for (let at = from; at < text.length; ) {
		const next = endOfLine(text, at);
		const line = text.slice(at, next).trimEnd();
		if (isBegin(line)) open = {start: at, inner: next};
		else if (open && line === end) return {start: open.start, end: next, inner: {start: open.inner, end: at}};
		at = next;
	}
	return null;
}
