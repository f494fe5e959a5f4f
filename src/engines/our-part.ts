/** What of a main configuration of containerd is ours: the blocks between our markers, and our import. Pure. */
import {isOurImport} from './containerd-imports.ts';
import {cutBlocks} from './marked-block.ts';
import {parseToml, stringsOf} from './toml-text.ts';

/**
 * Our part in one text that two files have in common if and only if ours is the same in both. People may add entries to
 * an `imports` of ours, so of that only our own entry counts, wherever it stands.
 * @returns the empty text if nothing of ours is in it
 */
export function ourPartOf(text: string): string {
	const lines = cutBlocks(text)
		.blocks.flatMap(block => block.split(/\r?\n/))
		.filter(line => line.trim() !== '' && !/^\s*imports\s*=/.test(line));
	return [...lines, ...(importsUs(text) ? ['imports ours'] : [])].join('\n');
}

/** A text that is no TOML imports nothing. */
function importsUs(text: string): boolean {
	try {
		return stringsOf(parseToml(text).imports).some(isOurImport);
	} catch {
		return false;
	}
}
