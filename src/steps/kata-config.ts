/** Copies a packaged configuration into its pair's folder and proves that every file it names is in the tree. */
import {parse} from '@iarna/toml';
import {pairEntry} from '../catalogue/catalogue.ts';
import {neededFiles} from '../catalogue/offers.ts';
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {managedCopyLike, managedCopyOf} from '../kataconfig/managed-copy.ts';
import {kataPrefix} from '../layout.ts';
import type {StepArguments} from '../plan/plan.ts';
import type {StepKindOf} from './step-kind.ts';
import {type Replaced, writeFileStep} from './write-file.ts';

export const kataConfigStep: StepKindOf<'kata-config', Replaced> = {
	kind: 'kata-config',
	prepare: (host, args) => writeFileStep.prepare(host, {path: args.to, content: '', mode: 0o644}),
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
		// The packaged file tells whether the copy is still ours to remove. Once the tree is gone, the copy's first line does.
		const text = await host.files.readText(args.to);
		await host.files.sweep(args.to);
		if (text === null) return [];
		const packaged = await host.files.readText(args.from);
		if (packaged !== null && text !== managedCopyLike(text, args.from, packaged, args.tree))
			return [`${args.to} stays: it was changed since kata-setup wrote it.`];
		return writeFileStep.undo(host, {path: args.to, content: text, mode: 0o644}, inverse, context);
	},
};

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
