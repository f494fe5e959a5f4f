/** The rehearsal from the built bundle, as a person or a script starts it: it must work on any machine. */

import {existsSync} from 'node:fs';
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import type {RunEvent} from '../../src/apply/events.ts';
import {listingOf} from '../support/listing.ts';
import {KEYS, openTerminal} from '../support/terminal.ts';

const bundle = join(import.meta.dirname, '../../dist/kata-setup.mjs');
const limit = 60_000;

let folder: string;
let root: string;

beforeEach(async () => {
	folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-test-'));
	root = join(folder, 'root');
});
afterEach(() => fs.rm(folder, {recursive: true, force: true}));

const kataSetup = (...args: string[]) =>
	execa(process.execPath, [bundle, ...args], {
		reject: false,
		stdin: 'ignore',
		env: {PATH: '/usr/bin:/bin'},
		extendEnv: false,
	});

const rehearsed = ['--rehearse', '--root'] as const;

/** Everything in the rehearsal's root: path → type, mode and content. The worker goes a moment after its last event. */
async function listing(): Promise<Record<string, string>> {
	await vi.waitFor(() => expect(existsSync(join(root, 'run/kata-setup'))).toBe(false), 10_000);
	return listingOf(root);
}

describe('the rehearsal without a terminal', {timeout: limit}, () => {
	it('installs, tells so, and uninstalls to the very same tree', async () => {
		await kataSetup('check', ...rehearsed, root);
		// The archive is brought into the root as a download would be; it is no part of the installation.
		await kataSetup('plan', ...rehearsed, root);
		const before = await listing();

		const install = await kataSetup('install', '--yes', ...rehearsed, root);
		expect(install.stderr).toBe('');
		expect(install.exitCode).toBe(0);
		expect(install.stdout).toContain('rehearsal');
		expect(install.stdout).toContain('nothing was proven');
		expect(install.stdout).not.toMatch(/ran in a VM of|proven to run/);
		const installed = await listing();
		expect(installed['/opt/kata']).toMatch(/kata-setup\/trees\/4\.1\.999-rust-[0-9a-f]{12}$/);
		expect(Object.keys(installed)).toContain('/etc/containerd/conf.d/kata-setup.toml');

		const status = await kataSetup('status', ...rehearsed, root);
		expect(status.stdout).toMatch(/^Hypervisor {2}QEMU$/m);
		const again = await kataSetup('install', '--yes', ...rehearsed, root);
		expect(again.exitCode).toBe(0);
		expect(again.stdout).toContain(
			'It is so already: Kata 4.1.999, runtime rust, hypervisor qemu. Nothing was changed.',
		);
		expect(await listing()).toEqual(installed);

		const uninstall = await kataSetup('uninstall', '--yes', ...rehearsed, root);
		expect(uninstall.exitCode).toBe(0);
		expect(await listing()).toEqual(before);
	});

	it('names what somebody put into the release, and leaves it at an uninstall', async () => {
		expect((await kataSetup('install', '--yes', ...rehearsed, root)).exitCode).toBe(0);
		const tree = join(root, (await fs.readlink(join(root, 'opt/kata'))).replace(/^(?=[^/])/, 'opt/'));
		const mine = join(tree, 'share/kata-containers/my-guest.img');
		await fs.writeFile(mine, 'mine');
		const named = mine.slice(root.length);
		expect((await kataSetup('status', ...rehearsed, root)).stdout).toContain(
			`${named} is not of the release; it stays`,
		);
		const uninstall = await kataSetup('uninstall', '--yes', ...rehearsed, root);
		expect(uninstall.exitCode).toBe(0);
		expect(uninstall.stdout).toContain(`${named} stays: it is not of the release.`);
		expect(await fs.readFile(mine, 'utf8')).toBe('mine');
		expect(existsSync(join(tree, 'VERSION'))).toBe(false);
	});

	it('prints events as JSON, in order, and ends with the outcome', async () => {
		const {stdout, exitCode} = await kataSetup('install', '--yes', '--json', ...rehearsed, root);
		expect(exitCode).toBe(0);
		const events = stdout.split('\n').map(line => JSON.parse(line) as RunEvent);
		expect(events.map(({number}) => number)).toEqual(events.map((_, index) => index + 1));
		expect(events[0]).toMatchObject({event: 'run-started', rehearsal: true});
		expect(events.find(({event}) => event === 'verdict')).toMatchObject({verdict: {outcome: 'rehearsed'}});
		expect(events.at(-1)).toMatchObject({event: 'run-finished', outcome: 'done', error: null});
	});

	it('applies a reviewed plan, and refuses it once the host has changed', async () => {
		const {stdout} = await kataSetup('plan', '--json', ...rehearsed, root);
		const file = join(folder, 'plan.json');
		await fs.writeFile(file, stdout);
		const config = join(root, 'etc/containerd/config.toml');
		const text = await fs.readFile(config, 'utf8');
		await fs.writeFile(config, `${text}# edited since\n`);
		const before = await listing();
		const refused = await kataSetup('apply', file, '--yes', ...rehearsed, root);
		expect(refused.exitCode).toBe(6);
		expect(refused.stderr + refused.stdout).toContain('/etc/containerd/config.toml');
		expect(await listing()).toEqual(before);
		await fs.writeFile(config, text);
		expect((await kataSetup('apply', file, '--yes', ...rehearsed, root)).exitCode).toBe(0);
	});

	it('refuses a plan that was changed by hand', async () => {
		const {stdout} = await kataSetup('plan', '--json', ...rehearsed, root);
		const file = join(folder, 'plan.json');
		await fs.writeFile(file, stdout.replace('/opt/kata-setup/trees', '/etc'));
		const {exitCode, stderr} = await kataSetup('apply', file, '--yes', ...rehearsed, root);
		expect(exitCode).toBe(6);
		expect(stderr).toContain('hash');
	});

	it('refuses to do anything without --yes', async () => {
		const {exitCode, stderr} = await kataSetup('install', ...rehearsed, root);
		expect(exitCode).toBe(2);
		expect(stderr).toContain('--yes');
	});

	it('does not take a folder that is not a rehearsal’s', async () => {
		await fs.mkdir(root);
		await fs.writeFile(join(root, 'precious'), 'x');
		const {exitCode, stderr} = await kataSetup('install', '--yes', ...rehearsed, root);
		expect(exitCode).toBe(2);
		expect(stderr).toContain('not the root of a rehearsal');
		expect(await fs.readdir(root)).toEqual(['precious']);
	});
});

describe('a run that is killed', {timeout: limit}, () => {
	it.each(['announced', 'performed', 'after'])(
		'%s the link of /opt/kata, is undone by the next install',
		async place => {
			const reached = join(folder, 'reached');
			const killed = execa(process.execPath, [bundle, 'install', '--yes', '--json', ...rehearsed, root], {
				reject: false,
				stdin: 'ignore',
				env: {KATA_SETUP_TEST_CHECKPOINT: `${place} link:/opt/kata`, KATA_SETUP_TEST_REACHED: reached},
			});
			await waitFor(() => fs.readFile(reached, 'utf8'));
			const lock = JSON.parse(await fs.readFile(join(root, 'run/kata-setup/lock'), 'utf8')) as {pid: number};

			const second = await kataSetup('install', '--yes', ...rehearsed, root);
			expect(second.exitCode).toBe(5);
			expect(second.stderr).toContain(`process ${lock.pid}`);

			process.kill(lock.pid, 'SIGKILL');
			expect((await killed).exitCode).toBe(9);
			expect((await kataSetup('status', ...rehearsed, root)).stdout).toContain('was not finished');
			const next = await kataSetup('install', '--yes', ...rehearsed, root);
			expect(next.exitCode).toBe(0);
			expect(next.stdout).toContain('was not finished. It is undone first.');
			expect((await kataSetup('status', ...rehearsed, root)).stdout).not.toContain('was not finished');
		},
	);
});

describe('a run that goes on', {timeout: limit}, () => {
	it('is seen alike by all who look, and waited for with --wait', async () => {
		const reached = join(folder, 'reached');
		const env = {KATA_SETUP_TEST_CHECKPOINT: 'announced link:/opt/kata', KATA_SETUP_TEST_REACHED: reached};
		const begin = (words: string[], more: Record<string, string> = {}) => {
			const started = execa(process.execPath, [bundle, ...words, ...rehearsed, root], {
				reject: false,
				stdin: 'ignore',
				all: true,
				env: more,
			});
			let said = '';
			started.all.on('data', chunk => {
				said += String(chunk);
			});
			return {ended: started, said: () => said};
		};
		const first = begin(['install', '--yes', '--json'], env);
		await waitFor(() => fs.readFile(reached, 'utf8'));
		const lock = JSON.parse(await fs.readFile(join(root, 'run/kata-setup/lock'), 'utf8')) as {pid: number};
		expect((await kataSetup('install', '--yes', '--wait=0', ...rehearsed, root)).exitCode).toBe(5);
		const viewers = [begin(['attach', '--json']), begin(['attach', '--json'])];
		const patient = begin(['install', '--yes', '--wait']);
		// All three have come as far as the one that is held.
		for (const {said} of viewers) await vi.waitFor(() => expect(said()).toContain('"step":"link:/opt/kata"'), limit);
		await vi.waitFor(() => expect(patient.said()).toContain('Waiting for'), limit);
		process.kill(lock.pid, 'SIGKILL');
		const events = (stdout: string): string[] => stdout.split('\n').filter(line => line.includes('"event"'));
		const whole = await first.ended;
		expect(events(whole.stdout).length).toBeGreaterThan(10);
		for (const {ended} of viewers) {
			const {stdout, exitCode} = await ended;
			expect(exitCode).toBe(whole.exitCode);
			expect(events(stdout)).toEqual(events(whole.stdout));
		}
		const {exitCode, stdout} = await patient.ended;
		expect(exitCode).toBe(0);
		expect(stdout).toContain('was not finished. It is undone first.');
	});
});

describe('a run that is cut short', {timeout: limit}, () => {
	/** Starts an install that waits at a step, does something to its worker, and gives the client's exit code. */
	async function cutShort(signal: NodeJS.Signals, place: string): Promise<number | undefined> {
		const reached = join(folder, 'reached');
		const started = execa(process.execPath, [bundle, 'install', '--yes', '--json', ...rehearsed, root], {
			reject: false,
			stdin: 'ignore',
			env: {KATA_SETUP_TEST_CHECKPOINT: place, KATA_SETUP_TEST_REACHED: reached},
		});
		await waitFor(() => fs.readFile(reached, 'utf8'));
		const lock = JSON.parse(await fs.readFile(join(root, 'run/kata-setup/lock'), 'utf8')) as {pid: number};
		process.kill(lock.pid, signal);
		return (await started).exitCode;
	}

	/** Without our own records: their times and runs differ. */
	const others = (tree: Record<string, string>): Record<string, string> =>
		Object.fromEntries(Object.entries(tree).filter(([path]) => !path.startsWith('/var/lib/kata-setup/')));

	it('is finished by its own plan, to the tree of an undisturbed one', async () => {
		expect((await kataSetup('install', '--yes', ...rehearsed, root)).exitCode).toBe(0);
		const whole = others(await listing());
		expect((await kataSetup('uninstall', '--yes', ...rehearsed, root)).exitCode).toBe(0);
		await fs.rm(join(folder, 'reached'), {force: true});
		expect(await cutShort('SIGKILL', 'performed link:/opt/kata')).toBe(9);
		expect((await kataSetup('finish', ...rehearsed, root)).exitCode).toBe(2);
		const dry = await kataSetup('finish', '--dry-run', ...rehearsed, root);
		expect(dry.stdout).toContain('The install that');
		const finish = await kataSetup('finish', '--yes', ...rehearsed, root);
		expect(finish.stderr).toBe('');
		expect(finish.exitCode).toBe(0);
		expect(others(await listing())).toEqual(whole);
		expect(existsSync(join(root, 'var/lib/kata-setup/plan.json'))).toBe(false);
		expect((await kataSetup('finish', '--yes', ...rehearsed, root)).exitCode).toBe(11);
	});

	it('is undone alone, to the tree of before', async () => {
		await kataSetup('plan', ...rehearsed, root);
		const before = await listing();
		expect(await cutShort('SIGKILL', 'after link:/opt/kata')).toBe(9);
		const undo = await kataSetup('undo', '--yes', ...rehearsed, root);
		expect(undo.stderr).toBe('');
		expect(undo.exitCode).toBe(0);
		expect(await listing()).toEqual(before);
	});
});

/** Repeats until it does not throw; vitest's own limit ends it. */
async function waitFor<T>(look: () => Promise<T>): Promise<T> {
	for (;;) {
		try {
			return await look();
		} catch {
			await new Promise(resolve => setTimeout(resolve, 20));
		}
	}
}

describe('the rehearsal as a wizard', {timeout: limit}, () => {
	it('goes from the first key to the last frame', async () => {
		const terminal = openTerminal(process.execPath, [bundle, '--rehearse', '--root', root]);
		await terminal.until(/rehearsal/i);
		// The header names every screen of the journey: only its own question says that a screen is there.
		await terminal.until('choose the runtime');
		terminal.press(KEYS.enter);
		await terminal.until('Which runtime');
		terminal.press(KEYS.enter);
		await terminal.until('Which hypervisor');
		expect(terminal.text()).toMatch(/rehearsal/i);
		terminal.press('q');
		expect((await terminal.exit()).code).toBe(0);
	});

	it.each(['SIGHUP', 'SIGKILL'] as const)(
		'is a view alone: with %s in the middle of a run that goes on',
		async signal => {
			// The worker stands still in the middle of its run until it is told to go on.
			const env = {KATA_SETUP_TEST_CHECKPOINT: 'announced unpack-tree', KATA_SETUP_TEST_SIGNAL: 'SIGSTOP'};
			const terminal = openTerminal(process.execPath, [bundle, '--rehearse', '--root', root], {
				env: {PATH: '/usr/bin:/bin', TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env},
			});
			await terminal.until('choose the runtime');
			terminal.press(KEYS.enter);
			await terminal.until('Which runtime');
			terminal.press(KEYS.enter);
			await terminal.until('Which hypervisor');
			terminal.press(KEYS.enter);
			await terminal.until('install now');
			terminal.press('i');
			const lock = join(root, 'run/kata-setup/lock');
			const stopped = async (): Promise<number> => {
				const {pid} = JSON.parse(await fs.readFile(lock, 'utf8')) as {pid: number};
				const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8');
				expect(stat.slice(stat.lastIndexOf(')') + 2)[0]).toBe('T');
				return pid;
			};
			const worker = await vi.waitFor(stopped, limit);
			terminal.kill(signal);
			await terminal.exit();
			process.kill(worker, 'SIGCONT');
			const tree = await listing();
			expect(tree['/opt/kata']).toContain('kata-setup/trees/');
			expect((await kataSetup('status', ...rehearsed, root)).stdout).toMatch(/^Last run {4}install, .*: done$/m);
		},
	);
});
