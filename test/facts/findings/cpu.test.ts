import {describe, expect, it} from 'vitest';
import {find, kvm, noFlags} from './find.ts';

describe('the processor', () => {
	it('of a made-up model lacks what Kata asks for', () => {
		const cpu = {...noFlags, virtualization: 'svm', flags: ['svm', 'lm']};
		expect(find('cpu', {cpu})).toMatchObject({severity: 'warning'});
		expect(find('cpu', {cpu}).summary).toContain('sse4_1');
		expect(find('cpu', {cpu, machine: 'aarch64'}).severity).toBe('ok');
	});

	it('that shows nothing warns where KVM does not open either', () => {
		expect(find('cpu', {cpu: noFlags, kvm: kvm('missing', 'ENOENT')})).toMatchObject({severity: 'warning'});
	});
});
