/**
 * What stands of ours, thing by thing: a step of a later run about the same thing takes the place of an earlier one's and
 * keeps its inverse, so that undoing gives back what was there before the first of them. Pure.
 */
import {dirname} from 'node:path';
import {removeContainerdEdit} from '../engines/containerd-removal.ts';
import {hasMarker} from '../engines/marked-block.ts';
import {ourPartOf} from '../engines/our-part.ts';
import type {OwnedFacts} from '../facts/facts.ts';
import {hashOfText} from '../plan/hash.ts';
import type {Choice, StepArguments, StepKind} from '../plan/plan.ts';
import type {ContainerdInverse} from '../steps/containerd-config.ts';
import type {WrittenCopy} from '../steps/kata-config.ts';
import type {KeptProgram} from '../steps/keep-program.ts';
import type {StandingStep} from './receipt.ts';

/** These leave nothing behind once they are through; cut short, they may. */
export const passing: readonly StepKind[] = ['prove-host', 'smoke-test', 'drop-download', 'drop-replaced'];

/** These make right what an earlier step made and still stands for: once their run has ended well, nothing of their own is left. */
export const mending: readonly StepKind[] = ['set-access', 'mend-tree', 'record-tree', 'mend-scratch'];

const things: {[K in StepKind]?: (args: StepArguments[K]) => string} = {
	'make-directory': ({path}) => path,
	'keep-program': ({folder}) => folder,
	'fetch-archive': ({into}) => into,
	'unpack-tree': ({tree}) => tree,
	'adopt-tree': ({tree}) => tree,
	link: ({path}) => path,
	'write-file': ({path}) => path,
	'kata-config': ({to}) => to,
	'load-module': ({module}) => module,
	'scratch-file': ({path}) => path,
	'thin-pool': ({name}) => name,
	'start-unit': ({unit}) => unit,
	'containerd-config': ({config}) => config,
};

/** What a step is about, among those of its kind. A step of a kind without a rule is about itself alone. */
export const thingOf = ({kind, args, run, step}: StandingStep): string =>
	(things[kind] as ((args: unknown) => string) | undefined)?.(args) ?? `${run} ${step}`;

/** The later step in the earlier one's place: what it made, and what was there before both. */
export function merged(earlier: StandingStep, later: StandingStep): StandingStep {
	const {args, title} = later;
	// Kept anew, it is the same thing at the same places.
	if (earlier.kind === 'keep-program') return {...earlier, inverse: inverseOf(earlier, later)};
	if (earlier.kind !== 'containerd-config') return {...earlier, args, title, inverse: inverseOf(earlier, later)};
	const before = earlier.args as StepArguments['containerd-config'];
	const after = args as StepArguments['containerd-config'];
	const {mends, ...registered} = after;
	const edits = [
		...before.edits.map(edit => {
			const again = after.edits.find(({path}) => path === edit.path);
			return again && mends ? {...edit, after: again.after} : (again ?? edit);
		}),
		...after.edits.filter(edit => !before.edits.some(({path}) => path === edit.path)),
	];
	return {
		...earlier,
		title: mends ? earlier.title : title,
		args: {...registered, edits},
		inverse: inverseOf(earlier, later),
	};
}

/** Of a folder all that either run made, of an engine's files also those that the earlier run did not have yet. */
function inverseOf(earlier: StandingStep, later: StandingStep): unknown {
	if (earlier.kind === 'make-directory') {
		const made = [earlier, later].flatMap(({inverse}) => (inverse as {made: string[]}).made);
		return {made: [...new Set(made)].sort()};
	}
	// What is kept is the later one's; that there was none before us, and the folders, are the earlier one's.
	if (earlier.kind === 'keep-program') {
		const {before, made} = earlier.inverse as KeptProgram;
		return {...(later.inverse as KeptProgram), before, made} satisfies KeptProgram;
	}
	if (earlier.kind === 'containerd-config') {
		const first = earlier.inverse as ContainerdInverse;
		const second = later.inverse as ContainerdInverse;
		const args = later.args as StepArguments['containerd-config'];
		return {
			...first,
			files: [
				...first.files.map(file => mainWithoutOurs(file, args) ?? file),
				...second.files.filter(file => !first.files.some(({path}) => path === file.path)),
			],
			folders: [...new Set([...first.folders, ...second.folders])].sort(),
		};
	}
	// What was there before is the earlier one's to know; what stands now is as the later one wrote it.
	if (earlier.kind === 'kata-config') {
		const {before} = earlier.inverse as WrittenCopy;
		const {wrote} = later.inverse as WrittenCopy;
		return {before, ...(wrote === undefined ? {} : {wrote})} satisfies WrittenCopy;
	}
	return earlier.inverse;
}

/**
 * People go on editing the main file, so what comes back of it is what the later run found there, without our part. Null for
 * a drop-in, which is ours as a whole, and for a file that the later run did not edit.
 */
function mainWithoutOurs(
	{path, before}: ContainerdInverse['files'][number],
	{edits, config}: StepArguments['containerd-config'],
): ContainerdInverse['files'][number] | null {
	const found = edits.find(edit => edit.path === path && path === config)?.before;
	if (found === undefined || found === null) return null;
	const {text} =
		hasMarker(found) || ourPartOf(found) !== ''
			? removeContainerdEdit(found, {created: before === null})
			: {text: found};
	return {
		path,
		before: text === null ? null : {base64: Buffer.from(text).toString('base64'), mode: before?.mode ?? 0o644},
	};
}

/** A link or file that was taken away again, where there was none before us. */
export function standsForNothing({kind, args, inverse, done}: StandingStep): boolean {
	if (!done || (inverse as {before?: unknown} | null)?.before !== null) return false;
	if (kind === 'link') return (args as StepArguments['link']).target === null;
	return kind === 'write-file' && (args as StepArguments['write-file']).content === null;
}

/** What must be at each path of ours; for the contents of a tree see its folder. */
export const ownedOf = (standing: readonly StandingStep[]): OwnedFacts[] =>
	standing
		.filter(({done}) => done)
		.flatMap(({kind, args, inverse}): OwnedFacts[] => {
			switch (kind) {
				case 'make-directory': {
					const {path, mode} = args as StepArguments['make-directory'];
					// The mode of a folder that was there before is not ours to know.
					const isOurs = (inverse as {made?: string[]} | null)?.made?.includes(path) ?? false;
					return [{path, state: 'directory', mode: isOurs ? mode : null}];
				}
				case 'keep-program':
					return ownedOfProgram(args as StepArguments['keep-program'], inverse as KeptProgram);
				case 'unpack-tree':
					return [{path: (args as StepArguments['unpack-tree']).tree, state: 'directory', mode: 0o755}];
				case 'adopt-tree':
					// Its link is owned by the step that keeps it; its mode is whoever's who made it.
					return [{path: (args as StepArguments['adopt-tree']).tree, state: 'directory', mode: null}];
				case 'link': {
					const {path, target} = args as StepArguments['link'];
					return target === null ? [] : [{path, state: `link:${target}`, mode: null}];
				}
				case 'write-file': {
					const {path, content, mode} = args as StepArguments['write-file'];
					return content === null ? [] : [{path, state: `file:${hashOfText(content)}`, mode}];
				}
				case 'kata-config': {
					const {from, to} = args as StepArguments['kata-config'];
					return [{path: to, state: `copy:${from}`, mode: 0o644}];
				}
				case 'scratch-file': {
					const {path, bytes} = args as StepArguments['scratch-file'];
					return [{path, state: `ext4:${bytes}`, mode: 0o600}];
				}
				case 'thin-pool': {
					const {data, metadata} = args as StepArguments['thin-pool'];
					return [data, metadata].map(({path, bytes}) => ({path, state: `sized:${bytes}`, mode: 0o600}));
				}
				case 'start-unit':
					return [{path: (args as StepArguments['start-unit']).unit, state: 'unit:active', mode: null}];
				case 'containerd-config':
					return ownedOfEngine(args as StepArguments['containerd-config']);
				default:
					return [];
			}
		});

/** The folders first. Of a large file the content is compared by a deep look alone; the script is small. */
function ownedOfProgram({folder, script}: StepArguments['keep-program'], {version, files}: KeptProgram): OwnedFacts[] {
	const program = `${folder}/${version}`;
	const folders = new Set([folder, program]);
	for (const {path} of files ?? [])
		for (let at = dirname(path); at.startsWith(`${program}/`); at = dirname(at)) folders.add(at);
	return [
		...[...folders].sort().map(path => ({path, state: 'directory', mode: 0o755})),
		...(files ?? []).map(({path, mode, size, sha256}) => ({
			path,
			state: `file:${sha256}`,
			mode,
			...(path === script ? {} : {size}),
		})),
	];
}

/** A drop-in is ours as a whole; of the main file, which is the engine's and people's, only our part is. */
const ownedOfEngine = ({edits, config}: StepArguments['containerd-config']): OwnedFacts[] =>
	edits.map(({path, after, mode}) =>
		path === config
			? {path, state: `part:${hashOfText(ourPartOf(after))}`, mode: null}
			: {path, state: `file:${hashOfText(after)}`, mode},
	);

/** An address without its user and password: what everybody may read must not have them. */
function withoutUser(address: string): string {
	try {
		const url = new URL(address);
		if (url.username === '' && url.password === '') return address;
		url.username = '';
		url.password = '';
		return url.href;
	} catch {
		return address;
	}
}

/** The choice, with addresses that everybody may read. */
export const withoutPasswords = (choice: Choice): Choice => ({
	...choice,
	release: {
		...choice.release,
		...(choice.release.index === undefined ? {} : {index: withoutUser(choice.release.index)}),
		archives: choice.release.archives.map(archive => ({
			...archive,
			url: archive.url === null ? null : withoutUser(archive.url),
		})),
	},
});
