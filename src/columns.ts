/** Plain text in columns, for terminals and logs of any width from 80. */

/** The width that every terminal has. */
export const columns = 80;

/** The text in lines of at most `width` letters. A longer word, such as a path, stays whole on a line of its own. */
export function wrap(text: string, width: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		if (line && line.length + 1 + word.length > width) {
			lines.push(line);
			line = word;
		} else line = line ? `${line} ${word}` : word;
	}
	return [...lines, line];
}

/** The text wrapped at the terminal's width behind `first`, its later lines below its own beginning. */
export const hanging = (first: string, text: string): string[] =>
	wrap(text, columns - first.length).map((line, index) =>
		`${index === 0 ? first : ' '.repeat(first.length)}${line}`.trimEnd(),
	);

/** Rows of two columns, both at least two blanks apart from what is left of them. */
export function twoColumns(rows: readonly (readonly [string, string])[]): string[] {
	const width = Math.max(...rows.map(([left]) => left.length));
	return rows.flatMap(([left, right]) => hanging(`  ${left.padEnd(width)}  `, right));
}

/** Findings and the catalogue are written for screens; plain text has to be readable on a terminal without Unicode. */
export const ascii = (text: string): string =>
	text.replaceAll('…', '...').replaceAll('–', '-').replaceAll(/[‘’]/g, "'").replaceAll(/[“”]/g, '"');
