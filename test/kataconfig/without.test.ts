import {describe, expect, it} from 'vitest';
import {hypervisors} from '../../src/catalogue/catalogue.ts';
import {translateSetting} from '../../src/kataconfig/translate.ts';
import {optionsWithout} from '../../src/kataconfig/without.ts';

const pair = (runtime: 'go' | 'rust', hypervisor: (typeof hypervisors)[number]) => ({runtime, hypervisor});
const lost = (hypervisor: (typeof hypervisors)[number]): string[] =>
	optionsWithout(pair('go', hypervisor), pair('rust', hypervisor)).map(({table, option}) => `${table}.${option}`);

describe('the options that rust does not have', () => {
	it('name what the migration guide says is gone, by hypervisor', () => {
		expect(lost('qemu')).toEqual(
			expect.arrayContaining([
				'hypervisor.qemu.enable_numa',
				'hypervisor.qemu.numa_mapping',
				'hypervisor.qemu.firmware_volume',
				'hypervisor.qemu.use_legacy_serial',
				'hypervisor.qemu.vhost_user_reconnect_timeout_sec',
				'factory.vm_cache_number',
			]),
		);
		expect(lost('cloud-hypervisor')).toContain('hypervisor.clh.net_rate_limiter_bw_max_rate');
	});

	it('are none of those that rust has under another name, in another table or for its own programs', () => {
		for (const kept of [
			'hypervisor.qemu.default_memory',
			'hypervisor.qemu.seccompsandbox',
			'hypervisor.qemu.path',
			'runtime.create_container_timeout',
			'agent.kata.dial_timeout',
			'factory.enable_template',
		])
			expect(lost('qemu')).not.toContain(kept);
	});

	it('are dropped by the translation, too', () => {
		for (const hypervisor of hypervisors)
			for (const {table, option} of optionsWithout(pair('go', hypervisor), pair('rust', hypervisor)))
				expect(
					translateSetting({table, option, value: 1}, pair('go', hypervisor), pair('rust', hypervisor)).to,
					`${hypervisor} ${table}.${option}`,
				).toBeNull();
	});

	it('are none where a hypervisor has no configuration in one of them, and none on the way to itself', () => {
		expect(lost('dragonball')).toEqual([]);
		expect(lost('stratovirt')).toEqual([]);
		for (const hypervisor of hypervisors)
			expect(optionsWithout(pair('go', hypervisor), pair('go', hypervisor))).toEqual([]);
	});
});
