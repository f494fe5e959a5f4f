import {describe, expect, it} from 'vitest';
import type {Facts} from '../../../src/facts/facts.ts';
import {canInstall} from '../../../src/facts/judge.ts';
import {find, findings} from './find.ts';

describe('the memory', () => {
	const memory = (totalBytes: number, shm: number | null): Partial<Facts> => ({
		memory: {totalBytes, availableBytes: totalBytes / 2, shm: shm === null ? null : {totalBytes: shm, freeBytes: shm}},
	});
	it('is little below 3 GiB', () => {
		expect(find('memory', memory(1e9, 4e9)).severity).toBe('warning');
		expect(find('memory', memory(8e9, 4e9)).severity).toBe('ok');
	});

	it.each([
		[4e9, 'ok'],
		[1e9, 'warning'],
		[67_108_864, 'blocker'],
		[null, 'warning'],
	])('of /dev/shm, %d bytes: %s, for QEMU alone', (bytes, severity) => {
		const found = find('shm', memory(8e9, bytes));
		expect(found.severity).toBe(severity);
		expect(found.affects).toEqual([
			{runtime: 'rust', hypervisor: 'qemu'},
			{runtime: 'go', hypervisor: 'qemu'},
		]);
	});

	it('of which QEMU alone has too little blocks nothing else', () => {
		expect(canInstall(findings(memory(8e9, 67_108_864)))).toBe(true);
	});
});
