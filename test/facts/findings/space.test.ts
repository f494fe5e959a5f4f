import {describe, expect, it} from 'vitest';
import type {Facts} from '../../../src/facts/facts.ts';
import {find, has} from './find.ts';

describe('the disk', () => {
	const space = (changes: Partial<Facts['space'][number]>): Partial<Facts> => ({
		space: [
			{
				path: '/opt/kata-setup',
				on: '/opt',
				freeBytes: 80e9,
				freeInodes: 5e6,
				fileSystem: 'ext4',
				readOnly: false,
				noExec: false,
				...changes,
			},
		],
	});
	it.each([
		[{}, 'ok'],
		[{freeBytes: 3e9}, 'warning'],
		[{freeInodes: 100}, 'warning'],
		[{freeInodes: 0}, 'ok'],
		[{readOnly: true}, 'blocker'],
		[{noExec: true}, 'blocker'],
	])('with %j: %s', (changes, severity) => {
		expect(find('space', space(changes)).severity).toBe(severity);
	});

	it('has to be writable for the journal and in /etc too', () => {
		expect(find('space-etc', space({path: '/etc', on: '/', readOnly: true})).severity).toBe('blocker');
		expect(find('space-state', space({path: '/var/lib/kata-setup', on: '/', readOnly: true})).severity).toBe('blocker');
		expect(has('space-etc', space({path: '/etc', on: '/'}))).toBe(false);
	});
});
