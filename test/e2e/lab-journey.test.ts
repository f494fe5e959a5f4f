/**
 * The journey on a real server, as a person takes it: the npm tarball copied in, started by npx over ssh as an ordinary
 * user, the wizard driven through the ssh terminal, sudo asking for its password, containerd restarted by systemd, the
 * guest booted by KVM, a reboot, and everything taken away again.
 */
// needs: lab server, guest
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {exitCodes} from '../../src/errors.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {answerSudo, type Server, startServer} from '../lab/server.ts';
import type {Snapshot} from '../lab/snapshot.ts';
import {KEYS} from '../support/terminal.ts';
import {type MadeArchive, makeArchive} from './stand-in/release.ts';

const MINUTE = 60_000;
/** Everything on the server is emulated, about ten times slower than here. */
const FRAME = 3 * MINUTE;

/** What an uninstall must give back; what containerd keeps below /var/lib/containerd is its own. */
const watched = ['/etc', '/opt', '/usr/local', '/var/lib/kata-setup', '/run/kata-setup', '/home/user'];

const packageFolder = join(import.meta.dirname, '../..');
const home = '/home/user';
/** node is in the user's home alone, so nothing but an absolute path finds it for root. */
const node = `${home}/.local/node/bin/node`;

describe('the journey on a server', {timeout: 20 * MINUTE}, () => {
	let folder: string;
	let server: Server;
	let archive: MadeArchive;
	/** The program as npx unpacked it, for root, who has no npx. */
	let script: string;
	let tarball: string;
	let before: Snapshot;
	let dumpBefore: string;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'kata-setup-journey-'));
		archive = await makeArchive('rust', {folder, settings: {accel: 'kvm'}, node});
		const {stdout} = await execa('npm', ['pack', '--json', '--pack-destination', folder], {cwd: packageFolder});
		tarball = (JSON.parse(stdout) as {filename: string}[])[0]?.filename ?? '';
		// QEMU's guest memory of 2 GiB must fit into /dev/shm, which is half of the memory.
		server = await startServer({memory: 6144});
		await server.push([archive.path, join(folder, tarball)], home, 'user');
		// npx's cache is not ours to compare, so it is filled before the first look.
		await server.must(`npx --yes ./${tarball} --version`, {user: 'user', timeoutMs: 5 * MINUTE});
		script = await server.must('ls -d ~/.npm/_npx/*/node_modules/kata-setup/bin/kata-setup.cjs', {user: 'user'});
		before = await look();
		dumpBefore = await server.must('containerd config dump');
	}, 45 * MINUTE);
	afterAll(async () => {
		await server?.down();
		await rm(folder, {recursive: true, force: true});
	}, 3 * MINUTE);

	/** npx keeps a cache and logs, and Debian's sudo leaves a note at its first success: neither is ours. */
	const others = /\/\.npm(\/|$)|\/\.sudo_as_admin_successful$/;
	const look = async (): Promise<Snapshot> =>
		Object.fromEntries(Object.entries(await server.snapshot(watched)).filter(([path]) => !others.test(path)));

	const kataSetup = (words: string): string => `npx --yes ./${tarball} ${words}`;
	/** As root, in a terminal-less session: what a cron job or Ansible does. */
	const asRoot = (words: string): string => `${node} ${script} ${words}`;

	it('says without root what the server is: KVM works, containerd 1.6 runs, sudo wants a password', async () => {
		const {stdout, code} = await server.ssh(kataSetup('check --json'), {
			user: 'user',
			timeoutMs: 5 * MINUTE,
		});
		// Its containerd is older than what Kata is tested with, which the check warns of.
		expect(code).toBe(exitCodes.warnings.code);
		const {facts, findings} = JSON.parse(stdout) as {facts: Facts; findings: {id: string; severity: string}[]};
		expect(facts.cpu.virtualization).toBe('svm');
		expect(facts.systemd).toBe(true);
		expect(facts.privileges).toMatchObject({user: 'user', root: 'password'});
		expect(facts.containerd).toMatchObject([{binary: '/usr/bin/containerd', unit: 'containerd.service'}]);
		expect(facts.containerd[0]?.version).toMatch(/^1\.6\./);
		expect(findings.filter(({severity}) => severity === 'blocker')).toEqual([]);
	});

	it('installs through the wizard, over ssh, with the password that sudo asks for, and proves the VM', async () => {
		const invocation = await server.must('systemctl show -p InvocationID --value containerd');
		const terminal = server.pty(kataSetup(`--archive ${home}/${archive.name} --sha256 ${archive.sha256}`));
		await terminal.until(/Host.*Runtime.*Hypervisor/, FRAME);
		await terminal.until('go on', FRAME);
		terminal.press(KEYS.enter);
		await terminal.until('Which runtime', FRAME);
		terminal.press(KEYS.enter);
		await terminal.until('Which hypervisor', FRAME);
		terminal.press(KEYS.enter);
		await terminal.until('install now', FRAME);
		expect(terminal.text()).toContain('kata-setup install');
		terminal.press('i');
		await answerSudo(terminal, FRAME);
		const screen = await terminal.until('⏎ leave', 15 * MINUTE);
		expect(screen).toMatch(/VM/);
		expect(screen).toMatch(/QEMU/);
		terminal.press('q');
		expect((await terminal.exit(FRAME)).code).toBe(0);
		expect(terminal.history()).toContain('kata-setup uninstall');
		expect(await server.must('systemctl show -p InvocationID --value containerd')).not.toBe(invocation);
		expect(await server.must('systemctl is-active containerd')).toBe('active');
		expect(await server.must('containerd config dump')).toContain('runtimes.kata]');
	});

	it('gives ctr a runtime by name, whose container has another kernel than the server', async () => {
		const image = 'localhost/kata-setup-smoke:1';
		const folderOf = script.replace(/bin\/kata-setup\.cjs$/, 'assets/smoke');
		const bootId = await server.must('cat /proc/sys/kernel/random/boot_id');
		await server.must(`ctr image import ${folderOf}/kata-setup-smoke-x86_64.tar`);
		// The probe stays alive until it is ended: what it says is read from a file, then it is killed.
		const run = `timeout -s KILL 300 ctr run --rm --runtime io.containerd.kata.v2 ${image} by-hand >/tmp/said 2>/tmp/why`;
		await server.must(`(${run} & until grep -q end=1 /tmp/said; do kill -0 $! || exit 1; sleep 1; done)`, {
			timeoutMs: 6 * MINUTE,
		});
		const said = await server.must('cat /tmp/said');
		expect(said).toMatch(/^boot_id=[0-9a-f-]{36}$/m);
		expect(said).not.toContain(bootId);
		await server.must(`ctr task kill -s SIGKILL by-hand; until ! ctr task ls -q | grep -q by-hand; do sleep 1; done`);
		await server.must(
			`ctr task rm by-hand 2>/dev/null; ctr container rm by-hand 2>/dev/null; ctr image rm ${image}; rm -f /tmp/said /tmp/why`,
		);
	});

	it('still works after a reboot: modules are there, and the smoke test passes', async () => {
		await server.reboot();
		expect(await server.must('lsmod')).toMatch(/^vhost_vsock /m);
		const {stdout, stderr, code} = await server.ssh(asRoot('test'), {timeoutMs: 10 * MINUTE});
		expect(`${stdout}${stderr}`).toMatch(/Smoke test: .*VM/);
		expect(code).toBe(0);
		const status = await server.ssh(kataSetup('status --json'), {user: 'user', timeoutMs: 5 * MINUTE});
		expect(JSON.parse(status.stdout)).toMatchObject({
			installation: {version: archive.version, runtime: 'rust', hypervisor: 'qemu', handler: 'kata'},
			lastRun: {verb: 'test', outcome: 'done'},
		});
	});

	it('goes again, and leaves the server as it was', async () => {
		const terminal = server.pty(kataSetup('uninstall'));
		await answerSudo(terminal, FRAME);
		await terminal.until('Do this? [y/N]', FRAME);
		terminal.press(`y${KEYS.enter}`);
		expect((await terminal.exit(10 * MINUTE)).code).toBe(0);
		expect(await look()).toEqual(before);
		expect(await server.must('containerd config dump')).toBe(dumpBefore);
		expect(await server.must('systemctl is-active containerd')).toBe('active');
		expect(await server.must('ctr namespaces ls -q')).not.toContain('kata-setup');
		expect(await server.must(`find ${home} -uid 0`)).toBe('');
	});

	it('installs by flags alone where root has no terminal, and refuses without the word for it', async () => {
		const words = `install --hypervisor qemu --archive ${home}/${archive.name} --sha256 ${archive.sha256}`;
		const refused = await server.ssh(kataSetup(words), {user: 'user', timeoutMs: 5 * MINUTE});
		expect(refused).toMatchObject({code: 2, stderr: expect.stringContaining('--yes')});
		const noPassword = await server.ssh(kataSetup(`${words} --yes`), {user: 'user', timeoutMs: 5 * MINUTE});
		expect(noPassword).toMatchObject({code: 4, stderr: expect.stringContaining('Run as root:')});
		const {stdout, code} = await server.ssh(asRoot(`${words} --yes --json`), {timeoutMs: 15 * MINUTE});
		expect(code).toBe(0);
		const events = stdout
			.trim()
			.split('\n')
			.map(line => JSON.parse(line) as {event: string});
		expect(events.find(({event}) => event === 'verdict')).toMatchObject({verdict: {outcome: 'vm'}});
		expect((await server.ssh(asRoot('uninstall --yes'), {timeoutMs: 10 * MINUTE})).code).toBe(0);
		expect(await look()).toEqual(before);
	});
});
