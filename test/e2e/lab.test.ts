// needs: lab server
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type Server, startServer, USER_PASSWORD} from '../lab/server.ts';
import {KEYS} from '../support/terminal.ts';

const MINUTE = 60_000;
const bootId = 'cat /proc/sys/kernel/random/boot_id';

describe('the lab server', {timeout: 10 * MINUTE}, () => {
	let server: Server;
	beforeAll(async () => {
		server = await startServer();
	}, 40 * MINUTE);
	afterAll(() => server?.down(), 2 * MINUTE);

	it('is a server as people have them: systemd, containerd under it, KVM, cgroup v2, no internet', async () => {
		expect(await server.must('systemctl is-system-running')).toBe('running');
		expect(await server.must('systemctl is-active containerd')).toBe('active');
		expect(await server.must('ctr version')).toMatch(/^Server:\n {2}Version: +1\.6\./m);
		expect(await server.must('grep -cw svm /proc/cpuinfo')).toBe('2');
		expect(await server.must('stat -fc %T /sys/fs/cgroup')).toBe('cgroup2fs');
		expect((await server.ssh('exec 3<>/dev/tcp/1.1.1.1/80', {timeoutMs: MINUTE})).code).not.toBe(0);
	});

	it('boots a guest under KVM', async () => {
		const machine = '-accel kvm -cpu host -m 256 -display none -monitor none -no-reboot -serial stdio';
		const kernel = `-kernel "/boot/vmlinuz-$(uname -r)" -append 'console=ttyS0 panic=-1'`;
		// No root filesystem: the guest ends in the panic that says so, which is as far as a kernel comes alone.
		const console = await server.must(`timeout 110 qemu-system-x86_64 ${machine} ${kernel} </dev/null`);
		expect(console).toContain('Hypervisor detected: KVM');
		expect(console).toContain('Unable to mount root fs');
	});

	it('lets the ordinary user become root with the password alone, and keeps node from root', async () => {
		expect(await server.must('id -un; node -v; npx --version', {user: 'user'})).toMatch(/^user\nv22\..*\n10\./);
		expect((await server.ssh('command -v node')).code).not.toBe(0);

		const refused = await server.ssh('sudo -n id -u', {user: 'user'});
		expect(refused).toMatchObject({code: 1, stdout: '', stderr: expect.stringContaining('a password is required')});
		expect(await server.must('sudo -S id -u', {user: 'user', input: `${USER_PASSWORD}\n`})).toBe('0');
		expect((await server.ssh('sudo -S id -u', {user: 'user', input: 'wrong\n'})).code).toBe(1);
	});

	it('has a terminal over ssh, in which sudo asks', async () => {
		const terminal = server.pty('stty size; sudo -k id -un', {cols: 91, rows: 25});
		await terminal.until(/^25 91\n.*password for user:/, MINUTE);
		terminal.press(`${USER_PASSWORD}${KEYS.enter}`);
		await terminal.until(/^root$/m, MINUTE);
		expect(await terminal.exit(MINUTE)).toEqual({code: 0, signal: null});
	});

	it('takes files and folders', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'kata-setup-push-'));
		try {
			writeFileSync(join(folder, 'a file'), 'content');
			await server.push([folder, join(folder, 'a file')], '/home/user/in here', 'user');
			const pushed = await server.snapshot(['/home/user/in here']);
			expect(Object.keys(pushed)).toHaveLength(4);
			expect(pushed['/home/user/in here/a file']).toMatch(/^f 644 1000:1000 ed7002b439e9/);
		} finally {
			rmSync(folder, {recursive: true});
		}
	});

	it('restarts, and then has what was written', async () => {
		const before = await server.must(`echo kept >/root/kept; ${bootId}`);
		await server.reboot();
		expect(await server.must(bootId)).not.toBe(before);
		expect(await server.must('cat /root/kept; systemctl is-active containerd')).toBe('kept\nactive');
	});

	it('loses what was not synced in a power cut, and nothing else', async () => {
		const etc = await server.snapshot(['/etc']);
		// A file of its own: what is synced takes with it what waits in the same transaction of the journal.
		await server.must('echo synced >/root/synced && sync && echo lost >/root/lost');
		await server.cut();
		expect((await server.ssh('true')).code).toBe(255);
		await server.on();
		expect(await server.must('cat /root/synced')).toBe('synced');
		expect(await server.must('cat /root/lost 2>/dev/null || true')).toBe('');
		expect(await server.snapshot(['/etc'])).toEqual(etc);
	});
});
