import {describe, expect, it} from 'vitest';
import {canInstall, mayBeIgnored, worst} from '../../src/facts/judge.ts';
import {find, findings, kvm} from './findings/find.ts';

describe('a good server', () => {
	it('has nothing to complain of', () => {
		expect(worst(findings())).toBe('note');
		expect(canInstall(findings())).toBe(true);
	});

	it('is judged in the order in which a person asks', () => {
		expect(findings().map(({id}) => id)).toEqual([
			'architecture',
			'cpu',
			'kvm',
			'nested',
			'engine',
			'root',
			'existing-kata',
			'memory',
			'shm',
			'vhost-vsock',
			'devices',
		]);
	});
});

describe('every finding', () => {
	it('that blocks says what to do, and stands first', () => {
		const all = findings({machine: 'riscv64', containerd: [], kvm: kvm('missing', 'ENOENT')});
		const blockers = all.filter(({severity}) => severity === 'blocker');
		expect(blockers.map(({id}) => id)).toEqual(['architecture', 'kvm', 'engine']);
		expect(all.slice(0, 3)).toEqual(blockers);
		for (const {remedy} of blockers) expect(remedy.length).toBeGreaterThan(0);
	});

	it('is unknown, not good, where its probe did not read', () => {
		for (const [probe, id] of [
			['cpu', 'cpu'],
			['kvm', 'kvm'],
			['virt', 'nested'],
			['memory', 'memory'],
			['devices', 'devices'],
			['space', 'space'],
			['containerd', 'engine'],
			['privileges', 'root'],
		] as const)
			expect(find(id, {unread: [{probe, why: 'It did not end within 5 s.'}]}), probe).toMatchObject({
				severity: 'unknown',
				detail: ['It did not end within 5 s.'],
			});
	});
});

describe('going on all the same', () => {
	it('is offered where only the outcome is in doubt', () => {
		expect(mayBeIgnored(find('kvm', {kvm: kvm('missing', 'ENOENT')}))).toBe(true);
		expect(mayBeIgnored(find('kvm'))).toBe(false);
		expect(mayBeIgnored(find('architecture', {machine: 'riscv64'}))).toBe(false);
		expect(mayBeIgnored(find('engine', {containerd: []}))).toBe(false);
	});
});
