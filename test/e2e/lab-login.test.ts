/**
 * The whole journey through the lab's real sshd, from the logins of ordinary users who have Node and kata-setup in the home
 * folder: with sudo and a password, with sudo and none, with no way to root; and a connection that is cut during an install.
 * No guest is started: that is lab-journey.test.ts.
 */
// needs: lab server, guest
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Summary} from '../../src/apply/summary.ts';
import {exitCodes} from '../../src/errors.ts';
import {
	installSeenToItsEnd,
	kataSetupOf,
	type Login,
	logins,
	makeLogins,
	nodeOf,
	rootsProgramsBelowHome,
	scriptOf,
} from '../lab/logins.ts';
import {answerSudo, type CommandResult, type Server, startServer} from '../lab/server.ts';
import type {Snapshot} from '../lab/snapshot.ts';
import {KEYS} from '../support/terminal.ts';
import {type MadeArchive, makeArchive} from './stand-in/release.ts';
import {packProject} from './support/package.ts';

const MINUTE = 60_000;
/** Everything on the server is emulated, about ten times slower than here. */
const SLOW = 4 * MINUTE;

const watched = ['/etc', '/opt', '/root', '/usr/local', '/var/lib/kata-setup', '/run/kata-setup'];

describe('ordinary logins', {timeout: 15 * MINUTE}, () => {
	let folder: string;
	let server: Server;
	let archive: MadeArchive;
	let before: Snapshot;
	let choice: string;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'kata-setup-login-'));
		archive = await makeArchive('rust', {folder, settings: {accel: 'kvm'}, node: nodeOf('user')});
		server = await startServer({memory: 2048});
		await makeLogins(server, await packProject(folder));
		await server.push([archive.path], '/srv');
		// A lecture, and a note of a first success, are sudo's own.
		await server.must('touch /home/user/.sudo_as_admin_successful && chown user: /home/user/.sudo_as_admin_successful');
		choice = `--hypervisor qemu --no-test --archive /srv/${archive.name} --sha256 ${archive.sha256}`;
		before = await look();
	}, 45 * MINUTE);
	afterAll(async () => {
		await server?.down();
		await rm(folder, {recursive: true, force: true});
	}, 3 * MINUTE);

	const look = (): Promise<Snapshot> => server.snapshot(watched);
	const kataSetup = (login: Login, words: string): Promise<CommandResult> =>
		server.ssh(kataSetupOf(login, words), {user: login, timeoutMs: SLOW});
	const summaryOf = async (login: Login): Promise<Summary> =>
		JSON.parse((await kataSetup(login, 'status --json')).stdout) as Summary;
	/** The server is as it was, and no file in a home folder became root's. */
	async function isAsBefore(): Promise<void> {
		expect(await server.must(`find ${logins.map(login => `/home/${login}`).join(' ')} -uid 0`)).toBe('');
		expect(await look()).toEqual(before);
	}

	it('says to one who cannot become root what root has to type, which does it', async () => {
		const {code, stderr} = await kataSetup('plain', `install --yes ${choice}`);
		expect(code).toBe(exitCodes.privileges.code);
		const told = /Run as root: (.*)/.exec(stderr)?.[1] ?? '';
		expect(told.startsWith(`${nodeOf('plain')} `)).toBe(true);
		expect(told).toContain(scriptOf('plain').replace('bin/kata-setup.cjs', 'dist/kata-setup.mjs'));
		expect(told).toContain(` install --yes `);
		await isAsBefore();
		// Root types it, as it stands there.
		await server.must(told, {timeoutMs: SLOW});
		expect(await summaryOf('plain')).toMatchObject({lastRun: {verb: 'install', outcome: 'done'}});
		await server.must('/opt/kata-setup/uninstall --yes', {timeoutMs: SLOW});
		await isAsBefore();
	});

	it('installs, shows, switches, rolls back, repairs and removes without a password, and root runs nothing of the home folders', async () => {
		const installing = kataSetup('free', `install --yes ${choice}`);
		// Once the worker is there, everything that root runs is looked at.
		const copies = "ls -l /proc/[0-9]*/exe 2>/dev/null | grep -q '/opt/.kata-setup-root-[A-Za-z0-9]*/node'";
		const looked = await server.must(`until ${copies}; do sleep 0.1; done; ${rootsProgramsBelowHome}`, {
			timeoutMs: SLOW,
		});
		expect(looked).toBe('');
		expect(await installing).toMatchObject({code: 0, stderr: ''});
		expect(await summaryOf('plain')).toMatchObject({
			installation: {version: archive.version, runtime: 'rust', hypervisor: 'qemu', handler: 'kata'},
			lastRun: {verb: 'install', outcome: 'done'},
		});
		expect(await server.must('ls -A /opt')).not.toContain('.kata-setup-');

		// Then all that is done with an installation, under the same containerd.
		const daemon = (): Promise<string> => server.must('systemctl show -p InvocationID,MainPID containerd');
		const running = await daemon();
		const done = {code: 0, stderr: ''};
		expect(await kataSetup('free', 'switch dragonball --yes --no-test')).toMatchObject(done);
		expect(await summaryOf('plain')).toMatchObject({installation: {hypervisor: 'dragonball'}});
		expect(await kataSetup('free', 'rollback --yes --no-test')).toMatchObject(done);
		expect(await summaryOf('plain')).toMatchObject({installation: {hypervisor: 'qemu'}});
		const active = '/etc/kata-containers/kata-setup/active';
		const link = await server.must(`readlink ${active} && rm ${active}`);
		expect(await kataSetup('free', 'repair --yes --no-test')).toMatchObject(done);
		expect(await server.must(`readlink ${active}`)).toBe(link);
		expect(await daemon()).toBe(running);

		expect(await kataSetup('free', 'uninstall --yes')).toMatchObject({code: 0, stderr: ''});
		await isAsBefore();
	});

	it('finishes a run whose connection is cut, shows it to the next login, and goes by its own uninstall', async () => {
		const terminal = server.pty(kataSetupOf('user', `install --yes --plain ${choice}`));
		await answerSudo(terminal, SLOW);
		await terminal.until('Unpack Kata', SLOW);
		terminal.kill();
		expect((await kataSetup('user', 'attach')).stdout).toMatch(installSeenToItsEnd);
		expect(await summaryOf('user')).toMatchObject({lastRun: {verb: 'install', outcome: 'done'}});
		const removing = server.pty('env -i TERM=xterm-256color /opt/kata-setup/uninstall');
		await answerSudo(removing, SLOW);
		await removing.until('Do this? [y/N]', SLOW);
		removing.press(`y${KEYS.enter}`);
		expect((await removing.exit(SLOW)).code).toBe(0);
		await isAsBefore();
	});
});
