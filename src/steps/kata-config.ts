/** Copies a packaged configuration into its pair's folder and proves that every file it names is in the tree. */
import {parse} from '@iarna/toml';
import {pairEntry} from '../catalogue/catalogue.ts';
import {neededFiles} from '../catalogue/offers.ts';
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {firstLine, managedCopyLike, managedCopyOf} from '../kataconfig/managed-copy.ts';
import {kataPrefix} from '../layout.ts';
import {hashOfText} from '../plan/hash.ts';
import type {StepArguments} from '../plan/plan.ts';
import type {StepContext, StepKindOf} from './step-kind.ts';
import {type Replaced, writeFileStep} from './write-file.ts';

/** Beside what the copy replaced, the SHA-256 of its own text; journals of before that was written down have none. */
export interface WrittenCopy extends Replaced {
	wrote?: string;
}

export const kataConfigStep: StepKindOf<'kata-config', WrittenCopy> = {
	kind: 'kata-config',
	async prepare(host, args) {
		const replaced = await writeFileStep.prepare(host, {path: args.to, content: '', mode: 0o644});
		return {...replaced, wrote: hashOfText(await managedCopy(host, args))};
	},
	async perform(host, args) {
		await host.files.write(args.to, await managedCopy(host, args), {mode: 0o644});
	},
	async verify(host, args) {
		const text = await host.files.readText(args.to);
		if (text === null || text !== (await managedCopy(host, args)))
			throw new KataSetupError('undone', `${args.to} does not hold the packaged configuration.`);
		await allFilesThere(host, args, text);
	},
	async undo(host, args, inverse, context) {
		const text = await host.files.readText(args.to);
		await host.files.sweep(args.to);
		if (text === null) return [];
		const {before} = inverse;
		if (before !== null && Buffer.from(text).toString('base64') === before.base64) return [];
		if (!(await isOurs(host, args, text, inverse, context)))
			return [`${args.to} stays: it was changed since kata-setup wrote it.`];
		return writeFileStep.undo(host, {path: args.to, content: text, mode: 0o644}, {before}, context);
	},
};

/**
 * Whether a copy is as it was written: its digest tells, or the packaged file that it was made of.
 *
 * Of one without a digest whose release is gone as well nothing tells whether a person wrote into it. Journals without digests
 * are of hosts that were set up before the first release, whose uninstall is to leave nothing: there a file goes that still
 * says of itself that it is this copy and not to be edited, and that it went is said.
 */
async function isOurs(
	host: Host,
	{from, to, tree}: StepArguments['kata-config'],
	text: string,
	{wrote}: WrittenCopy,
	context: StepContext,
): Promise<boolean> {
	if (wrote !== undefined) return hashOfText(text) === wrote;
	const packaged = await host.files.readText(from);
	if (packaged !== null) return text === managedCopyLike(text, from, packaged, tree);
	if (!text.startsWith(`${firstLine(from)}\n`)) return false;
	context.log(`${to} is taken away by its first line: its release is gone, so whether it was edited cannot be told.`);
	return true;
}

async function managedCopy(host: Host, {from, to, tree}: StepArguments['kata-config']): Promise<string> {
	const packaged = await host.files.readText(from);
	if (packaged === null)
		throw new KataSetupError('release', `The release has no ${from}.`, {
			why: 'The archive does not hold the configuration of this runtime and hypervisor.',
			remedy: 'Choose another hypervisor, or another release.',
			evidence: `wanted for ${to}`,
		});
	return managedCopyOf(host, from, packaged, tree);
}

/** Reads the configuration as the shim will and looks for each file that it names. */
async function allFilesThere(host: Host, args: StepArguments['kata-config'], text: string): Promise<void> {
	const {section} = pairEntry(args.pair);
	let table: Record<string, unknown> | undefined;
	try {
		const tables = (parse(text) as {hypervisor?: Record<string, Record<string, unknown>>}).hypervisor ?? {};
		// Before 3.30 the rust runtime called Cloud Hypervisor's table `cloud-hypervisor`: a single table needs no name.
		table = tables[section] ?? (Object.keys(tables).length === 1 ? Object.values(tables)[0] : undefined);
	} catch (error) {
		throw new KataSetupError('release', `${args.from} is not valid TOML.`, {evidence: String(error), cause: error});
	}
	if (!table)
		throw new KataSetupError('release', `${args.from} has no table [hypervisor.${section}].`, {
			why: 'The release names its tables otherwise than this version of kata-setup knows.',
			remedy: 'Look for a newer kata-setup.',
		});
	const inRelease = (path: string): boolean => path.startsWith(`${args.tree}/`) || path.startsWith(`${kataPrefix}/`);
	for (const key of neededFiles) {
		const value = table[key];
		if (typeof value !== 'string' || !inRelease(value)) continue;
		if ((await host.files.realPath(value)) === null)
			throw new KataSetupError('release', `The release has no ${value}, which its own configuration names.`, {
				why: `\`${key}\` in [hypervisor.${section}] of ${args.from} points at it.`,
				remedy: 'Choose another hypervisor, or another release.',
			});
	}
}
