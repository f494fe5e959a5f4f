/** argv and environment → a command with its flags. */
import {parseArgs} from 'node:util';
import {KataSetupError} from '../errors.ts';
import {type CommandEntry, type CommandName, commands} from './command-entries.ts';
import {environmentName, type FlagEntry, type FlagName, type Flags, flags} from './flags.ts';

export interface Invocation {
	command: CommandName;
	/** Whether the command was named: the wizard is what is meant where none is. */
	named: boolean;
	flags: Flags;
	/** The positional argument, where the command takes one. */
	argument: string | null;
	/** `--version` alone, without a command. */
	printVersion: boolean;
}

const usage = (message: string, remedy: string): KataSetupError => new KataSetupError('usage', message, {remedy});

/**
 * Reads the command line; a flag that is not given is taken from its environment variable.
 * @throws KataSetupError (`usage`) that names the word and the nearest right one
 */
export function parseInvocation(
	argv: readonly string[],
	env: Readonly<Record<string, string | undefined>>,
): Invocation {
	// `kata-setup --version` asks for ours; with a command it names Kata's.
	if (argv.length === 1 && argv[0] === '--version') return {...empty(), printVersion: true};
	const [first] = argv;
	const named = first !== undefined && !first.startsWith('-');
	if (named && !isCommand(first))
		throw usage(
			`There is no command \`${first}\`.`,
			didYouMean(first, visibleCommands(), 'kata-setup --help lists all of them.'),
		);
	const command: CommandName = named ? (first as CommandName) : 'wizard';
	const entry: CommandEntry = commands[command];
	const words = tokensOf(named ? argv.slice(1) : argv, command, entry);
	const values: Flags = {...empty().flags, ...fromEnvironment(entry, env), ...words.values};
	if (!entry.hidden) refuseAlone(values);
	if (command === 'check' && !values.fix) refuseWithoutFix(words.values);
	return {
		command,
		named,
		flags: values,
		argument: argumentOf(words.positionals, command, entry),
		printVersion: false,
	};
}

/** Whether errors are to be JSON, for a command line that may not even parse. */
export const wantsJson = (argv: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean =>
	argv.includes('--json') || yes.includes(env[environmentName('json')] ?? '');

/** A flag without the one that it belongs to would be passed over in silence; `--root` alone would even mean the real host. */
function refuseAlone({root, rehearse, sha256, archive}: Flags): void {
	if (root !== undefined && !rehearse)
		throw usage('--root names the root of a rehearsal, and this is none.', 'Add --rehearse, or leave --root out.');
	if (sha256.length > 0 && archive.length === 0)
		throw usage(
			'--sha256 is the digest of an --archive, and there is none.',
			'Name the file with --archive; a download is checked against the digest that its index publishes.',
		);
}

/** `check` has nothing to agree to. From the environment they are meant for other commands. */
function refuseWithoutFix(given: Partial<Flags>): void {
	const name = (['yes', 'dry-run'] as const).find(flag => given[flag]);
	if (name === undefined) return;
	throw usage(
		`--${name} belongs to --fix: \`check\` alone changes nothing.`,
		`kata-setup check --fix --${name}, or leave it out.`,
	);
}

const isCommand = (word: string): word is CommandName => Object.hasOwn(commands, word);

const visibleCommands = (): string[] =>
	Object.entries(commands as Record<string, CommandEntry>)
		.filter(([, {hidden}]) => !hidden)
		.map(([name]) => name);

function empty(): Invocation {
	const values = Object.entries(flags).map(([name, {type}]) => [
		name,
		type === 'boolean' ? false : type === 'list' ? [] : undefined,
	]);
	return {
		command: 'wizard',
		named: false,
		flags: Object.fromEntries(values) as Flags,
		argument: null,
		printVersion: false,
	};
}

function tokensOf(
	words: readonly string[],
	command: CommandName,
	entry: CommandEntry,
): {values: Partial<Flags>; positionals: string[]} {
	const options = Object.fromEntries(
		entry.flags.map(name => {
			const {type} = flags[name] as FlagEntry;
			return [name, {type: takesWord(type) ? ('string' as const) : ('boolean' as const), multiple: type === 'list'}];
		}),
	);
	const {tokens} = parseArgs({
		args: [...words],
		options: {...options, h: {type: 'boolean'}},
		strict: false,
		allowPositionals: true,
		tokens: true,
	});
	const values: Record<string, unknown> = {};
	const positionals: string[] = [];
	for (const token of tokens ?? []) {
		if (token.kind === 'positional') positionals.push(token.value);
		if (token.kind !== 'option') continue;
		const name = token.rawName === '-h' ? 'help' : token.name;
		if (!token.rawName.startsWith('--') && token.rawName !== '-h')
			throw usage(`There is no flag ${token.rawName}.`, `kata-setup ${command} --help lists them.`);
		if (!entry.flags.includes(name as FlagName))
			throw usage(
				`\`kata-setup ${command}\` has no flag --${name}.`,
				didYouMean(
					name,
					entry.flags.map(flag => `--${flag}`),
					`kata-setup ${command} --help lists them.`,
				),
			);
		const flag: FlagEntry = flags[name as FlagName];
		values[name] = readValue(name, flag, token.value, values[name]);
	}
	return {values: values as Partial<Flags>, positionals};
}

/** Whether the next word is the value. A switch has it behind a `=` or not at all. */
const takesWord = (type: FlagEntry['type']): boolean => !['boolean', 'switch', 'seconds'].includes(type);

function readValue(name: string, flag: FlagEntry, value: string | undefined, before: unknown): unknown {
	if (flag.type === 'boolean') {
		if (value !== undefined) throw usage(`--${name} takes no value.`, `Write only --${name}.`);
		return true;
	}
	if (flag.type === 'seconds') return readSeconds(`--${name}`, value ?? 'yes');
	if (flag.type === 'switch') return readSwitch(`--${name}`, value ?? 'yes');
	if (value === undefined || value === '')
		throw usage(`--${name} needs a value.`, `--${name} ${flag.value}: ${flag.help}`);
	if (flag.oneOf && !flag.oneOf.includes(value))
		throw usage(`--${name} cannot be \`${value}\`.`, `It is one of: ${flag.oneOf.join(', ')}.`);
	if (flag.type === 'number') return readNumber(name, value);
	return flag.type === 'list' ? [...((before as string[] | undefined) ?? []), value] : value;
}

function readSwitch(name: string, value: string): boolean {
	if (yes.includes(value)) return true;
	if (value !== '' && no.includes(value)) return false;
	throw usage(`${name} cannot be \`${value}\`.`, 'It is yes or no.');
}

/** Seconds; Infinity for a bare flag, undefined for a no. */
function readSeconds(name: string, value: string): number | undefined {
	if (yes.includes(value) && value !== '1') return Number.POSITIVE_INFINITY;
	if (no.includes(value)) return undefined;
	if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
	throw usage(`${name} cannot be \`${value}\`.`, 'It is a whole number of seconds, or nothing: as long as it takes.');
}

function readNumber(name: string, value: string): number {
	const number = Number(value);
	if (/^[1-9]\d*$/.test(value) && Number.isSafeInteger(number)) return number;
	throw usage(`--${name} cannot be \`${value}\`.`, 'It is a whole number above zero, without a unit.');
}

/** Words that mean yes in an environment variable; everything else that is not a no is a mistake. */
const yes = ['1', 'true', 'yes'];
const no = ['', '0', 'false', 'no'];

function fromEnvironment(entry: CommandEntry, env: Readonly<Record<string, string | undefined>>): Partial<Flags> {
	const values: Record<string, unknown> = {};
	// The worker is told everything by the one who starts it, and inherits that one's environment.
	if (entry.hidden) return {};
	for (const name of entry.flags) {
		const value = env[environmentName(name)];
		if (value === undefined || name === 'help' || name === 'launch') continue;
		const flag: FlagEntry = flags[name];
		if (flag.type === 'boolean') {
			if (!yes.includes(value) && !no.includes(value))
				throw usage(`${environmentName(name)} cannot be \`${value}\`.`, 'It is 1 or 0.');
			values[name] = yes.includes(value);
		} else if (flag.type === 'seconds') {
			values[name] = readSeconds(environmentName(name), value);
		} else if (flag.type === 'switch' && value !== '') {
			values[name] = readSwitch(environmentName(name), value);
		} else if (value !== '') {
			values[name] =
				flag.type === 'list'
					? value.split(',').flatMap(part => readValue(name, flag, part, []))
					: readValue(name, flag, value, undefined);
		}
	}
	return values as Partial<Flags>;
}

function argumentOf(positionals: readonly string[], command: CommandName, entry: CommandEntry): string | null {
	const wanted = entry.argument === undefined ? 0 : 1;
	const extra = positionals[wanted];
	if (extra !== undefined)
		throw usage(`\`kata-setup ${command}\` does not take \`${extra}\`.`, `kata-setup ${command} --help`);
	return positionals[0] ?? null;
}

/** The nearest of some words by edit distance, if one is near; else where they are listed. */
function didYouMean(word: string, candidates: readonly string[], listed: string): string {
	const plain = word.replace(/^--/, '');
	const near = candidates
		.map(candidate => ({candidate, distance: editDistance(plain, candidate.replace(/^--/, ''))}))
		.sort((a, b) => a.distance - b.distance)[0];
	return near && near.distance <= Math.max(1, Math.floor(plain.length / 3))
		? `Did you mean ${near.candidate}?`
		: listed;
}

function editDistance(a: string, b: string): number {
	let row = Array.from({length: b.length + 1}, (_, index) => index);
	for (let i = 1; i <= a.length; i += 1) {
		const next = [i];
		for (let j = 1; j <= b.length; j += 1) {
			const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
			next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
		}
		row = next;
	}
	return row[b.length] ?? 0;
}
