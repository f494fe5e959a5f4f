import {describe, expect, it} from 'vitest';
import {find} from '../find.ts';

describe('root', () => {
	it.each([
		['root', 'ok'],
		['passwordless', 'ok'],
		['password', 'note'],
		['none', 'note'],
		['unknown', 'unknown'],
	] as const)('by %s: %s', (root, severity) => {
		expect(find('root', {privileges: {uid: root === 'root' ? 0 : 1000, user: 'ops', root}}).severity).toBe(severity);
	});
});
