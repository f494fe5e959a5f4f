/** The difference of two texts, line by line, for showing what an edit does. */

export interface DiffLine {
	readonly mark: '+' | '-' | ' ';
	readonly text: string;
}

const linesOf = (text: string): string[] => {
	const lines = text.split('\n');
	if (lines.at(-1) === '') lines.pop();
	return lines;
};

/** Above this many cells the middle is shown as removed and added: an edit of ours is never that large. */
const cellLimit = 4_000_000;

/** All lines of both texts in order, by the longest common subsequence of the part that differs. */
export function diffLines(before: string, after: string): DiffLine[] {
	const a = linesOf(before);
	const b = linesOf(after);
	let start = 0;
	while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
	let tail = 0;
	while (tail < a.length - start && tail < b.length - start && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
	const same = (lines: string[]): DiffLine[] => lines.map(text => ({mark: ' ', text}));
	return [
		...same(a.slice(0, start)),
		...middle(a.slice(start, a.length - tail), b.slice(start, b.length - tail)),
		...same(a.slice(a.length - tail)),
	];
}

function middle(a: string[], b: string[]): DiffLine[] {
	const removed = (text: string): DiffLine => ({mark: '-', text});
	const added = (text: string): DiffLine => ({mark: '+', text});
	if (a.length * b.length > cellLimit) return [...a.map(removed), ...b.map(added)];
	const width = b.length + 1;
	const common = new Uint32Array((a.length + 1) * width);
	const at = (i: number, j: number): number => common[i * width + j] ?? 0;
	for (let i = a.length - 1; i >= 0; i -= 1)
		for (let j = b.length - 1; j >= 0; j -= 1)
			common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
	const lines: DiffLine[] = [];
	let i = 0;
	let j = 0;
	while (i < a.length && j < b.length) {
		const [left, right] = [a[i] ?? '', b[j] ?? ''];
		if (left === right) {
			lines.push({mark: ' ', text: left});
			i += 1;
			j += 1;
		} else if (at(i + 1, j) >= at(i, j + 1)) {
			lines.push(removed(left));
			i += 1;
		} else {
			lines.push(added(right));
			j += 1;
		}
	}
	return [...lines, ...a.slice(i).map(removed), ...b.slice(j).map(added)];
}

/** Only what changes, with `context` lines around it; `null` stands for lines left out. */
export function hunks(lines: readonly DiffLine[], context: number): (DiffLine | null)[] {
	const keep = lines.map((_, index) =>
		lines.slice(Math.max(0, index - context), index + context + 1).some(({mark}) => mark !== ' '),
	);
	const shown: (DiffLine | null)[] = [];
	lines.forEach((line, index) => {
		if (keep[index]) shown.push(line);
		else if (shown.at(-1) !== null) shown.push(null);
	});
	return shown;
}
