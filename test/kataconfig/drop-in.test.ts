import {parse} from 'smol-toml';
import {describe, expect, it} from 'vitest';
import {dropInText, settingsDropIn} from '../../src/kataconfig/drop-in.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';

const guest = sampleFacts({virt: {isGuest: true, hypervisor: 'kvm', container: null, source: 'test'}});

describe('the drop-in', () => {
	it('is not there where the packaged values suit the host', () => {
		expect(settingsDropIn(sampleFacts(), sampleChoice())).toBeNull();
	});

	it('raises the agent time-out on a VM, in the words of the runtime, with the reason above', () => {
		const rust = settingsDropIn(guest, sampleChoice({runtime: 'rust'}));
		expect(rust?.content).toBe(
			`# Written by kata-setup for this host. It is replaced when kata-setup changes the installation:
# put settings of your own into a file of your own beside it, for example 50-mine.toml.
#
# This host is itself a virtual machine, where a guest starts slowly: wait longer for its agent.

[agent.kata]
reconnect_timeout_ms = 60000
`,
		);
		expect(rust?.why).toContain('wait longer');
		expect(settingsDropIn(guest, sampleChoice({runtime: 'go'}))?.content).toContain('dial_timeout = 120\n');
	});

	it('merges settings of one table and keeps every reason', () => {
		const text = dropInText([
			{table: ['hypervisor', 'qemu'], key: 'block_device_aio', value: 'threads', why: 'First reason.', change: 'x'},
			{table: ['agent', 'kata'], key: 'dial_timeout', value: 120, why: 'Second reason.', change: 'x'},
			{table: ['hypervisor', 'qemu'], key: 'default_memory', value: 1024, why: 'Third reason.', change: 'x'},
			{table: ['hypervisor', 'qemu'], key: 'kernel_params', value: 'a=1_000', why: 'Fourth reason.', change: 'x'},
		]);
		expect(parse(text)).toEqual({
			hypervisor: {qemu: {block_device_aio: 'threads', default_memory: 1024, kernel_params: 'a=1_000'}},
			agent: {kata: {dial_timeout: 120}},
		});
		expect(text).toContain('default_memory = 1024\n');
		for (const reason of ['First', 'Second', 'Third', 'Fourth']) expect(text).toContain(`# ${reason} reason.\n`);
	});

	it('lets QEMU use threads where the kernel refuses io_uring, under both runtimes, and QEMU alone', () => {
		const refusing = sampleFacts({
			security: {
				selinux: 'absent',
				containerSelinux: null,
				apparmor: false,
				label: null,
				lockdown: null,
				ioUringDisabled: 2,
				rights: null,
			},
		});
		for (const runtime of ['rust', 'go'] as const) {
			const dropIn = settingsDropIn(refusing, sampleChoice({runtime, hypervisor: 'qemu'}));
			expect(dropIn?.content).toContain('[hypervisor.qemu]\nblock_device_aio = "threads"\n');
			expect(dropIn?.why).toContain('kernel.io_uring_disabled is 2');
		}
		expect(settingsDropIn(refusing, sampleChoice({hypervisor: 'cloud-hypervisor'}))).toBeNull();
	});

	it('clears cpu_features of QEMU in an arm64 VM', () => {
		const nestedArm = {...guest, machine: 'aarch64'};
		const textFor = (hypervisor: 'qemu' | 'dragonball') =>
			settingsDropIn(nestedArm, sampleChoice({hypervisor}))?.content ?? '';
		expect(parse(textFor('qemu'))).toMatchObject({hypervisor: {qemu: {cpu_features: ''}}});
		expect(textFor('dragonball')).not.toContain('cpu_features');
		expect(settingsDropIn(guest, sampleChoice())?.content).not.toContain('cpu_features');
	});
});
