import * as fs from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {type CommandEntry, type CommandName, commands} from '../../src/cli/command-entries.ts';
import {environmentName, type FlagEntry, flags} from '../../src/cli/flags.ts';
import {commandLines, overviewLines} from '../../src/cli/help.ts';
import {parseInvocation} from '../../src/cli/parse.ts';
import {exitCodes} from '../../src/errors.ts';

const entries = Object.entries(commands as Record<string, CommandEntry>);
const visible = entries.filter(([, {hidden}]) => !hidden).map(([name]) => name as CommandName);
const flagEntries = Object.entries(flags as Record<string, FlagEntry>);
/** What a person may set: not the help itself, and not what only our own worker is started with. */
const settable = flagEntries.filter(([name]) => name !== 'help' && name !== 'launch');

describe('the help', () => {
	it('of the whole names every command and every exit code', () => {
		const lines = overviewLines('1.2.3');
		expect(lines[0]).toContain('kata-setup 1.2.3');
		for (const name of visible)
			expect(
				lines.some(line => line.startsWith(`  ${name}`)),
				name,
			).toBe(true);
		for (const {code} of Object.values(exitCodes))
			expect(
				lines.some(line => line.startsWith(`  ${code} `)),
				String(code),
			).toBe(true);
		expect(lines.join('\n')).not.toContain('worker');
	});

	it.each(visible)('of %s names its flags, and no others', name => {
		const lines = commandLines(name);
		const named = lines.flatMap(line => /^ {2}--([a-z0-9-]+)/.exec(line)?.[1] ?? []);
		expect(named).toEqual([...commands[name].flags]);
		expect(lines[0]).toContain(name);
	});

	it('fits 80 columns and is ASCII', () => {
		for (const line of [...overviewLines('0.1.0'), ...visible.flatMap(commandLines)]) {
			expect(line.length, line).toBeLessThanOrEqual(80);
			expect(line).toMatch(/^[ -~]*$/);
		}
	});

	it('is asked for by --help and -h, with and without a command', () => {
		for (const flag of ['--help', '-h']) {
			expect(parseInvocation([flag], {})).toMatchObject({named: false, flags: {help: true}});
			for (const name of visible)
				expect(parseInvocation([name, flag], {})).toMatchObject({command: name, named: true, flags: {help: true}});
		}
	});
});

describe('a flag that one command alone reads', () => {
	it('is on its page alone: --plain on install’s', () => {
		expect(visible.filter(name => (commands[name].flags as readonly string[]).includes('plain'))).toEqual(['install']);
	});
});

describe('--yes', () => {
	it('is taken by every command that starts a run, so that a script may give it to each', () => {
		const runs = [
			'install',
			'apply',
			'test',
			'switch',
			'upgrade',
			'rollback',
			'repair',
			'adopt',
			'uninstall',
			'finish',
			'undo',
		];
		for (const command of runs) expect(parseInvocation([command, '--yes'], {}).flags.yes, command).toBe(true);
	});
});

describe('every flag', () => {
	it('belongs to a command', () => {
		for (const [name] of flagEntries)
			expect(
				entries.some(([, entry]) => (entry.flags as readonly string[]).includes(name)),
				name,
			).toBe(true);
	});

	it.each(settable)('is taken from its environment variable: %s', (name, entry) => {
		const [command = ''] = entries.find(([, {flags: its}]) => (its as readonly string[]).includes(name)) ?? [];
		const samples: Record<FlagEntry['type'], [given: string, wanted: unknown]> = {
			boolean: ['1', true],
			switch: ['no', false],
			number: ['7', 7],
			seconds: ['7', 7],
			list: ['x', ['x']],
			string: [entry.oneOf?.at(-1) ?? 'x', entry.oneOf?.at(-1) ?? 'x'],
		};
		const [given, wanted] = samples[entry.type];
		// Two flags mean nothing without another.
		const company = {KATA_SETUP_REHEARSE: '1', KATA_SETUP_ARCHIVE: 'x'};
		const parsed = parseInvocation([command], {...company, [environmentName(name)]: given});
		expect(parsed.flags[name as keyof typeof flags]).toEqual(wanted);
	});

	it('does not reach the worker by the environment, which it inherits', () => {
		const env = Object.fromEntries(
			settable.map(([name, {type}]) => [environmentName(name), type === 'boolean' ? '1' : 'x']),
		);
		expect(parseInvocation(['worker'], env)).toEqual(parseInvocation(['worker'], {}));
	});
});

describe('the README', async () => {
	const text = await fs.readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
	/** The cells of the table between two comments, or below a heading. */
	const rowsAfter = (mark: string): string[][] => {
		const from = text.indexOf(mark);
		if (from < 0) throw new Error(`the README has no ${mark}`);
		const lines = text.slice(from).split('\n');
		const first = lines.findIndex(line => line.startsWith('|'));
		const rest = lines.slice(first + 2);
		return rest
			.slice(
				0,
				rest.findIndex(line => !line.startsWith('|')),
			)
			.map(line =>
				line
					.split('|')
					.slice(1, -1)
					.map(cell => cell.trim()),
			);
	};

	it('has the exit codes of src/errors.ts', () => {
		expect(rowsAfter('<!-- exit codes')).toEqual(
			Object.values(exitCodes).map(({code, meaning}) => [String(code), meaning]),
		);
	});

	it('has every flag with its environment variable and its meaning', () => {
		expect(rowsAfter('<!-- flags')).toEqual(
			settable.map(([name, {value, help}]) => [
				`\`--${name}${value ? ` ${value}` : ''}\``,
				`\`${environmentName(name)}\``,
				help,
			]),
		);
	});

	it('has every command', () => {
		expect(rowsAfter('## Without a terminal').map(([name]) => name)).toEqual(
			[
				'check',
				'list',
				'explain NAME',
				'recommend',
				'plan',
				'install',
				'apply FILE',
				'status',
				'test',
				'switch [PAIR]',
				'upgrade',
				'rollback',
				'repair',
				'adopt',
				'uninstall',
				'finish',
				'undo',
				'attach',
			].map(name => `\`${name}\``),
		);
		const named = rowsAfter('## Without a terminal').map(([name]) => name?.replace(/^`(\w+).*/, '$1'));
		expect(named.sort()).toEqual(visible.filter(name => name !== 'wizard').sort());
	});
});
