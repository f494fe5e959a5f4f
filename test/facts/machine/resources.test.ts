import {describe, expect, it} from 'vitest';
import {devicesProbe} from '../../../src/facts/machine/devices.ts';
import {initProbe} from '../../../src/facts/machine/init.ts';
import {machineProbe} from '../../../src/facts/machine/machine.ts';
import {mountOf, parseMountInfo} from '../../../src/facts/machine/mount-info.ts';
import {probedHost} from '../../support/probed-host.ts';

const mountInfo = `22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:25 / /dev/shm rw,nosuid,nodev shared:4 - tmpfs tmpfs rw
31 22 254:2 / /opt ro,noexec,relatime - xfs /dev/vda2 rw
32 22 0:40 / /mnt/with\\040blank rw - nfs4 server:/x rw,vers=4.2
33 22 254:3 / /opt/kata-setup rw,relatime - ext4 /dev/vda3 ro
`;

describe('the machine', () => {
	it('is read from uname, /proc and os-release', async () => {
		const host = await probedHost({
			files: {
				'/proc/sys/kernel/hostname': 'web-01\n',
				'/proc/sys/kernel/osrelease': '6.8.0-31-generic\n',
				'/etc/os-release': 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nVERSION_ID="24.04"\n',
			},
			commands: {'uname -m': 'aarch64\n'},
		});
		expect(await machineProbe.read(host)).toEqual({
			hostname: 'web-01',
			kernel: '6.8.0-31-generic',
			machine: 'aarch64',
			os: {id: 'ubuntu', name: 'Ubuntu 24.04 LTS', versionId: '24.04'},
		});
	});

	it('has systemd only where it is process 1', async () => {
		const booted = {'/run/systemd/system/': ''};
		expect(await initProbe.read(await probedHost({files: {...booted, '/proc/1/comm': 'systemd\n'}}))).toBe(true);
		expect(await initProbe.read(await probedHost({files: {...booted, '/proc/1/comm': 'tini\n'}}))).toBe(false);
		expect(await initProbe.read(await probedHost({files: {'/proc/1/comm': 'systemd\n'}}))).toBe(false);
	});
});

describe('the devices', () => {
	it('are opened, but not where that would load a module', async () => {
		const host = await probedHost({
			files: {
				'/dev/vhost-vsock': '',
				'/proc/modules': 'vhost_net 32768 0 - Live 0x0\n',
				'/proc/sys/kernel/osrelease': '6.1.0\n',
				'/lib/modules/6.1.0/modules.dep': 'kernel/drivers/vhost/vhost_vsock.ko:\n',
			},
			opens: {'/dev/vhost-vsock': null, '/dev/vhost-net': null, '/dev/net/tun': 'EACCES'},
		});
		expect(await devicesProbe.read(host)).toEqual([
			{path: '/dev/vhost-vsock', module: 'vhost_vsock', state: 'not-loaded', moduleState: 'loadable'},
			{path: '/dev/vhost-net', module: 'vhost_net', state: 'ok', moduleState: 'loaded'},
			{path: '/dev/net/tun', module: 'tun', state: 'EACCES', moduleState: 'absent'},
		]);
	});
});

describe('the mounts', () => {
	it('are parsed with their octal escapes, both options together', () => {
		const mounts = parseMountInfo(mountInfo);
		expect(mounts[3]).toMatchObject({at: '/mnt/with blank', fileSystem: 'nfs4'});
		expect(mountOf(mounts, '/opt/other')?.options).toContain('noexec');
		expect(mountOf(mounts, '/optical')?.at).toBe('/');
		expect(mountOf(mounts.toReversed(), '/opt/other')?.at).toBe('/opt');
		expect(mountOf(mounts, '/opt/kata-setup/trees')?.options).toContain('ro');
	});
});
