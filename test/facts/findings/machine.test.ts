import {describe, expect, it} from 'vitest';
import {find, has} from './find.ts';

describe('the machine', () => {
	it('of another architecture is refused by its name', () => {
		expect(find('architecture', {machine: 'riscv64'})).toMatchObject({
			severity: 'blocker',
			summary: 'Kata has no release for riscv64',
		});
	});

	it.each([
		['3.10.0-1160.el7.x86_64', 'blocker'],
		['4.18.0-553.el8_10.x86_64', 'warning'],
	])('with the kernel %s: %s', (kernel, severity) => {
		expect(find('kernel', {kernel}).severity).toBe(severity);
	});

	it('with a newer kernel says nothing of it', () => {
		expect(has('kernel', {kernel: '5.8.0'})).toBe(false);
	});
});
