/** The help texts, made from the tables in flags.ts and errors.ts. */
import {exitCodes} from '../errors.ts';
import {type CommandEntry, type CommandName, commands, environmentName, type FlagEntry, flags} from './flags.ts';

/** The width that every terminal has. */
const columns = 80;

/** `kata-setup --help`. */
export function overviewLines(version: string): string[] {
	const visible = Object.entries(commands as Record<string, CommandEntry>).filter(([, {hidden}]) => !hidden);
	return [
		`kata-setup ${version}: Kata Containers on this host, installed, proven, and undone.`,
		'',
		'  kata-setup [COMMAND] [FLAGS]',
		'',
		...columnsOf(visible.map(([name, {help, argument}]) => [`${name}${argument ? ` ${argument}` : ''}`, help])),
		'',
		'Each command has its own page: kata-setup COMMAND --help',
		`Every flag has an environment variable: --release-url is ${environmentName('release-url')}.`,
		'',
		'Exit codes:',
		...columnsOf(Object.values(exitCodes).map(({code, meaning}) => [String(code), meaning])),
	];
}

/** `kata-setup COMMAND --help`. */
export function commandLines(name: CommandName): string[] {
	const entry: CommandEntry = commands[name];
	return [
		`kata-setup ${name === 'wizard' ? '' : `${name} `}${entry.argument ? `${entry.argument} ` : ''}[FLAGS]`,
		'',
		...wrap(`${entry.help.charAt(0).toUpperCase()}${entry.help.slice(1)}. ${entry.detail.join(' ')}`, columns),
		'',
		...columnsOf(
			entry.flags
				.filter(flag => flag !== 'launch')
				.map(flag => {
					const {value, help} = flags[flag] as FlagEntry;
					return [`--${flag}${value ? ` ${value}` : ''}`, help];
				}),
		),
	];
}

function columnsOf(rows: readonly (readonly string[])[]): string[] {
	const width = Math.max(...rows.map(([left = '']) => left.length));
	return rows.flatMap(([left = '', right = '']) =>
		wrap(right, columns - width - 4).map((line, index) => `  ${(index === 0 ? left : '').padEnd(width)}  ${line}`),
	);
}

function wrap(text: string, width: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		if (line && line.length + 1 + word.length > width) {
			lines.push(line);
			line = word;
		} else line = line ? `${line} ${word}` : word;
	}
	return [...lines, line];
}
