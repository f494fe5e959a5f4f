import {describe, expect, it} from 'vitest';
import {find, has, virt} from './find.ts';

describe('nesting', () => {
	it('is a note with its consequence', () => {
		expect(find('nested', {virt: virt()})).toMatchObject({severity: 'note'});
		expect(find('nested', {virt: virt()}).summary).toContain('Kata waits longer');
		expect(find('nested', {virt: virt({isGuest: null, hypervisor: null})}).severity).toBe('note');
		expect(find('nested').severity).toBe('ok');
	});

	it('in a container warns, in WSL is a note', () => {
		expect(find('container', {virt: virt({container: 'lxc'})}).severity).toBe('warning');
		expect(find('container', {virt: virt({container: 'wsl'})}).severity).toBe('note');
		expect(has('container', {})).toBe(false);
	});
});
