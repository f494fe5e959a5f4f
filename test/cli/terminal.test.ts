/** What `install` does on a terminal: the wizard, or with --plain one question. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {KEYS, openTerminal, type TestTerminal} from '../support/terminal.ts';

const bundle = join(import.meta.dirname, '../../dist/kata-setup.mjs');

const install = (...words: string[]): Promise<TestTerminal> => started(['install', ...words]);

async function started(words: string[], TERM = 'xterm-256color'): Promise<TestTerminal> {
	const folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-terminal-'));
	const args = [bundle, ...words, '--rehearse', '--root', join(folder, 'root')];
	const terminal = openTerminal(process.execPath, args, {env: {PATH: '/usr/bin:/bin', TERM}});
	onTestFinished(async () => {
		terminal.kill();
		await fs.rm(folder, {recursive: true, force: true});
	});
	return terminal;
}

describe('install on a terminal', {timeout: 60_000}, () => {
	it('is the wizard, with the flags as its answers', async () => {
		const terminal = await install('--runtime', 'go');
		await terminal.until('choose the runtime');
		terminal.press(KEYS.enter);
		expect(await terminal.until('Which runtime')).toMatch(/[❯>] go /);
		terminal.press(KEYS.ctrlC);
		await terminal.exit();
	});

	it('that cannot show it is told so by its name, with the way that is open; install takes that way by itself', async () => {
		const wizard = await started([], 'dumb');
		expect((await wizard.exit()).code).toBe(2);
		expect(wizard.history()).toContain('This terminal (TERM=dumb) cannot show the wizard.');
		expect(wizard.history()).toContain('In plain lines, with one question: kata-setup install --plain');
		const plain = await started(['install'], 'dumb');
		await plain.until('Do this? [y/N]');
		plain.press(`n${KEYS.enter}`);
		expect((await plain.exit()).code).toBe(130);
	});

	it('with --plain shows the plan and asks once; anything but yes changes nothing', async () => {
		const terminal = await install('--plain');
		await terminal.until('Do this? [y/N]');
		terminal.press(`n${KEYS.enter}`);
		expect((await terminal.exit()).code).toBe(130);
		expect(terminal.history()).toContain('Plan hash: ');
		expect(terminal.history()).toContain('Nothing was changed.');
	});
});
