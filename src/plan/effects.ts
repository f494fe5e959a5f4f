/**
 * Plan → what applying it may change on the host, and which programs it may start. Pure. What the worker does beyond that
 * is our own: journal, summary, lock, socket, and the copy that root runs from (`src/program/as-root.ts`); and before the
 * first effect it asks what the preconditions name, which changes nothing: uname, systemctl, and each running containerd
 * by its own program, `ctr` and its socket; so does the undoing of an engine's edit, to find the one that has it now.
 */
import {dirname} from 'node:path';
import {placeOf} from '../host/working-name.ts';
import {sandboxFolders} from '../layout.ts';
import {manifestOf} from '../release/manifest.ts';
import type {FileEdit, Plan, Step, StepArguments, StepKind} from './plan.ts';

export interface Effects {
	/**
	 * Paths that may be made, replaced or removed. Beside each, for a moment, its temporary twin
	 * (`.NAME.kata-setup-…`); above each, folders that are missing.
	 */
	paths: string[];
	/** Folders below which everything may be made or removed. */
	trees: string[];
	/** Programs that may be started: an absolute path, or a name that PATH finds. */
	programs: string[];
	/** Addresses that may be connected to: `http(s)` URLs, and absolute paths of sockets (by a program of the list). */
	connections: string[];
}

/** The effects of all steps together, each once, sorted. */
export function effectsOf({steps}: Plan): Effects {
	const all = steps.map(effectsOfStep);
	const merged = (field: keyof Effects): string[] => [...new Set(all.flatMap(effects => effects[field] ?? []))].sort();
	return {
		paths: merged('paths'),
		trees: merged('trees'),
		programs: merged('programs'),
		connections: merged('connections'),
	};
}

/** The effects of one step, its undoing included; that of an undo is of the same places as what it undoes. */
export function effectsOfStep(step: Step): Partial<Effects> {
	if (step.kind === 'undo') return effectsOfKind(step.args.of, step.args.args);
	return effectsOfKind(step.kind, step.args);
}

type EffectsOf = {[K in StepKind]?: (args: StepArguments[K]) => Partial<Effects>};

const known: EffectsOf = {
	'make-directory': ({path}) => ({paths: [path]}),
	'keep-program': ({folder, script}) => ({paths: [script], trees: [folder], programs: ['sync']}),
	'fetch-archive': ({archive: {url}, into}) =>
		url === null ? {} : {paths: [into, `${into}.part`], connections: [url], programs: ['sync']},
	'unpack-tree': ({staging, tree}) => ({
		// The manifest lies beside its tree: src/release/manifest.ts.
		paths: [dirname(staging), dirname(tree), manifestOf(tree)],
		trees: [staging, tree],
		programs: ['sync'],
	}),
	'adopt-tree': ({path, tree}) => ({
		paths: [path, dirname(tree), tree, manifestOf(tree)],
	}),
	'drop-download': ({path}) => ({paths: [path]}),
	'set-access': ({path}) => ({paths: [path]}),
	'mend-tree': ({staging, tree, kept}) => ({
		paths: [dirname(staging)],
		trees: [staging, tree, kept],
		programs: ['sync'],
	}),
	'record-tree': ({staging, tree, kept}) => ({
		paths: [dirname(staging), manifestOf(tree)],
		trees: [staging, tree, kept],
		programs: ['sync'],
	}),
	'drop-replaced': ({path}) => ({trees: [path]}),
	link: ({path}) => ({paths: [path]}),
	'write-file': ({path}) => ({paths: [path]}),
	'kata-config': ({to}) => ({paths: [to]}),
	'prove-host': ({program}) => ({paths: [program], programs: [program]}),
	'load-module': () => ({programs: ['modprobe']}),
	'scratch-file': ({path, root, mkfs}) => ({
		paths: [path, `${path}.kata-setup-new`],
		trees: [root],
		programs: ['truncate', mkfs, 'sync'],
	}),
	'mend-scratch': ({path, kept, mkfs}) => ({
		paths: [path, `${path}.kata-setup-new`, kept],
		programs: ['truncate', mkfs, 'sync'],
	}),
	'thin-pool': ({data, metadata, root}) => ({
		paths: [data.path, metadata.path],
		trees: [root],
		programs: ['truncate', 'sync', 'dmsetup', 'losetup', 'systemctl'],
	}),
	// What the unit does is done by systemd: src/engines/thin-pool.ts.
	'start-unit': () => ({programs: ['systemctl', 'journalctl']}),
	'containerd-config': ({edits, config, binary, ctr, address, restart}) => ({
		paths: [...edits.map(({path}: FileEdit) => path), ...candidatesOf(config)],
		programs: [binary, ctr ?? 'ctr', ...(restart === null ? [] : ['systemctl', 'journalctl'])],
		connections: [address],
	}),
	'smoke-test': ({ctr, address, shim}) => ({
		paths: [...sandboxFolders],
		programs: [ctr, shim],
		connections: [address],
	}),
};

/** Where the step lets containerd judge the edit before it is put in place: src/steps/containerd-candidate.ts. */
const candidatesOf = (config: string): string[] =>
	[config, `${dirname(config)}/kata-setup.toml`].map(path => `${path}.kata-setup-candidate`);

/** A kind that is not known here declares nothing, so that whatever it does is seen as undeclared. */
const effectsOfKind = (kind: StepKind, args: unknown): Partial<Effects> => known[kind]?.(args as never) ?? {};

/** Whether a change of `path` is among the effects: itself, its temporary twin, below a tree, or a folder above one of them. */
export function mayChange({paths, trees}: Effects, path: string): boolean {
	const named = placeOf(path) ?? path;
	if (paths.includes(named) || trees.some(tree => path === tree || path.startsWith(`${tree}/`))) return true;
	return [...paths, ...trees].some(declared => declared.startsWith(`${path}/`));
}
