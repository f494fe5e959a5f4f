/** What `install` does on a terminal: the wizard, or with --plain one question. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {KEYS, openTerminal, type TestTerminal} from '../support/terminal.ts';

const bundle = join(import.meta.dirname, '../../dist/kata-setup.mjs');

async function install(...words: string[]): Promise<TestTerminal> {
	const folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-terminal-'));
	const args = [bundle, 'install', '--rehearse', '--root', join(folder, 'root'), ...words];
	const terminal = openTerminal(process.execPath, args, {env: {PATH: '/usr/bin:/bin', TERM: 'xterm-256color'}});
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

	it('with --plain shows the plan and asks once; anything but yes changes nothing', async () => {
		const terminal = await install('--plain');
		await terminal.until('Do this? [y/N]');
		terminal.press(`n${KEYS.enter}`);
		expect((await terminal.exit()).code).toBe(130);
		expect(terminal.history()).toContain('Plan hash: ');
		expect(terminal.history()).toContain('Nothing was changed.');
	});
});
