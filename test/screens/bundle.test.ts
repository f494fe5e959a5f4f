/** The wizard as it is shipped: the built bundle in a pseudo-terminal, rehearsing from the first key to the last frame. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {KEYS, openTerminal, type TestTerminal} from '../support/terminal.ts';

const bundle = join(import.meta.dirname, '../../dist/kata-setup.mjs');
const utf8 = {PATH: '/usr/bin:/bin', HOME: '/nonexistent', LANG: 'C.UTF-8'};
/** A ceiling for two slow cores that run other tests too. */
const waitMs = 60_000;

vi.setConfig({testTimeout: 300_000});

let folder: string;
let terminal: TestTerminal | null = null;

beforeEach(async () => {
	folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-test-'));
});
afterEach(async () => {
	terminal?.kill();
	terminal = null;
	await fs.rm(folder, {recursive: true, force: true});
});

function open(options: {env?: Record<string, string>; cols?: number; rows?: number} = {}): TestTerminal {
	const {env = utf8, cols = 80, rows = 24} = options;
	terminal = openTerminal(process.execPath, [bundle, '--rehearse', '--root', join(folder, 'root')], {env, cols, rows});
	return terminal;
}

const count = (text: string, wanted: string): number => text.split(wanted).length - 1;

describe('the wizard, rehearsing', () => {
	it.each([
		[80, 24],
		[60, 20],
	])('goes from the first key to the last frame in %ix%i, marked on every screen', async (cols, rows) => {
		const wizard = open({cols, rows});
		const marked = async (shown: RegExp | string) => {
			expect(await wizard.until(shown, waitMs)).toMatch(/^ kata-setup {3}REHEARSAL /);
		};
		await marked('choose the runtime');
		wizard.press(KEYS.enter);
		await marked('Which runtime');
		wizard.press(KEYS.enter);
		await marked('Which hypervisor');
		// In one burst: to the third, back to the second, and take it.
		wizard.press(`jj${KEYS.up}${KEYS.enter}`);
		await marked('nothing is changed yet');
		wizard.press(KEYS.enter);
		await marked('The command that does the same');
		expect(wizard.text().replaceAll(/ \\\n */g, ' ')).toContain(
			'kata-setup install --yes --rehearse --runtime rust --hypervisor cloud-hypervisor',
		);
		wizard.press(KEYS.escape);
		await marked('nothing is changed yet');
		wizard.press('i');
		await marked('Rehearsal finished');
		expect(wizard.text()).not.toMatch(/ran in a VM/);
		wizard.press('q');
		expect(await wizard.exit(waitMs)).toEqual({code: 0, signal: null});
		// What stays is on the normal screen, once.
		expect(count(wizard.history(), 'Rehearsal finished')).toBe(1);
		expect(wizard.history()).not.toContain('Which runtime');
	});

	it('starts at Home when it comes back, tests, and uninstalls', async () => {
		const first = open();
		await first.until('choose the runtime', waitMs);
		first.press(KEYS.enter.repeat(3));
		await first.until('nothing is changed yet', waitMs);
		first.press('i');
		await first.until('Rehearsal finished', waitMs);
		first.press('q');
		await first.exit(waitMs);

		const wizard = open();
		expect(await wizard.until('is installed', waitMs)).toContain('REHEARSAL');
		wizard.press(`jjjj${KEYS.enter}`);
		await wizard.until('i test now', waitMs);
		wizard.press(KEYS.escape);
		await wizard.until('is installed', waitMs);
		wizard.press(`jjj${KEYS.enter}`);
		await wizard.until('i uninstall now', waitMs);
		wizard.press('i');
		await wizard.until('Rehearsal finished', waitMs);
		wizard.press('q');
		expect((await wizard.exit(waitMs)).code).toBe(0);
		expect(await fs.readdir(join(folder, 'root/etc/containerd'))).not.toContain('conf.d');
	});

	it('goes back with Esc and keeps the answers', async () => {
		const wizard = open();
		await wizard.until('choose the runtime', waitMs);
		wizard.press(`${KEYS.enter}${KEYS.down}${KEYS.enter}`);
		await wizard.until(/runtime go[\s\S]*❯ QEMU/, waitMs);
		wizard.press(KEYS.escape);
		await wizard.until('❯ go', waitMs);
		wizard.press(KEYS.escape);
		await wizard.until('choose the runtime', waitMs);
		wizard.press(KEYS.enter);
		await wizard.until('❯ go', waitMs);
		wizard.press('q');
		expect((await wizard.exit(waitMs)).code).toBe(0);
	});

	it('ends with 130 on Ctrl-C', async () => {
		const wizard = open();
		await wizard.until('choose the runtime', waitMs);
		wizard.press(KEYS.ctrlC);
		expect(await wizard.exit(waitMs)).toEqual({code: 130, signal: null});
		expect(wizard.history()).toContain('Nothing else on this host was changed');
	});
});

describe('the terminal that there is', () => {
	it('gets no colour with NO_COLOR, and plain ASCII where the locale has nothing else', async () => {
		const wizard = open({env: {...utf8, LANG: 'C', NO_COLOR: '1'}});
		await wizard.until('> Go on: choose the runtime', waitMs);
		wizard.press(KEYS.enter.repeat(2));
		await wizard.until('> QEMU', waitMs);
		wizard.press('q');
		await wizard.exit(waitMs);
		// Colours and styles are escape sequences that end with m.
		expect(
			wizard
				.raw()
				.split('\u001b')
				.filter(part => /^\[[0-9;]*m/.test(part)),
		).toEqual([]);
		expect(wizard.raw()).toMatch(/^[\u0000-\u007f]*$/);
	});

	it('shows screens although CI is set', async () => {
		const wizard = open({env: {...utf8, CI: 'true'}});
		await wizard.until('choose the runtime', waitMs);
		wizard.press('q');
		expect((await wizard.exit(waitMs)).code).toBe(0);
	});

	it('is refused in one line where it cannot place text', async () => {
		const wizard = open({env: {...utf8, TERM: 'dumb'}});
		expect((await wizard.exit(waitMs)).code).toBe(2);
		expect(wizard.text()).toContain('kata-setup install --plain');
		expect(wizard.raw()).not.toContain('\u001b');
	});

	it('can change its size at any time', async () => {
		const wizard = open();
		await wizard.until('choose the runtime', waitMs);
		wizard.resize(60, 20);
		await wizard.until(/^ kata-setup[\s\S]*1 of 6 {2}Host[\s\S]*q quit$/, waitMs);
		wizard.resize(30, 8);
		await wizard.until('Too small: needs 40 x 12', waitMs);
		wizard.resize(100, 30);
		await wizard.until(/Host ─ Runtime[\s\S]*q quit$/, waitMs);
		wizard.press('q');
		await wizard.exit(waitMs);
	});
});
