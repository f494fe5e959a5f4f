import {spawn} from '@lydell/node-pty';
import {describe, expect, it} from 'vitest';
import {KEYS, keepLastOutput, openTerminal} from './terminal.ts';

const sh = (script: string, size = {}) => openTerminal('/bin/sh', ['-c', script], size);

describe('the terminal of the tests', () => {
	it('shows what a program draws, and takes keys', async () => {
		const terminal = sh('printf "name? "; read name; printf "hello %s\\n" "$name"; exit 3');
		await terminal.until('name?');
		terminal.press(`kata${KEYS.enter}`);
		expect(await terminal.until(/hello \w+/)).toBe('name? kata\nhello kata');
		expect(await terminal.exit()).toEqual({code: 3, signal: null});
		expect(terminal.raw()).toBe('name? kata\r\nhello kata\r\n');
		expect(terminal.bytes()).toBe(terminal.raw().length);
	});

	it('keeps the last output of a program that ended while nobody read', async () => {
		const pty = spawn('/bin/sh', ['-c', 'echo last words'], {encoding: null});
		keepLastOutput(pty);
		const said: Buffer[] = [];
		pty.onData(data => said.push(Buffer.from(data)));
		pty.pause();
		const ended = new Promise(resolve => pty.onExit(resolve));
		// Longer than node-pty waits after the end.
		await new Promise(resolve => setTimeout(resolve, 600));
		pty.resume();
		await ended;
		expect(Buffer.concat(said).toString()).toBe('last words\r\n');
	});

	it('looks at no frame before it is whole', async () => {
		const terminal = sh('printf "\\033[?2026hfirst "; read key; printf "second\\033[?2026l"; read end');
		const shown = terminal.until('first');
		while (!terminal.raw().includes('first')) await new Promise(setImmediate);
		terminal.press(KEYS.enter);
		expect(await shown).toMatch(/first\s+second/);
		terminal.kill();
	});

	it('keeps the screen apart from what has scrolled away', async () => {
		const terminal = sh('seq 1 30', {rows: 10});
		await terminal.exit();
		expect(terminal.text()).toBe('22\n23\n24\n25\n26\n27\n28\n29\n30');
		expect(terminal.history()).toMatch(/^1\n2\n/);
	});

	it('tells the program its size and a new size', async () => {
		const terminal = sh('stty size; trap "stty size; exit" WINCH; echo ready; while :; do read line; done', {
			cols: 90,
			rows: 20,
		});
		await terminal.until(/^20 90\nready/);
		terminal.resize(100, 30);
		await terminal.until('30 100');
		await terminal.exit();
	});

	it('says what was on the screen when it waited in vain', async () => {
		const terminal = sh('echo something else; read line');
		await terminal.until('something');
		await expect(terminal.until('the other thing', 50)).rejects.toThrow(
			/After 50 ms.*shown the other thing.*\| something else/s,
		);
		terminal.kill();
		expect(await terminal.exit()).toEqual({code: 0, signal: 'SIGKILL'});
	});

	it('does not wait for a program that has ended', async () => {
		const terminal = sh('echo bye; exit 2');
		await expect(terminal.until('never')).rejects.toThrow(/ended \(code 2\) before it had shown never.*\| bye/s);
	});

	it('answers the queries of the program', async () => {
		const terminal = sh('stty raw -echo min 0 time 50; printf "\\033[c"; dd bs=32 count=1 2>/dev/null | od -An -c');
		expect(await terminal.until(/033/)).toContain('[   ?');
	});
});
