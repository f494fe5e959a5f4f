import {describe, expect, it} from 'vitest';
import type {Facts} from '../../src/facts/facts.ts';
import {judge} from '../../src/facts/judge.ts';
import {reportFacts} from '../../src/facts/report.ts';
import {sampleFacts} from '../support/facts.ts';

const report = (changes: Partial<Facts> = {}): string[] => {
	const facts = sampleFacts(changes);
	return reportFacts(facts, judge(facts));
};
const noKvm: Partial<Facts> = {
	kvm: {path: '/dev/kvm', state: 'missing', error: 'ENOENT'},
	cpu: {model: 'Intel Xeon', vendor: 'GenuineIntel', count: 2, virtualization: null},
	virt: {isGuest: true, hypervisor: 'amazon', container: null, source: 'systemd-detect-virt'},
};
const noVsock: Partial<Facts> = {
	devices: [{path: '/dev/vhost-vsock', state: 'ENOENT', module: 'vhost_vsock', moduleState: 'absent'}],
};

describe('the text of check', () => {
	it.each([
		['a good host', {}],
		['a VM without KVM', noKvm],
		['a host without vsock', noVsock],
		['a machine that Kata does not know', {machine: 'riscv64'}],
		['a small one', {memory: {totalBytes: 1e9, availableBytes: 5e8, shm: {totalBytes: 6e7, freeBytes: 6e7}}}],
		['an empty one', {containerd: [], space: [], devices: []}],
	])('of %s fits 80 columns of ASCII', (_, changes: Partial<Facts>) => {
		for (const line of report(changes)) {
			// A command is never wrapped: it is there to be copied.
			if (!line.trimStart().startsWith('$ ')) expect(line.length, line).toBeLessThanOrEqual(80);
			expect(line).toMatch(/^[ -~]*$/);
			expect(line).toBe(line.trimEnd());
		}
	});

	it('has a line for each runtime with each hypervisor, and one recommendation', () => {
		const lines = report();
		for (const name of ['QEMU', 'Cloud Hypervisor', 'Dragonball', 'Firecracker', 'StratoVirt'])
			for (const runtime of ['rust', 'go  '])
				expect(lines.filter(line => line.startsWith(`  ${runtime}  ${name} `))).toHaveLength(1);
		expect(lines.filter(line => line.includes('yes, recommended'))).toEqual([
			'  rust  QEMU              yes, recommended; loads the kernel module vhost_vsock',
		]);
		expect(lines).toContain('  go    Dragonball        no: part of the rust runtime: choose rust for it');
	});

	it('ends with one sentence', () => {
		expect(report().at(-1)).toBe('This host can run Kata, best rust with QEMU; the smoke test will prove it.');
		expect(report(noVsock).slice(-2).join(' ')).toContain('may run Kata, best rust with Cloud Hypervisor');
		expect(report(noKvm).slice(-2).join(' ')).toContain('Kata cannot be installed here as it is (KVM)');
	});

	it('begins with what is in the way: cause, remedy, and how to go on all the same', () => {
		const lines = report(noKvm);
		expect(lines[2]).toMatch(/^BLOCKER {2}KVM +No nested virtualization: Amazon EC2 does not pass it on$/);
		const text = lines.join('\n').replaceAll(/\n +/g, ' ');
		expect(text).toContain('There is no /dev/kvm, and without it no VM can start.');
		expect(text).toContain('- Start an instance of a family that offers it');
		expect(text).toContain('- To go on all the same: --ignore kvm');
		expect(text).toMatch(/rust {2}QEMU +no, as long as this is in the way: KVM/);
	});

	it('offers no --ignore where nothing could be planned all the same', () => {
		expect(report({containerd: []}).join('\n')).not.toContain('--ignore');
		expect(report({containerd: []}).map(line => line.trim())).toContain('$ sudo apt-get install containerd');
	});
});
