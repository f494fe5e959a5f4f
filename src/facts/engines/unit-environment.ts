/** The environment that systemd starts services with, as far as an ordinary user may know it. */
import type {Host} from '../../host/host.ts';
import {quietly} from '../processes.ts';

export interface UnitEnvironment {
	unit: string;
	active: boolean;
	variables: Record<string, string>;
	/** Its environment files that we may not read. */
	unreadFiles: string[];
}

const askTimeoutMs = 3000;
const properties = ['Id', 'LoadState', 'ActiveState', 'Environment', 'EnvironmentFiles'];

/**
 * The loaded ones among some units, by one question for all. What systemd gives every service
 * (`DefaultEnvironment=`, and its PATH) comes first, then the unit's own variables, then those of its files, as
 * systemd.exec(5) has it.
 * @returns null if systemd does not answer or is not there
 */
export async function unitEnvironments(host: Host, units: readonly string[]): Promise<UnitEnvironment[] | null> {
	const options = {timeoutMs: askTimeoutMs};
	const [shown, manager] = await Promise.all([
		host.run('systemctl', ['show', `--property=${properties.join(',')}`, '--', ...units], options),
		host.run('systemctl', ['show-environment'], options),
	]);
	if (shown.code !== 0) return null;
	const shared = manager.code === 0 ? variablesIn(manager.stdout.split('\n')) : {};
	const blocks = shown.stdout.split(/\n{2,}/).map(propertiesIn);
	const loaded = blocks.filter(block => block.LoadState?.[0] === 'loaded' && block.Id?.[0]);
	return Promise.all(
		loaded.map(async block => {
			const files = (block.EnvironmentFiles ?? []).map(line => line.replace(/ \(ignore_errors=\w+\)$/, ''));
			const texts = await Promise.all(files.map(path => readFile(host, path)));
			return {
				unit: block.Id?.[0] ?? '',
				active: block.ActiveState?.[0] === 'active',
				variables: Object.assign(
					{...shared, ...variablesIn((block.Environment ?? []).flatMap(words))},
					...texts.map(text => variablesIn((text ?? '').split('\n'))),
				) as Record<string, string>,
				unreadFiles: files.filter((_, index) => texts[index] === null),
			};
		}),
	);
}

/** The file's text, empty if there is none; null if we may not read it. */
async function readFile({files}: Host, path: string): Promise<string | null> {
	// A pattern of files is rare, and which of them there are is systemd's to say.
	if (/[*?[]/.test(path)) return null;
	if ((await quietly(files.stat(path))) === null) return '';
	return quietly(files.readText(path));
}

/** `Key=value` lines; a key may stand there several times. */
function propertiesIn(block: string): Record<string, string[]> {
	const found: Record<string, string[]> = {};
	for (const line of block.split('\n')) {
		const at = line.indexOf('=');
		if (at <= 0) continue;
		const name = line.slice(0, at);
		found[name] = [...(found[name] ?? []), line.slice(at + 1)];
	}
	return found;
}

/** `NAME=value`, its value perhaps in quotes; comments and what is no variable are left out. */
function variablesIn(lines: readonly string[]): Record<string, string> {
	const found: Record<string, string> = {};
	for (const line of lines) {
		const match = /^\s*([A-Za-z_]\w*)=(.*?)\s*$/s.exec(line);
		if (match?.[1]) found[match[1]] = unquoted(match[2] ?? '');
	}
	return found;
}

/** systemd prints a value with blanks or quotes in it as `"…"` or, from shell quoting, as `$'…'`. */
const unquoted = (value: string): string =>
	/^\$?(["']).*\1$/s.test(value) ? value.replace(/^\$?["']|["']$/g, '').replace(/\\(["'\\$`])/g, '$1') : value;

/** The words of an `Environment=` line: `A=1 "B=2 3" C=$'4'`. */
function words(line: string): string[] {
	const found = line.match(/"(?:\\.|[^"\\])*"|(?:[^\s"']|\$?'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")+/g) ?? [];
	return found.map(word => (word.startsWith('"') ? unquoted(word) : word));
}
