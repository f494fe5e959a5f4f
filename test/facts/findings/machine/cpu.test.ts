import {describe, expect, it} from 'vitest';
import {find, kvm, noFlags, virt} from '../find.ts';

describe('the processor', () => {
	it('of a made-up model lacks what Kata asks for', () => {
		const cpu = {...noFlags, virtualization: 'svm', flags: ['svm', 'lm']};
		expect(find('cpu', {cpu})).toMatchObject({severity: 'warning'});
		expect(find('cpu', {cpu}).summary).toContain('sse4_1');
		expect(find('cpu', {cpu, machine: 'aarch64'}).severity).toBe('ok');
	});

	it('that shows nothing is a note where KVM says what that means, and a warning where it cannot', () => {
		expect(find('cpu', {cpu: noFlags})).toMatchObject({severity: 'note', sources: ['/proc/cpuinfo']});
		expect(find('cpu', {cpu: noFlags, kvm: kvm('missing', 'ENOENT')})).toMatchObject({severity: 'note'});
		expect(find('cpu', {cpu: noFlags, kvm: kvm('no-permission', 'EACCES')})).toMatchObject({severity: 'warning'});
		const inside = {cpu: noFlags, kvm: kvm('missing', 'ENOENT'), virt: virt({container: 'docker'})};
		expect(find('cpu', inside)).toMatchObject({severity: 'warning'});
		expect(find('cpu', {...inside, machine: 'aarch64'})).toMatchObject({severity: 'note'});
		expect(find('cpu', {...inside, kvm: kvm('opens', null)})).toMatchObject({severity: 'note'});
	});
});
