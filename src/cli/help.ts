/** The help texts, made from the tables in flags.ts and errors.ts. */
import {columns, twoColumns, wrap} from '../columns.ts';
import {exitCodes} from '../errors.ts';
import {type CommandEntry, type CommandName, commands} from './command-entries.ts';
import {environmentName, type FlagEntry, flags} from './flags.ts';

const environmentLine = `Every flag has an environment variable: --release-url is ${environmentName('release-url')}.`;

/** `kata-setup --help`. */
export function overviewLines(version: string): string[] {
	const visible = Object.entries(commands as Record<string, CommandEntry>).filter(([, {hidden}]) => !hidden);
	return [
		`kata-setup ${version}: Kata Containers on this host, installed, proven, and undone.`,
		'',
		'  kata-setup [COMMAND] [FLAGS]',
		'',
		...twoColumns(visible.map(([name, {help, argument}]) => [`${name}${argument ? ` ${argument}` : ''}`, help])),
		'',
		'Each command has its own page: kata-setup COMMAND --help',
		environmentLine,
		'',
		'Exit codes:',
		...twoColumns(Object.values(exitCodes).map(({code, meaning}) => [String(code), meaning])),
	];
}

/** `kata-setup COMMAND --help`. */
export function commandLines(name: CommandName): string[] {
	const entry: CommandEntry = commands[name];
	return [
		`kata-setup ${name === 'wizard' ? '[wizard]' : name} ${entry.argument ? `${entry.argument} ` : ''}[FLAGS]`,
		'',
		...wrap(`${entry.help.charAt(0).toUpperCase()}${entry.help.slice(1)}. ${entry.detail.join(' ')}`, columns),
		'',
		...twoColumns(
			entry.flags
				.filter(flag => flag !== 'launch')
				.map(flag => {
					const {value, help} = flags[flag] as FlagEntry;
					return [`--${flag}${value ? ` ${value}` : ''}`, help];
				}),
		),
		'',
		environmentLine,
	];
}
