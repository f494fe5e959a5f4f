import {describe, expect, it} from 'vitest';
import {elementsOf, parseToml, statementsOf, topLevelPair, valueAt} from '../../src/engines/toml-text.ts';
import {version3Texts} from './configs.ts';

describe('statementsOf', () => {
	it.each(Object.entries(version3Texts))('finds in %s the values that a parser finds', (_name, text) => {
		let table: string[] = [];
		let pairs = 0;
		for (const {kind, key, valueStart, valueEnd} of statementsOf(text)) {
			if (kind === 'table') table = key;
			else {
				const alone = parseToml(`k = ${text.slice(valueStart, valueEnd)}`).k;
				expect(valueAt(parseToml(text), [...table, ...key])).toEqual(alone);
				pairs += 1;
			}
		}
		expect(pairs).toBe(countLeaves(parseToml(text)));
	});

	it('is not led astray by what strings and comments hold', () => {
		const text = `a = """x"""" # [no]\n"b.c".d = 'it\\' # = 1\ne = {f = [1, {g = "}"}], h = 2}\n[t]\ni = 1979-05-27\n`;
		expect(statementsOf(text).map(({key}) => key)).toEqual([['a'], ['b.c', 'd'], ['e'], ['t'], ['i']]);
	});
});

describe('topLevelPair', () => {
	it('does not take a key of a table for one of the file', () => {
		expect(topLevelPair('[a]\nimports = []\n', 'imports')).toBeNull();
		expect(topLevelPair('imports = []\n[a]\n', 'imports')?.valueStart).toBe(10);
	});
});

describe('elementsOf', () => {
	it('gives each element without its comma and comments', () => {
		const text = `[ # first\n 'a,b', "c" , # [\n [1, 2],\n]`;
		expect(elementsOf(text, 0).map(({start, end}) => text.slice(start, end))).toEqual(["'a,b'", '"c"', '[1, 2]']);
	});
});

function countLeaves(value: unknown): number {
	if (value === null || typeof value !== 'object' || Array.isArray(value)) return 1;
	return Object.values(value).reduce((sum: number, inner) => sum + countLeaves(inner), 0);
}
