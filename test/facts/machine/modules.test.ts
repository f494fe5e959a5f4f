import {describe, expect, it} from 'vitest';
import {compareReleases} from '../../../src/facts/machine/kernel-release.ts';
import {modulesProbe} from '../../../src/facts/machine/modules.ts';
import {probedHost} from '../../support/probed-host.ts';

const release = '6.1.0-40-amd64';
const folder = `/lib/modules/${release}`;
const dep = [
	'kernel/drivers/vhost/vhost_vsock.ko.xz: kernel/net/vmw_vsock/vmw_vsock_virtio_transport_common.ko.xz kernel/net/vmw_vsock/vsock.ko.xz kernel/drivers/vhost/vhost.ko.xz',
	'kernel/drivers/vhost/vhost_net.ko.xz: kernel/drivers/net/tun.ko.xz kernel/drivers/vhost/vhost.ko.xz',
	'kernel/drivers/vhost/vhost.ko.xz:',
	'kernel/net/vmw_vsock/vsock.ko.xz:',
	'',
].join('\n');

/** The container's bounding set of Docker 28, without CAP_SYS_MODULE; and the full one. */
const dockerCapabilities = 'CapBnd:\t00000000a80425fb\n';
const allCapabilities = 'Name:\tnode\nCapBnd:\t000001ffffffffff\n';

const server = {
	'/proc/sys/kernel/osrelease': `${release}\n`,
	'/proc/modules': '',
	'/proc/cmdline': 'BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro quiet\n',
	'/proc/self/status': allCapabilities,
	'/proc/self/uid_map': '         0          0 4294967295\n',
	[`${folder}/modules.dep`]: dep,
};
const read = async (files: Record<string, string> = {}) =>
	modulesProbe.read(await probedHost({files: {...server, ...files}}));

describe('the modules of a server', () => {
	it('where nothing is in the way', async () => {
		expect(await read({'/proc/sys/kernel/modules_disabled': '0\n'})).toEqual({
			supported: true,
			releases: [release],
			running: true,
			loadingDisabled: false,
			permitted: true,
			signedOnly: null,
			rivals: [],
			rules: [],
			atBoot: [],
		});
	});

	it('are counted by kernels, the oldest first, without what a removed one left', async () => {
		const facts = await read({
			'/lib/modules/6.1.0-9-amd64/modules.dep': '',
			'/lib/modules/6.1.0-41-amd64/modules.dep': '',
			'/lib/modules/5.10.0-28-amd64/updates/dkms/zfs.ko': '',
		});
		expect(facts.releases).toEqual(['6.1.0-9-amd64', release, '6.1.0-41-amd64']);
	});

	it('of a kernel that was replaced on disk are gone', async () => {
		const facts = await modulesProbe.read(
			await probedHost({
				files: {
					'/proc/sys/kernel/osrelease': `${release}\n`,
					'/proc/modules': '',
					'/lib/modules/6.1.0-41-amd64/modules.dep': '',
				},
			}),
		);
		expect(facts).toMatchObject({running: false, releases: ['6.1.0-41-amd64']});
	});

	it('are none where the kernel was built without, and untold without /proc', async () => {
		const alone = {'/proc/sys/kernel/osrelease': '6.18.44-fc\n'};
		expect(await modulesProbe.read(await probedHost({files: alone}))).toMatchObject({
			supported: false,
			releases: null,
			running: null,
		});
		expect((await modulesProbe.read(await probedHost({}))).supported).toBeNull();
	});

	it('tell who may hold what ours need', async () => {
		const modules =
			'vboxdrv 1 0 - Live 0x0\nvmw_vsock_vmci_transport 1 0 - Live 0x0\nkvm_pvm 1 0 - Live 0x0\next4 1 0 - Live 0x0\n';
		expect((await read({'/proc/modules': modules})).rivals).toEqual(['vboxdrv', 'vmw_vsock_vmci_transport', 'kvm_pvm']);
	});

	it('may be closed until the next boot, or to unsigned ones', async () => {
		expect(await read({'/proc/sys/kernel/modules_disabled': '1\n'})).toMatchObject({loadingDisabled: true});
		expect((await read({'/sys/module/module/parameters/sig_enforce': 'Y\n'})).signedOnly).toBe('module.sig_enforce=1');
		const lockdown = (text: string) =>
			read({'/sys/kernel/security/lockdown': text, '/sys/module/module/parameters/sig_enforce': 'N\n'});
		expect((await lockdown('none [integrity] confidentiality\n')).signedOnly).toBe('lockdown=integrity');
		expect((await lockdown('[none] integrity confidentiality\n')).signedOnly).toBeNull();
	});

	it.each([
		[dockerCapabilities, '         0          0 4294967295\n', false],
		// An unprivileged LXC container has all capabilities, over nothing but its own user namespace.
		[allCapabilities, '         0     100000      65536\n', false],
		[allCapabilities, '         0          0 4294967295\n', true],
		// CAP_SYS_MODULE alone, and its neighbours without it.
		['CapBnd:\t0000000000010000\n', '         0          0 4294967295\n', true],
		['CapBnd:\t0000000000028000\n', '         0          0 4294967295\n', false],
		['Name:\tnode\n', '         0          0 4294967295\n', null],
	])('are loaded by whoever has the right to: %j with %j: %s', async (status, ids, permitted) => {
		expect((await read({'/proc/self/status': status, '/proc/self/uid_map': ids})).permitted).toBe(permitted);
	});
});

describe('what is configured against modules', () => {
	const rulesOf = async (files: Record<string, string>) => (await read(files)).rules;

	it.each([
		['install vhost_vsock /bin/false', 'loading'],
		['install vhost-vsock /bin/true', 'loading'],
		['install vhost_* /bin/false', 'loading'],
		['  install\tvhost_vsock \\\n   /usr/bin/false', 'loading'],
		['blacklist vhost_vsock', 'autoloading'],
		['blacklist vhost-vsock', 'autoloading'],
	])('%j stops %s', async (text, stops) => {
		const rules = await rulesOf({'/etc/modprobe.d/hardening.conf': `# CIS\n${text}\n`});
		expect(rules.filter(({for: needs}) => needs === 'vhost_vsock')).toEqual([
			{
				for: 'vhost_vsock',
				module: 'vhost_vsock',
				stops,
				path: '/etc/modprobe.d/hardening.conf',
				line: expect.stringContaining('vhost'),
			},
		]);
	});

	it.each([
		['# install vhost_vsock /bin/false'],
		['install vhost_vsock /sbin/modprobe --ignore-install vhost_vsock && /sbin/modprobe vhost_net'],
		['install vhost_vsock \\\n   /sbin/modprobe --ignore-install vhost_vsock'],
		['install cramfs /bin/false'],
		['blacklist vhost_*'],
		['options vhost_vsock x=1'],
	])('%j stops none of them', async text => {
		expect(await rulesOf({'/etc/modprobe.d/other.conf': `${text}\n`})).toEqual([]);
	});

	it('counts for what depends on the module too', async () => {
		const rules = await rulesOf({'/etc/modprobe.d/vhost.conf': 'install vhost /bin/false\n'});
		expect(rules.map(({for: needs, module}) => [needs, module])).toEqual([
			['vhost_vsock', 'vhost'],
			['vhost_net', 'vhost'],
		]);
	});

	it('is read from all folders, a file of the same name in /etc masking the others', async () => {
		const line = 'install tun /bin/false\n';
		expect(await rulesOf({'/run/modprobe.d/a.conf': line})).toMatchObject([
			{for: 'vhost_net', path: '/run/modprobe.d/a.conf'},
			{for: 'tun'},
		]);
		expect(await rulesOf({'/usr/lib/modprobe.d/a.conf': line})).toMatchObject([
			{},
			{path: '/usr/lib/modprobe.d/a.conf'},
		]);
		expect(await rulesOf({'/usr/lib/modprobe.d/a.conf': line, '/etc/modprobe.d/a.conf': '# empty\n'})).toEqual([]);
		expect(await rulesOf({'/etc/modprobe.d/a.conf.dpkg-old': line})).toEqual([]);
	});

	it('may stand on the kernel’s command line', async () => {
		const cmdline = 'ro module_blacklist=nouveau,vhost-vsock modprobe.blacklist=kvm_amd quiet\n';
		expect(await rulesOf({'/proc/cmdline': cmdline})).toEqual([
			{
				for: 'vhost_vsock',
				module: 'vhost_vsock',
				stops: 'loading',
				path: '/proc/cmdline',
				line: 'module_blacklist=nouveau,vhost-vsock',
			},
			{
				for: 'kvm_amd',
				module: 'kvm_amd',
				stops: 'autoloading',
				path: '/proc/cmdline',
				line: 'modprobe.blacklist=kvm_amd',
			},
		]);
	});
});

describe('what is loaded at boot', () => {
	it('is named in modules-load.d, or in /etc/modules', async () => {
		const {atBoot} = await read({
			'/etc/modules-load.d/kata-setup.conf': '# ours\nvhost_vsock\nvhost-net\n',
			'/usr/lib/modules-load.d/other.conf': '; by hand\nnf_tables\ntun\n',
			'/etc/modules': 'loop\nkvm_intel nested=1\n',
		});
		expect(atBoot).toEqual([
			{module: 'vhost_vsock', path: '/etc/modules-load.d/kata-setup.conf'},
			{module: 'vhost_net', path: '/etc/modules-load.d/kata-setup.conf'},
			{module: 'tun', path: '/usr/lib/modules-load.d/other.conf'},
			{module: 'kvm_intel', path: '/etc/modules'},
		]);
	});
});

describe('kernel releases', () => {
	it.each([
		['6.1.0-9-amd64', '6.1.0-40-amd64', -1],
		['5.14.0-427.13.1.el9_4.x86_64', '5.14.0-427.9.1.el9_4.x86_64', 1],
		['6.8.0-31-generic', '6.8.0-31-generic', 0],
		['5.4.0-100-generic', '5.5', -1],
	])('%s and %s are ordered by their numbers', (a, b, order) => {
		expect(Math.sign(compareReleases(a, b))).toBe(order);
	});
});
