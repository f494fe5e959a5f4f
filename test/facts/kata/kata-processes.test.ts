/** What runs of a Kata, whose it is, and what of that an ordinary user can tell. */
import {describe, expect, it} from 'vitest';
import {kataProcessesProbe} from '../../../src/facts/kata/kata-processes.ts';
import {closedAt} from '../../support/closed-host.ts';
import {probedHost} from '../../support/probed-host.ts';

describe('the processes of Kata', () => {
	const process = (pid: number, exe: string, argv: string[] = [exe.replace(' (deleted)', '')]) => ({
		[`/proc/${pid}/cmdline`]: `${argv.join('\0')}\0`,
		[`/proc/${pid}/exe`]: `link:${exe}`,
	});
	const processesOf = async (files: Record<string, string>) => kataProcessesProbe.read(await probedHost({files}));
	const shim = 'bin/containerd-shim-kata-v2';

	it('are those of its shims and of what runs from a prefix, each with its tree', async () => {
		const found = await processesOf({
			...process(1, '/usr/lib/systemd/systemd'),
			...process(10, `/opt/kata/${shim}`),
			...process(11, '/opt/kata/libexec/virtiofsd'),
			...process(12, '/opt/kata-setup/trees/4.1.0-rust/bin/qemu-system-x86_64'),
			...process(13, '/opt/kata-dev/bin/cloud-hypervisor'),
			...process(14, `/opt/kata.old/${shim}`),
			...process(15, '/usr/bin/containerd-shim-kata-v2'),
			...process(16, '/usr/bin/containerd-shim-runc-v2'),
			...process(17, '/opt/kata/bin/kata-monitor'),
			...process(18, '/opt/kata-setup/staging/bin/qemu-system-x86_64'),
			...process(19, '/opt/katalog/bin/qemu-system-x86_64'),
		});
		expect(found.map(({pid, kind, tree}) => [pid, kind, tree])).toEqual([
			[10, 'shim', '/opt/kata'],
			[11, 'virtiofsd', '/opt/kata'],
			[12, 'hypervisor', '/opt/kata-setup/trees/4.1.0-rust'],
			[13, 'hypervisor', '/opt/kata-dev'],
			[14, 'shim', '/opt/kata.old'],
			[15, 'shim', '/usr/bin'],
			[17, 'other', '/opt/kata'],
		]);
	});

	it.each([
		['/opt', '/var/opt', '/var/opt/kata-setup'],
		['/opt', '/data/opt', '/data/opt/kata-setup'],
		['/opt/kata-setup', '/data/kata-setup', '/data/kata-setup'],
	])('have the tree that our plans name where %s is a link to %s', async (from, to, ours) => {
		const tree = `${ours}/trees/4.1.0-rust`;
		const found = await processesOf({
			[`${tree}/`]: '',
			[from]: `link:${to}`,
			...process(12, `${tree}/bin/qemu-system-x86_64`),
			...process(13, `${tree}/bin/x (deleted)`),
			...process(14, `${ours}/staging/bin/qemu-system-x86_64`),
			...process(15, `${to}katalog/bin/qemu-system-x86_64`),
		});
		expect(found.map(({pid, kind, tree: of}) => [pid, kind, of])).toEqual([
			[12, 'hypervisor', '/opt/kata-setup/trees/4.1.0-rust'],
			[13, 'other', '/opt/kata-setup/trees/4.1.0-rust'],
		]);
	});

	it('are a distribution’s hypervisors too, by the folder of their sandbox, and no other VM', async () => {
		const socket = 'socket,path=/run/vc/vm/0a1b/console.sock';
		const found = await processesOf({
			...process(20, '/usr/bin/qemu-system-x86_64', ['/usr/bin/qemu-system-x86_64', '-chardev', socket]),
			...process(21, '/usr/bin/qemu-system-x86_64', ['/usr/bin/qemu-system-x86_64', '-name', 'guest=web']),
			...process(22, '/usr/bin/vi', ['vi', '/run/vc/vm/x']),
		});
		expect(found).toMatchObject([{pid: 20, kind: 'hypervisor', tree: '/usr/bin', deleted: false}]);
	});

	it('are known when their files are deleted', async () => {
		expect(await processesOf(process(30, `/opt/kata/${shim} (deleted)`))).toEqual([
			{
				pid: 30,
				kind: 'shim',
				program: 'containerd-shim-kata-v2',
				sandbox: null,
				namespace: null,
				// Its open files are nowhere: only root may look.
				vm: null,
				tree: '/opt/kata',
				deleted: true,
			},
		]);
	});

	it('tell their sandbox, and a shim whether it is the VMM itself, as with Dragonball', async () => {
		const tree = '/opt/kata-setup/trees/4.1.0-rust';
		const shimPath = `${tree}/runtime-rs/bin/containerd-shim-kata-v2`;
		const told = (id: string): string[] => [shimPath, '-namespace', 'k8s.io', '-address', '/run/c.sock', '-id', id];
		const fds = (pid: number, target: string) => ({[`/proc/${pid}/fd/7`]: `link:${target}`});
		const found = await processesOf({
			...process(50, shimPath, told('aa')),
			...fds(50, 'anon_inode:kvm-vm'),
			...process(51, shimPath, told('bb')),
			...fds(51, 'anon_inode:[eventpoll]'),
			...process(52, `${tree}/bin/cloud-hypervisor`, [
				`${tree}/bin/cloud-hypervisor`,
				'--api-socket',
				'/run/kata/bb/root/ch-api.sock',
			]),
			...process(53, `${tree}/libexec/virtiofsd`, ['virtiofsd', '--socket-path=/run/vc/vm/cc/vhost-fs.sock']),
			...process(54, `${tree}/bin/firecracker`, ['/firecracker', '--id', 'dd']),
		});
		expect(found).toMatchObject([
			{pid: 50, sandbox: 'aa', namespace: 'k8s.io', vm: true},
			{pid: 51, sandbox: 'bb', vm: false},
			{pid: 52, sandbox: 'bb'},
			{pid: 53, sandbox: 'cc'},
			{pid: 54, sandbox: 'dd'},
		]);
	});

	it('of root are known to others by their command line, without what it cannot tell', async () => {
		const host = await probedHost({
			files: {
				...process(40, '/x', ['/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2', '-id', 'a']),
				...process(41, '/x', ['/opt/kata-setup/trees/4.1.0/bin/virtiofsd']),
				...process(42, '/x', ['/opt/kata/bin/virtiofsd']),
				...process(43, '/x', ['/opt/kata-dev/bin/virtiofsd']),
				...process(44, '/x', ['/var/opt/kata-setup/trees/4.1.0/bin/virtiofsd']),
				'/var/opt/kata-setup/trees/4.1.0/': '',
				'/opt': 'link:var/opt',
				'/var/opt/kata': 'link:kata-setup/trees/4.1.0',
				'/var/opt/kata-dev/': '',
			},
		});
		expect(await kataProcessesProbe.read(closedAt(host, '/proc/4'))).toMatchObject([
			{pid: 40, kind: 'shim', tree: null, deleted: null},
			{pid: 41, kind: 'virtiofsd', tree: '/opt/kata-setup/trees/4.1.0', deleted: null},
			// Whose tree the link led to when it started is not known.
			{pid: 42, kind: 'virtiofsd', tree: null, deleted: null},
			{pid: 43, kind: 'virtiofsd', tree: '/opt/kata-dev', deleted: null},
			{pid: 44, kind: 'virtiofsd', tree: '/opt/kata-setup/trees/4.1.0', deleted: null},
		]);
	});
});
