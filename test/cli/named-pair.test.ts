/** What a person may call a hypervisor or a variant, and which runtime it then goes with. */
import {describe, expect, it} from 'vitest';
import {catalogue} from '../../src/catalogue/catalogue.ts';
import {hypervisorNamed, withAnyRuntime, withRuntime} from '../../src/cli/named-pair.ts';
import {sampleFacts} from '../support/facts.ts';
import {refusal} from '../support/refusal.ts';

describe('a word for a hypervisor', () => {
	it.each([
		['clh', {hypervisor: 'cloud-hypervisor'}],
		['QEMU', {hypervisor: 'qemu'}],
		['qemu-nvidia-cpu', {hypervisor: 'qemu', variant: 'qemu-nvidia-cpu'}],
		['qemu-snp-runtime-rs', {hypervisor: 'qemu', variant: 'qemu-snp'}],
		['rs-fc', {hypervisor: 'firecracker', variant: 'rs-fc'}],
	])('%s is %j', (word, wanted) => {
		expect(hypervisorNamed(word)).toEqual(wanted);
	});

	it('that is none says which there are; a VMM that cannot be chosen says why', () => {
		expect(refusal(() => hypervisorNamed('acrn'))).toMatchObject({
			exit: 'usage',
			message: expect.stringContaining('acrn'),
		});
		for (const [word, why] of [
			['openvmm-azure', '/dev/mshv'],
			['remote', 'cloud-api-adaptor'],
		] as const) {
			const refused = refusal(() => hypervisorNamed(word));
			expect(refused.exit).toBe('host');
			expect(refused.why).toContain(why);
		}
	});

	it('every variant’s is known or refused with a reason', () => {
		for (const {name} of catalogue.advanced)
			try {
				expect(hypervisorNamed(name).variant).toBe(name);
			} catch (error) {
				expect(error).toHaveProperty('report.exit', 'host');
			}
	});
});

describe('its runtime', () => {
	const facts = sampleFacts();
	it.each([
		['qemu', 'rust'],
		['firecracker', 'go'],
		['qemu-nvidia-cpu', 'go'],
		// Not here, but its reason is what a person can do something about.
		['qemu-nvidia-gpu', 'go'],
		['rs-fc', 'rust'],
	])('of %s is %s where none is named', (word, runtime) => {
		expect(withAnyRuntime(hypervisorNamed(word), facts, null).runtime).toBe(runtime);
	});

	it('must have the variant', () => {
		expect(withRuntime(hypervisorNamed('qemu-snp'), 'go')).toEqual({
			runtime: 'go',
			hypervisor: 'qemu',
			variant: 'qemu-snp',
		});
		const refused = refusal(() => withRuntime(hypervisorNamed('rs-fc'), 'go'));
		expect(refused.message).toContain('no variant `rs-fc`');
		expect(refused.remedy.join(' ')).toContain('--runtime rust');
	});
});
