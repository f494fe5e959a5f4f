/** What drifted, in words: the same on screen, in `status` and in a finding. Pure. */
import type {DriftFacts, DriftItem} from './drift-facts.ts';

const types: Record<string, string> = {directory: 'a folder', file: 'a file', link: 'a link'};
const typed = (type: string): string => types[type] ?? `a ${type}`;

/** What is otherwise, without the path: `is gone`, `has the mode 600, not 644`. */
export function driftWords({kind, expected, found}: DriftItem): string {
	switch (kind) {
		case 'missing':
			return 'is gone';
		case 'type':
			return `is ${typed(found)}, not ${typed(expected)}`;
		case 'content':
			return found.startsWith('file:') ? 'was changed' : `was changed: it has ${found}, not ${expected}`;
		case 'target':
			return `points at ${found}, not ${expected}`;
		case 'mode':
			return `has the mode ${found}, not ${expected}`;
		case 'owner':
			return `belongs to the user ${found}, not ${expected}`;
		case 'unit':
			return `is ${found}, not ${expected}`;
		case 'handler':
			return `is ${found}, and should be ${expected}`;
	}
}

/** The thing itself: its path, or which handler it is. */
export const driftSubject = ({kind, path}: DriftItem): string =>
	kind === 'handler' ? `the handler ${path} in force` : path;

/** Each thing that drifted, one line each. */
export const driftLines = ({items}: DriftFacts): string[] =>
	items.map(item => `${driftSubject(item)} ${driftWords(item)}`);

/** `1 thing of kata-setup`, `3 things of kata-setup`. */
export const driftCount = ({items}: DriftFacts): string =>
	items.length === 1 ? '1 thing of kata-setup' : `${items.length} things of kata-setup`;
