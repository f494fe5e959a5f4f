/**
 * The way to root with the real sudo and the real doas, from the login of an ordinary user who has Node and kata-setup in the
 * home folder: with a password, without one, and with neither. Users, sudoers and doas.conf are those of a private mount
 * namespace; this machine's stay as they are. Root never executes what the user can write to, and leaves nothing behind.
 */
// needs: engines, guest, root tools
import {
	chmod,
	copyFile,
	cp,
	mkdir,
	mkdtemp,
	readdir,
	readFile,
	readlink,
	rename,
	rm,
	writeFile,
} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {exitCodes} from '../../src/errors.ts';
import type {Snapshot} from '../lab/snapshot.ts';
import {KEYS, type TestTerminal} from '../support/terminal.ts';
import {type MadeArchive, makeArchive} from './stand-in/release.ts';
import {containerdEngines} from './support/engines.ts';
import {type JourneyHost, openJourneyHost} from './support/journey-host.ts';
import {ignoring} from './support/stand-in-flags.ts';

const MINUTE = 60_000;
const password = 'secret-enough';
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What sudo keeps of its own: tickets, and whom it has lectured. */
const ofSudo = /^\/(run|var\/lib)\/sudo(\/|$)/;

const [engine] = (await containerdEngines()).slice(-1);

describe('the way to root', {timeout: 5 * MINUTE}, () => {
	let archive: MadeArchive;
	let open: string;
	let host: JourneyHost;
	let home: string;
	let node: string;
	let script: string;
	let choice: string[];
	let before: Snapshot;

	beforeAll(async () => {
		if (!engine) throw new Error('no containerd was fetched');
		archive = await makeArchive('rust');
		// The engine lies where root alone may look; on a server nobody is kept from it.
		open = await mkdtemp(join(tmpdir(), 'kata-setup-root-'));
		await chmod(open, 0o755);
		const binary = join(open, 'bin', basename(engine.binary));
		await cp(dirname(engine.binary), dirname(binary), {recursive: true, dereference: true});
		await copyFile(archive.path, join(open, archive.name));
		host = await openJourneyHost({...engine, binary}, {mainFile: null});
		await chmod(host.folder, 0o755);
		home = join(host.folder, 'ops');
		node = join(home, '.local/node');
		await mkdir(dirname(node), {recursive: true});
		await copyFile(process.execPath, node);
		const unpacked = join(home, '.npm/_npx/0123/node_modules/kata-setup');
		await cp(join(host.folder, 'package'), unpacked, {recursive: true});
		script = join(unpacked, 'bin/kata-setup.cjs');
		await must(`useradd --no-create-home --home-dir ${home} --shell /bin/sh ops && echo ops:${password} | chpasswd`);
		await must(`chown -R ops ${home}`);
		choice = ['--runtime', 'rust', '--hypervisor', 'qemu', '--no-test', '--archive', join(open, archive.name)];
		choice.push('--sha256', archive.sha256, ...(await ignoring(host)));
		before = await look();
	}, 15 * MINUTE);
	afterAll(async () => {
		await host?.close();
		if (open) await rm(open, {recursive: true, force: true});
	});

	const must = async (command: string): Promise<string> => {
		const {code, stdout, stderr} = await host.run('sh', ['-c', command]);
		if (code !== 0) throw new Error(`${command}\n${stdout}${stderr}`);
		return stdout;
	};
	const look = async (): Promise<Snapshot> =>
		Object.fromEntries(
			Object.entries(await host.snapshot()).filter(([at]) => !ofSudo.test(at) && !/^\/etc\/(sudoers|doas)/.test(at)),
		);
	const sudoers = (lines: string): Promise<string> =>
		must(`printf '%s\\n' '${lines}' >/etc/sudoers.d/ops && chmod 440 /etc/sudoers.d/ops && rm -rf /run/sudo`);

	const asOps = (words: readonly string[]): string[] => [
		...['-u', 'ops', '--', 'env', '-i', `HOME=${home}`, `PATH=${path}`, 'LANG=C.UTF-8', 'TERM=xterm-256color'],
		...[node, script, ...words],
	];
	/** Without a terminal: `setsid`, or sudo would find the one of whoever runs this test. */
	const kataSetup = (...words: string[]) => host.run('setsid', ['--wait', 'runuser', ...asOps(words)]);
	const onTerminal = (...words: string[]): TestTerminal => host.terminal('runuser', asOps(words));

	/** Nothing of the user's folder became root's, and the host is as it was. */
	async function isAsBefore(): Promise<void> {
		expect(await must(`find ${home} -uid 0`)).toBe('');
		expect(await look()).toEqual(before);
	}

	describe('without a password', () => {
		it('installs, and takes away again, and root never runs a file of the home folder', async () => {
			await sudoers('ops ALL=(ALL) NOPASSWD: ALL');
			const watch = watchRoot(home);
			const installed = await kataSetup('install', '--yes', ...choice);
			expect(installed).toMatchObject({code: 0, stderr: ''});
			expect(await kataSetup('status')).toMatchObject({code: 0, stdout: expect.stringContaining('uninstall')});
			// The Node of the home folder is kept beside the program.
			expect(await must('ls /opt/kata-setup/program/*')).toMatch(/^node$/m);
			expect(await must('ls -A /opt')).not.toContain('.kata-setup-');
			const removed = await kataSetup('uninstall', '--yes');
			expect(removed).toMatchObject({code: 0, stderr: ''});
			const {rounds, seen, ranCopies} = await watch.stop();
			expect(rounds).toBeGreaterThan(50);
			expect(ranCopies, 'the watcher sees what it looks for').toBe(true);
			expect(seen).toEqual([]);
			await isAsBefore();
		});

		it('is uninstalled by the kept script, as the user, with the home folder’s Node gone', async () => {
			expect((await kataSetup('install', '--yes', ...choice)).code).toBe(0);
			await rename(node, `${node}.gone`);
			const words = ['--wait', 'runuser', '-u', 'ops', '--', 'env', '-i', '/opt/kata-setup/uninstall', '--yes'];
			expect(await host.run('setsid', words)).toMatchObject({code: 0, stderr: ''});
			await rename(`${node}.gone`, node);
			await isAsBefore();
		});

		it('goes on with an uninstall that was cut short, before anything else', async () => {
			expect((await kataSetup('install', '--yes', ...choice)).code).toBe(0);
			await host.kataSetupWith({KATA_SETUP_TEST_CHECKPOINT: 'record 4: after'}, 'uninstall', '--yes');
			const {code, stdout} = await kataSetup('rollback', '--yes');
			expect(stdout).toContain('It is gone on with first.');
			// Nothing is left to roll back.
			expect(code).toBe(exitCodes.nothing.code);
			await isAsBefore();
		});

		it('goes on where power was cut between the end of a run and what everybody may read of it', async () => {
			await sudoers('ops ALL=(ALL) NOPASSWD: ALL');
			const state = '/var/lib/kata-setup';
			const {steps} = JSON.parse((await kataSetup('plan', '--json', ...choice)).stdout) as {steps: unknown[]};
			// A beginning, two records a step, and the end: the run is over, in the journal alone, and /run does not outlive the cut.
			const checkpoint = `record ${2 * steps.length + 2}: after`;
			await host.kataSetupWith({KATA_SETUP_TEST_CHECKPOINT: checkpoint}, 'install', '--yes', ...choice);
			await must(`tail -1 ${state}/journal.ndjson | grep '"outcome":"done"' && rm -r /run/kata-setup`);
			await must(`cp -a ${state}/installation.json /run/stale.json`);
			expect((await kataSetup('status')).stdout).toContain('was not finished');

			// A dry run writes nothing, be it root's part of it.
			expect((await kataSetup('undo', '--dry-run')).code).toBe(exitCodes.nothing.code);
			expect((await kataSetup('status')).stdout).toContain('was not finished');
			const {code, stdout, stderr} = await kataSetup('switch', 'rust/qemu', '--no-test', '--yes');
			expect(stderr).toBe('');
			expect(stdout).toContain('had come to its end');
			expect(stdout).toContain('It is so already');
			expect(code).toBe(0);
			expect((await kataSetup('status')).stdout).not.toContain('was not finished');

			await must(`mv /run/stale.json ${state}/installation.json`);
			expect((await kataSetup('finish', '--yes')).code).toBe(exitCodes.nothing.code);
			expect((await kataSetup('status')).stdout).not.toContain('was not finished');
			expect((await kataSetup('uninstall', '--yes')).code).toBe(0);
			await isAsBefore();
		});

		it('leaves no copy where the worker was killed, after the next run', async () => {
			const stale = '/opt/.kata-setup-root-AbCdEfGhIjKl';
			const theirs = '/opt/.kata-setup-backup';
			await must(`mkdir -m 700 ${stale} ${theirs} && echo x >${stale}/node`);
			await must(`touch -d '2 minutes ago' ${stale} ${theirs}`);
			expect((await kataSetup('install', '--yes', ...choice)).code).toBe(0);
			expect((await must('ls -A /opt')).match(/^\.kata-setup-.*/gm)).toEqual([theirs.slice('/opt/'.length)]);
			await must(`rmdir ${theirs}`);
			expect((await kataSetup('uninstall', '--yes')).code).toBe(0);
			await isAsBefore();
		});
	});

	describe('with a password', () => {
		it('asks once for an install, and once more for each start where sudo keeps no ticket', async () => {
			await sudoers('Defaults:ops timestamp_timeout=0\nops ALL=(ALL) ALL');
			const installing = onTerminal('install', '--yes', '--plain', ...choice);
			await answer(installing);
			expect((await installing.exit(MINUTE)).code).toBe(0);
			expect(installing.history().match(/\[sudo\] password for ops/g)).toHaveLength(1);
			const removing = onTerminal('uninstall', '--yes');
			await answer(removing);
			await removing.until(/password for ops[\s\S]*password for ops/, MINUTE);
			removing.press(`${password}${KEYS.enter}`);
			expect((await removing.exit(MINUTE)).code).toBe(0);
			await isAsBefore();
		});

		it('uses the ticket that there is', async () => {
			await sudoers('ops ALL=(ALL) ALL');
			const terminal = host.terminal('runuser', [
				...['-u', 'ops', '--', 'env', '-i', `HOME=${home}`, `PATH=${path}`, 'LANG=C.UTF-8', 'sh', '-c'],
				...[
					'"$0" "$@" install --yes --plain $CHOICE; "$0" "$@" uninstall --yes; echo over'.replace(
						'$CHOICE',
						choice.join(' '),
					),
					node,
					script,
				],
			]);
			await answer(terminal);
			await terminal.until('over', 2 * MINUTE);
			expect(terminal.history().match(/password for ops/g)).toHaveLength(1);
			await terminal.exit(MINUTE);
			await isAsBefore();
		});

		it('runs nothing whose bytes were changed while it asked', async () => {
			await sudoers('ops ALL=(ALL) ALL');
			const bundle = join(dirname(script), '../dist/kata-setup.mjs');
			const whole = await readFile(bundle);
			const terminal = onTerminal('install', '--yes', '--plain', ...choice);
			await terminal.until(/password for ops/, MINUTE);
			await writeFile(bundle, `${whole}\nimport('node:fs').then(fs => fs.writeFileSync('/opt/poisoned', ''));\n`);
			terminal.press(`${password}${KEYS.enter}`);
			expect((await terminal.exit(MINUTE)).code).toBe(exitCodes.changed.code);
			expect(terminal.history()).toContain('is not run');
			await writeFile(bundle, whole);
			await isAsBefore();
		});

		it('says what to type instead where the password is wrong, or nobody can be asked', async () => {
			await sudoers('ops ALL=(ALL) ALL');
			const terminal = onTerminal('install', '--yes', '--plain', ...choice);
			for (let tries = 1; tries <= 3; tries += 1) {
				await terminal.until(new RegExp(`(password for ops[\\s\\S]*){${tries}}`), MINUTE);
				terminal.press(`wrong${KEYS.enter}`);
			}
			expect((await terminal.exit(MINUTE)).code).toBe(exitCodes.privileges.code);
			expect(terminal.history().replaceAll(/\s+/g, '')).toContain(
				`${node}${script.replace('bin/kata-setup.cjs', 'dist')}`,
			);
			const silent = await kataSetup('install', '--yes', ...choice);
			expect(silent.code).toBe(exitCodes.privileges.code);
			expect(silent.stderr).toContain('no terminal to type it on');
			expect(silent.stderr).toContain(`Run as root: ${node} `);
			await isAsBefore();
		});
	});

	async function answer(terminal: TestTerminal): Promise<void> {
		await terminal.until(/password for ops|password:/, MINUTE);
		terminal.press(`${password}${KEYS.enter}`);
	}

	describe('by doas', () => {
		beforeAll(async () => {
			await must('rm /etc/sudoers.d/ops && mount --bind /dev/null /usr/bin/sudo');
		});
		afterAll(async () => {
			await must('umount /usr/bin/sudo; rm -f /etc/doas.conf');
		});

		it('says what to type instead where it is not allowed', async () => {
			await must("echo 'deny ops' >/etc/doas.conf");
			const {code, stderr} = await kataSetup('install', '--yes', ...choice);
			expect(code).toBe(exitCodes.privileges.code);
			expect(stderr).toContain('ops may use neither sudo nor doas');
			expect(stderr).toContain(`Run as root: ${node} `);
			await isAsBefore();
		});

		it('installs and uninstalls without a password', async () => {
			await must("echo 'permit nopass ops' >/etc/doas.conf");
			expect(await kataSetup('install', '--yes', ...choice)).toMatchObject({code: 0, stderr: ''});
			expect(await kataSetup('uninstall', '--yes')).toMatchObject({code: 0, stderr: ''});
			await isAsBefore();
		});

		it('asks for the password on the terminal', async () => {
			await must("echo 'permit ops' >/etc/doas.conf");
			const installing = onTerminal('install', '--yes', '--plain', ...choice);
			await answer(installing);
			expect((await installing.exit(MINUTE)).code).toBe(0);
			await must("echo 'permit nopass ops' >/etc/doas.conf");
			expect((await kataSetup('uninstall', '--yes')).code).toBe(0);
			await isAsBefore();
		});
	});
});

/** Looks, again and again, at what root executes and is told to execute, in all of this machine. */
function watchRoot(home: string) {
	let running = true;
	let rounds = 0;
	let ranCopies = false;
	const seen = new Set<string>();
	const loop = (async () => {
		while (running) {
			rounds += 1;
			for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
				const [status, exe, words] = await Promise.all([
					readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''),
					readlink(`/proc/${pid}/exe`).catch(() => ''),
					readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
				]);
				if (!/^Uid:\t0\t0/m.test(status)) continue;
				// Program and script: what else is on the line are flags. runuser and sudo are told what they start as somebody else.
				const [, second = ''] = words.split('\0');
				ranCopies ||= /\/\.kata-setup-root-/.test(`${exe} ${second}`);
				for (const what of [exe, second]) if (what.startsWith(home)) seen.add(what);
			}
			await new Promise(resolve => setTimeout(resolve, 5));
		}
	})();
	return {
		async stop() {
			running = false;
			await loop;
			return {rounds, ranCopies, seen: [...seen]};
		},
	};
}
