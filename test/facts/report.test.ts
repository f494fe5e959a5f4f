import {describe, expect, it} from 'vitest';
import type {Facts} from '../../src/facts/facts.ts';
import {judge} from '../../src/facts/judge.ts';
import {outlookOf} from '../../src/facts/outlook.ts';
import {reportFacts} from '../../src/facts/report.ts';
import {sampleFacts} from '../support/facts.ts';
import {kvm} from './findings/find.ts';

const report = (changes: Partial<Facts> = {}): string[] => {
	const facts = sampleFacts(changes);
	const findings = judge(facts);
	return reportFacts(facts, findings, outlookOf(facts, findings));
};
const noKvm: Partial<Facts> = {
	kvm: kvm('missing', 'ENOENT'),
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
		expect(lines).toContain('  rust  Cloud Hypervisor  runs');
		const text = lines.join('\n').replaceAll(/\n {26}/g, ' ');
		expect(text).toContain('  rust  QEMU              runs with these changes: loads the kernel module vhost_vsock\n');
		expect(text).toContain('  go    Dragonball        will not run: part of the rust runtime: choose rust for it\n');
		const from = lines.indexOf('Recommended: rust with QEMU');
		expect(lines.slice(from, from + 3)).toEqual([
			'Recommended: rust with QEMU',
			"  - Kata's own default since 4.0.0",
			'',
		]);
	});

	it('gives what is fine a line, and what is not its whole story with what was read', () => {
		const fine = report();
		const shm = fine.findIndex(line => line.includes('/dev/shm'));
		expect(fine[shm]).toMatch(/^ok /);
		expect(fine[shm + 1]).toMatch(/^(ok|note) /);
		expect(fine.join('\n')).not.toContain('read: ');
		expect(report(noKvm).map(line => line.trim())).toContainEqual(expect.stringMatching(/^read: .*\/dev\/kvm/));
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
		const [remedy = ''] = judge(sampleFacts(noKvm)).find(({id}) => id === 'kvm')?.remedy ?? [];
		expect(remedy).not.toBe('');
		expect(text).toContain(`- ${remedy}`);
		expect(text).toContain('- To go on all the same: --ignore kvm');
		expect(text).toMatch(/rust {2}QEMU +will not run as long as this is in the way: KVM/);
	});

	it('offers no --ignore where nothing could be planned all the same', () => {
		expect(report({containerd: []}).join('\n')).not.toContain('--ignore');
		expect(report({containerd: []}).map(line => line.trim())).toContain('$ sudo apt-get install containerd');
	});
});
