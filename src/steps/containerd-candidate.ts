/** The edit of containerd's configuration, judged by containerd itself before it is put in place. */
import {compareDumps, differenceLine, foreignDifferences} from '../engines/config-diff.ts';
import {dumpConfig} from '../engines/containerd-daemon.ts';
import {type ContainerdDump, describeConfig, readDump} from '../engines/containerd-dump.ts';
import {addImport, dropInName, folderOf} from '../engines/containerd-imports.ts';
import {ownSectionsIn, sectionsOf} from '../engines/snapshotter-edit.ts';
import {parseToml, type Toml, tableOf, valueAt} from '../engines/toml-text.ts';
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import type {ContainerdConfigArguments} from '../plan/plan.ts';
import type {StepContext} from './step-kind.ts';

/** No glob that ends in .toml takes a candidate for a drop-in, so a daemon that starts meanwhile reads none. */
const candidateSuffix = '.kata-setup-candidate';

/** Where the candidates stand while they are judged: beside the main file, so that relative imports mean the same. */
export const candidatePaths = (config: string): {main: string; dropIn: string} => ({
	main: `${config}${candidateSuffix}`,
	dropIn: `${folderOf(config)}/${dropInName}${candidateSuffix}`,
});

/**
 * Lets containerd print the configuration as it would be, and compares it with the one in force.
 * Leaves nothing behind; the main file's folder must exist.
 * @throws KataSetupError (`undone`) if the result is not the old configuration and our handler
 */
export async function checkCandidate(host: Host, args: ContainerdConfigArguments): Promise<void> {
	const mainEdit = args.edits.find(({path}) => path === args.config);
	const dropIn = args.edits.find(({path}) => path !== args.config);
	const mainText = mainEdit?.after ?? (await host.files.readText(args.config)) ?? '';
	const candidates = candidatePaths(args.config);
	const before = await readable(host, args, args.config);
	try {
		// Whoever may not read the main file may not read its candidate either.
		if (dropIn) await host.files.write(candidates.dropIn, dropIn.after, {mode: 0o600});
		const main = dropIn ? addImport(mainText, candidates.dropIn) : mainText;
		await host.files.write(candidates.main, main, {mode: 0o600});
		const after = await readable(host, args, candidates.main);
		const foreign = foreignDifferences(
			compareDumps(before.parsed, after.parsed),
			args.handler,
			sectionsFor(args, before),
		);
		if (foreign.length > 0)
			throw rejected('More than the handler would change in containerd.', foreign.map(differenceLine));
		requireHandler(after, args);
	} finally {
		await host.files.remove(candidates.main);
		await host.files.remove(candidates.dropIn);
	}
	await requireImports(host, mainText, args.config);
}

/**
 * The same of an edit that puts back what drifted. Where the drifted configuration is one that containerd cannot read, no
 * candidate beside it can be judged either: the edit is judged once it is in place, and before any restart.
 * @throws KataSetupError (`undone`) if containerd reads what is there, and would not read what is to come
 */
export async function checkMended(host: Host, args: ContainerdConfigArguments, context: StepContext): Promise<void> {
	const now = await dumpConfig(host, args.binary, args.config);
	if ('error' in now) {
		context.log(`containerd does not read its configuration as it is: ${now.error}`);
		return;
	}
	const main = args.edits.find(({path}) => path === args.config);
	if (!main) return;
	const {main: candidate} = candidatePaths(args.config);
	try {
		// Whoever may not read the main file may not read its candidate either.
		await host.files.write(candidate, main.after, {mode: 0o600});
		const after = await readable(host, args, candidate);
		const before = readDump(now.text);
		const differences = compareDumps(before.parsed, after.parsed);
		for (const difference of foreignDifferences(differences, args.handler, sectionsFor(args, before)))
			context.log(`containerd's configuration changes: ${differenceLine(difference)}`);
	} finally {
		await host.files.remove(candidate);
	}
}

/** What of a snapshotter's section may change: the one that is set up, and one of ours that is in force already. */
const sectionsFor = ({snapshotter}: ContainerdConfigArguments, before: ContainerdDump): Record<string, Toml>[] => [
	sectionsOf(snapshotter?.setUp ?? null),
	ownSectionsIn(before.parsed),
];

async function readable(host: Host, {binary}: ContainerdConfigArguments, path: string): Promise<ContainerdDump> {
	const dump = await dumpConfig(host, binary, path);
	if ('error' in dump) throw rejected('containerd refuses it.', [dump.error]);
	return readDump(dump.text);
}

/**
 * The default runtime is still there, and the handler is as it was planned.
 * @throws KataSetupError (`undone`)
 */
export function requireHandler(dump: ContainerdDump, {handler, runtime, snapshotter}: ContainerdConfigArguments): void {
	const {runtimes, defaultRuntime} = dump;
	if (defaultRuntime !== null && !runtimes[defaultRuntime])
		throw rejected(`The default runtime \`${defaultRuntime}\` would no longer be there, and CRI would not start.`, []);
	const table = runtimes[handler];
	if (!table) throw rejected(`The handler \`${handler}\` does not come back from containerd.`, []);
	requireSnapshotter(dump, table, snapshotter);
	const found = {runtimePath: table.runtime_path, configPath: valueAt(table, ['options', 'ConfigPath'])};
	if (found.runtimePath === runtime.runtimePath && found.configPath === runtime.configPath) return;
	throw rejected(`The handler \`${handler}\` comes back with other paths than were written.`, [JSON.stringify(found)]);
}

function requireSnapshotter(
	{parsed}: ContainerdDump,
	table: Toml,
	snapshotter: ContainerdConfigArguments['snapshotter'],
): void {
	if (!snapshotter) return;
	const {name, setUp} = snapshotter;
	if (table.snapshotter !== name)
		throw rejected(`The handler comes back without its snapshotter \`${name}\`.`, [JSON.stringify(table)]);
	for (const [plugin, wanted] of Object.entries(sectionsOf(setUp))) {
		const section = tableOf(valueAt(parsed, ['plugins', plugin]));
		const differing = Object.keys(wanted).filter(key => JSON.stringify(section[key]) !== JSON.stringify(wanted[key]));
		if (differing.length > 0)
			throw rejected(`The section of the snapshotter comes back with another ${differing.join(', ')}.`, [
				JSON.stringify(section),
			]);
	}
}

async function requireImports(host: Host, text: string, config: string): Promise<void> {
	const path = await missingImport(host, text, config);
	if (path !== null)
		throw rejected(`${config} imports ${path}, which does not exist: containerd would not start again.`, []);
}

/**
 * `config dump` is silent about an import that is not there; the daemon then does not start (2.x).
 * @param text of the main file
 * @param config the main file's path
 * @returns the first file that is imported by its name and is not there; null: none
 */
export async function missingImport(host: Host, text: string, config: string): Promise<string | null> {
	for (const entry of describeConfig(parseToml(text)).imports) {
		if (entry.includes('*')) continue;
		const path = entry.startsWith('/') ? entry : `${folderOf(config)}/${entry}`;
		if ((await host.files.realPath(path)) === null) return path;
	}
	return null;
}

const rejected = (why: string, evidence: string[]): KataSetupError =>
	new KataSetupError('undone', 'The new configuration of containerd did not pass its check; it was not put in place.', {
		why,
		evidence,
		remedy: 'Please report this with the output of `containerd config dump`. ctr and nerdctl need no handler.',
	});
