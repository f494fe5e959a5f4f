/** What every edit of a containerd configuration is held to, and how one is refused. Pure. */
import {KataSetupError} from '../errors.ts';
import type {ContainerdConfigFacts} from '../facts/facts.ts';
import {compareDumps, differenceLine} from './config-diff.ts';
import {criPluginOf} from './containerd-dump.ts';
import {parseToml, type Toml, tableOf, valueAt} from './toml-text.ts';

/** The main file without anything of ours, and what it says. */
export interface Main {
	/** null: no file. */
	text: string | null;
	parsed: Toml;
	/** The version that the file declares, or that one which we write into a file that says nothing yet. */
	version: number | null;
}

export const firstLine = (error: unknown): string =>
	String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';

/** A text without its secrets must not be put in the place of the one that has them. */
export function requireWholeText({redacted, path}: ContainerdConfigFacts): void {
	if (!redacted) return;
	throw new KataSetupError(
		'usage',
		`These facts hold ${path} without its secrets, and the plan has to edit that file.`,
		{
			why: '`check --json` takes passwords out of what it prints.',
			remedy: 'Plan on that host itself: kata-setup plan --json',
		},
	);
}

export function requireVersion(config: ContainerdConfigFacts, main: Main, understood: number[]): void {
	if (main.version !== null && understood.includes(main.version)) return;
	const old = main.version === null || main.version < 2;
	throw refusal(
		config,
		old
			? `It ${main.version === null ? 'declares no version' : `is of version ${main.version}`}, so its plugin sections have their names of before 2020, which cannot be mixed with those of today.`
			: `It is of version ${main.version}, which this containerd does not understand.`,
		{
			remedy: understood.includes(3)
				? `\`containerd config migrate\` prints it in today's form. Put that in its place, restart containerd, and run kata-setup again.`
				: `Put \`version = 2\` at its top, write its plugin sections under their version 2 names ([plugins.cri] becomes [plugins."io.containerd.grpc.v1.cri"]), restart containerd, and run kata-setup again.`,
		},
	);
}

/** Proves that the new text says what the old one said, and our part, and nothing else. */
export function checkEdit(
	config: ContainerdConfigFacts,
	main: Main,
	after: string,
	top: Toml,
	{runtimes = {}, plugins = {}}: {runtimes?: Toml; plugins?: Record<string, Toml>} = {},
): void {
	let parsed: Toml;
	try {
		parsed = parseToml(after);
	} catch (error) {
		throw refusal(
			config,
			`Tables cannot be added to it, perhaps because it has its runtimes in one line: ${firstLine(error)}`,
		);
	}
	const wanted: Toml = {...main.parsed, ...top};
	if (Object.keys(runtimes).length > 0) {
		const inPlace = valueAt(main.parsed, ['plugins', criPluginOf(2), 'containerd', 'runtimes']);
		setAt(wanted, ['plugins', criPluginOf(2), 'containerd', 'runtimes'], {...tableOf(inPlace), ...runtimes});
	}
	for (const [name, table] of Object.entries(plugins)) setAt(wanted, ['plugins', name], table);
	const foreign = compareDumps(wanted, parsed);
	if (foreign.length > 0)
		throw refusal(config, `The edit would change more than our own keys: ${foreign.map(differenceLine).join('; ')}`);
}

function setAt(toml: Toml, path: readonly string[], value: unknown): void {
	const [key, ...rest] = path;
	if (key === undefined) return;
	if (rest.length === 0) toml[key] = value;
	else {
		toml[key] = {...tableOf(toml[key])};
		setAt(tableOf(toml[key]), rest, value);
	}
}

export function refusal(
	config: ContainerdConfigFacts,
	why: string,
	{message, remedy}: {message?: string; remedy?: string} = {},
): KataSetupError {
	return new KataSetupError(
		'host',
		message ?? `The configuration of containerd (${config.path}) cannot be edited safely.`,
		{
			why,
			remedy: [...(remedy ? [remedy] : []), 'Nothing was changed.'],
		},
	);
}
