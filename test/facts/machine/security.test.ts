import {describe, expect, it} from 'vitest';
import {securityProbe} from '../../../src/facts/machine/security.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const securityOf = async (host: ProbedHost) => securityProbe.read(await probedHost(host));
const enforcing = {'/sys/fs/selinux/enforce': '1'};

describe('what the kernel refuses', () => {
	it.each([
		['enforcing', enforcing],
		['permissive', {'/sys/fs/selinux/enforce': '0'}],
		['absent', {}],
	] as const)('SELinux is %s', async (selinux, files) => {
		expect((await securityOf({files})).selinux).toBe(selinux);
	});

	it('asks for container-selinux only where SELinux is: by its files, else rpm', async () => {
		const rpm = {'rpm -q container-selinux': 'container-selinux-2.237.0-1.el10.noarch\n'};
		const contexts = {'/usr/share/containers/selinux/contexts': 'process = "x"\n'};
		expect((await securityOf({commands: rpm})).containerSelinux).toBeNull();
		expect((await securityOf({files: enforcing})).containerSelinux).toBe(false);
		expect((await securityOf({files: enforcing, commands: rpm})).containerSelinux).toBe(true);
		expect((await securityOf({files: {...enforcing, ...contexts}})).containerSelinux).toBe(true);
	});

	it('reads AppArmor, the label and the lockdown in force', async () => {
		const files = {
			'/sys/module/apparmor/parameters/enabled': 'Y\n',
			'/proc/self/attr/current': 'docker-default (enforce)\n',
			'/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n',
		};
		expect(await securityOf({files})).toMatchObject({
			apparmor: true,
			label: 'docker-default (enforce)',
			lockdown: 'integrity',
		});
		expect(await securityOf({})).toMatchObject({apparmor: false, label: null, lockdown: null});
	});

	it.each([
		['0', 0],
		['1', 1],
		['2', 2],
	])('reads io_uring_disabled: %s', async (text, value) => {
		const files = {'/proc/sys/kernel/io_uring_disabled': `${text}\n`};
		expect((await securityOf({files})).ioUringDisabled).toBe(value);
	});

	it('has null where the kernel has no such setting', async () => {
		expect((await securityOf({})).ioUringDisabled).toBeNull();
	});
});

describe('what a container lets through', () => {
	const status = (bounding: string, seccomp = 0): Record<string, string> => ({
		'/proc/self/status': `Name:\tnode\nCapEff:\t0000000000000000\nCapBnd:\t${bounding}\nSeccomp:\t${seccomp}\n`,
	});

	it('is everything on a whole server, also for an ordinary user', async () => {
		const files = {...status('000001ffffffffff'), '/proc/self/uid_map': '         0          0 4294967295\n'};
		expect((await securityOf({files})).rights).toEqual({lacking: [], userNamespace: false, seccomp: false});
	});

	it('lacks capabilities under Docker’s defaults', async () => {
		expect((await securityOf({files: status('00000000a80425fb', 2)})).rights).toEqual({
			lacking: ['net_admin', 'sys_module', 'sys_admin'],
			userNamespace: false,
			seccomp: true,
		});
	});

	it.each([
		['000001ffffffefff', 'net_admin'],
		['000001fffffeffff', 'sys_module'],
		['000001ffffdfffff', 'sys_admin'],
		['000001fff7ffffff', 'mknod'],
	])('lacks one capability: %s', async (bounding, name) => {
		expect((await securityOf({files: status(bounding)})).rights?.lacking).toEqual([name]);
	});

	it('maps user ids in an unprivileged one', async () => {
		const files = {...status('000001ffffffffff'), '/proc/self/uid_map': '         0     100000      65536\n'};
		expect((await securityOf({files})).rights?.userNamespace).toBe(true);
	});

	it('is unknown without /proc/self/status', async () => {
		expect((await securityOf({})).rights).toBeNull();
	});
});
