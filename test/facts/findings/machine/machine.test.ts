import {describe, expect, it} from 'vitest';
import {find, has} from '../find.ts';

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

	it.each(['5.8.0', '5.9.16-generic'])('with the kernel %s is noted as old', kernel => {
		expect(find('kernel', {kernel}).severity).toBe('note');
	});

	it.each(['5.10.0', '6.1.0-40-amd64', 'not-a-release'])('with the kernel %s says nothing of it', kernel => {
		expect(has('kernel', {kernel})).toBe(false);
	});
});
