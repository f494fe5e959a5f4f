import {describe, expect, it} from 'vitest';
import type {Facts, SecurityFacts} from '../../../../src/facts/facts.ts';
import {find, has} from '../find.ts';

const security = (changes: Partial<SecurityFacts> = {}): SecurityFacts => ({
	selinux: 'absent',
	containerSelinux: null,
	apparmor: false,
	label: null,
	lockdown: null,
	ioUringDisabled: 0,
	rights: {lacking: [], userNamespace: false, seccomp: false},
	...changes,
});
const unread = [{probe: 'security', why: 'It did not end within 10 s.'}];

describe('SELinux and AppArmor', () => {
	it('are one line where they refuse nothing', () => {
		expect(find('security', {security: security()}).severity).toBe('ok');
		expect(find('security', {security: security({apparmor: true})}).summary).toContain('AppArmor is at work');
		expect(find('security', {security: security({selinux: 'permissive'})}).summary).toContain('permissive');
		expect(find('security', {security: security({lockdown: 'integrity'})}).all).toContain('locked down (integrity)');
		expect(find('security', {security: security({lockdown: 'none'})}).all).not.toContain('locked down');
	});

	it('enforcing with its policy warns of Cloud Hypervisor alone', () => {
		const found = find('selinux', {security: security({selinux: 'enforcing', containerSelinux: true})});
		expect(found).toMatchObject({severity: 'warning', command: null});
		expect(found.affects).toEqual([
			{runtime: 'rust', hypervisor: 'cloud-hypervisor'},
			{runtime: 'go', hypervisor: 'cloud-hypervisor'},
		]);
		for (const words of ['QEMU', 'restorecon', 'ausearch -m AVC']) expect(found.all).toContain(words);
	});

	it.each([
		['fedora', 'sudo dnf install container-selinux'],
		['sles', 'sudo zypper install container-selinux'],
		['debian', null],
	])('enforcing without container-selinux warns of every pair: %s', (id, command) => {
		const os = {id, name: id, versionId: null};
		const changes: Partial<Facts> = {os, security: security({selinux: 'enforcing', containerSelinux: false})};
		expect(find('selinux', changes)).toMatchObject({severity: 'warning', affects: 'all', command});
	});

	it('are unknown where they could not be read; an older recording says nothing', () => {
		expect(find('security', {security: security(), unread}).severity).toBe('unknown');
		expect(has('security', {})).toBe(false);
	});
});

describe('io_uring', () => {
	const refused = (changes: Partial<SecurityFacts>, kernel = '6.12.0') =>
		has('io-uring', {security: security(changes), kernel});

	it('is a note for QEMU with what the plan writes', () => {
		const found = find('io-uring', {security: security({ioUringDisabled: 2})});
		expect(found.severity).toBe('note');
		expect(found.all).toContain('The plan writes block_device_aio = "threads"');
		expect(found.affects).toEqual([
			{runtime: 'rust', hypervisor: 'qemu'},
			{runtime: 'go', hypervisor: 'qemu'},
		]);
	});

	it('is refused to all with 2, to a user namespace with 1, to nobody with 0', () => {
		expect(refused({ioUringDisabled: 2})).toBe(true);
		expect(refused({ioUringDisabled: 1})).toBe(false);
		const rights = {lacking: [], userNamespace: true, seccomp: false};
		expect(refused({ioUringDisabled: 1, rights})).toBe(true);
		expect(refused({ioUringDisabled: 0, rights})).toBe(false);
	});

	it.each([
		['4.18.0-553.el8_10.x86_64', true],
		['5.1.0', false],
		['6.5.0', false],
		['6.6.0', true],
	])('without the setting depends on the kernel: %s', (kernel, is) => {
		expect(refused({ioUringDisabled: null}, kernel)).toBe(is);
	});

	it('is not judged by what could not be read', () => {
		expect(has('io-uring', {security: security({ioUringDisabled: null}), kernel: '6.12.0', unread})).toBe(false);
		expect(has('io-uring', {kernel: '4.18.0'})).toBe(false);
	});
});
