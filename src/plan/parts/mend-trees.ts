/** The part of a repair that mends trees: single members, or a whole one that is gone. Pure. */
import type {StandingStep} from '../../apply/receipt.ts';
import {driftWords} from '../../facts/drift-words.ts';
import type {DriftItem} from '../../facts/facts.ts';
import {ourPrefix, stagingFolder, treeNameOf} from '../../layout.ts';
import {type ManifestMember, manifestOf} from '../../release/manifest.ts';
import type {Archive} from '../choice.ts';
import {makeStep} from '../make-step.ts';
import type {MendedMember, Step, StepArguments} from '../plan.ts';
import {setAccess} from './mend-owned.ts';
import type {RunningProgram} from './mend-program.ts';
import {downloadsFolderSteps, dropDownloadSteps, fetchStep, packed} from './release.ts';

/** What a repair may draw on beside facts and receipt. */
export interface Materials {
	/** Archives of releases that can be had: with an address, or a file that is there. */
	archives: readonly Archive[];
	/** Of each tree of ours its manifest; null: there is none, or it is damaged. */
	manifests: Readonly<Record<string, readonly ManifestMember[] | null>>;
	program: RunningProgram;
	/** How many snapshots containerd has made from the blockfile snapshotter's file. */
	snapshots: number;
}

export interface Mending {
	steps: Step[];
	/** What is removed when all that needs it is done. */
	afterwards: Step[];
	/** What is removed when the run has ended well. */
	atEnd: Step[];
}

type Unpacked = StepArguments['unpack-tree'];

/** Where what a repair replaces is kept until its end. */
const replacedOf = (tree: string): string => `${tree}.replaced`;

/**
 * @param step the making of the tree, as the receipt has it
 * @param items what drifted of it, or in it
 * @param reasons gets why it cannot be mended, where it cannot
 */
export function mendTree(
	step: StandingStep,
	items: readonly DriftItem[],
	materials: Materials,
	reasons: string[],
): Mending {
	const nothing: Mending = {steps: [], afterwards: [], atEnd: []};
	const args = step.args as Unpacked;
	const {tree} = args;
	const itself = items.find(({path}) => path === tree);
	if (itself?.kind === 'type') {
		reasons.push(`${tree} is not a folder any more. Move away what is there first: mv ${tree} ${tree}.old`);
		return nothing;
	}
	const manifest = materials.manifests[tree] ?? null;
	const isGone = itself?.kind === 'missing';
	const ofManifest = items.find(({path}) => path === manifestOf(tree));
	if (ofManifest && manifest === null) return recordedAnew(step, ofManifest, materials, reasons) ?? nothing;
	if (isGone && manifest === null) return unpackedAgain(step, materials, reasons) ?? nothing;
	const members: MendedMember[] = [
		...(itself ? [{type: 'directory', path: '', archive: '', mode: 0o755, fetch: false} as const] : []),
		...(manifest ?? []).flatMap(member => {
			const item = items.find(({path}) => path === `${tree}/${member.path}`);
			return item || isGone ? [{...member, fetch: member.type === 'file' && (isGone || isBroken(item))}] : [];
		}),
	].sort((a, b) => (a.path < b.path ? -1 : 1));
	const access = ofManifest ? [setAccess(ofManifest.path, 0o644, ofManifest)] : [];
	if (members.length === 0) return {...nothing, steps: access};
	const names = args.archives.filter(({name}) => members.some(({archive, fetch}) => fetch && archive === name));
	const archives = archivesFor(names, materials, tree, reasons);
	if (archives === null) return {...nothing, steps: access};
	const mending = mended(args, members, archives);
	return {...mending, steps: [...access, ...mending.steps]};
}

/** Whether its content has to come from the archive. */
const isBroken = (item: DriftItem | undefined): boolean =>
	item !== undefined && item.kind !== 'mode' && item.kind !== 'owner';

function mended({tree}: Unpacked, members: MendedMember[], archives: Archive[]): Mending {
	const kept = replacedOf(tree);
	const bytes = members.reduce((sum, member) => sum + (member.fetch && member.type === 'file' ? member.size : 0), 0);
	const downloads = archives.reduce((sum, {url, size}) => sum + (url ? (size ?? 0) : 0), 0);
	const count = members.length === 1 ? `${members[0]?.path || tree}` : `${members.length} things`;
	const step = makeStep(
		'mend-tree',
		{tree, staging: `${stagingFolder}/${treeNameOf(tree)}`, kept, archives: archives.map(packed), members},
		{
			of: treeNameOf(tree),
			title: `Mend ${count} in the release ${treeNameOf(tree)}`,
			why: `The record of the tree says what each must be. ${archives.length === 0 ? 'Nothing has to be fetched for it.' : 'Nothing else in the tree is touched.'}`,
			undo: 'put back what was found, which is kept until the run has ended well',
			pre: archives.length === 0 ? [] : [{kind: 'space', path: ourPrefix, bytes: bytes + downloads}],
			cost: {diskBytes: 0, seconds: 1 + archives.reduce((sum, {size}) => sum + (size ?? 0), 0) / 60e6},
		},
	);
	return {
		steps: [...downloadsFolderSteps(archives), ...archives.map(fetchStep), step],
		afterwards: dropDownloadSteps({release: {archives}}),
		atEnd: [dropReplaced(tree)],
	};
}

const dropReplaced = (tree: string): Step =>
	makeStep(
		'drop-replaced',
		{path: replacedOf(tree)},
		{of: treeNameOf(tree), title: `Remove what was replaced in ${treeNameOf(tree)}`, why: 'It was broken.', undo: null},
	);

/**
 * A tree whose manifest is lost or damaged: what each member must be is in its archives, all of which are needed. An adopted
 * one has none and is measured as it is.
 * @param item what of the manifest is otherwise
 */
export function recordedAnew(
	{args}: StandingStep,
	item: DriftItem,
	materials: Materials,
	reasons: string[],
): Mending | null {
	const {tree, archives: from = []} = args as Partial<Unpacked> & {tree: string};
	if (item.kind === 'type') {
		reasons.push(`${item.path} ${driftWords(item)}. Move it away first: mv ${item.path} ${item.path}.old`);
		return null;
	}
	const archives = archivesFor(from, materials, tree, reasons);
	if (archives === null) return null;
	const name = treeNameOf(tree);
	const bytes = archives.reduce((sum, {size}) => sum + (size ?? 0), 0);
	const downloads = archives.reduce((sum, {url, size}) => sum + (url ? (size ?? 0) : 0), 0);
	const step = makeStep(
		'record-tree',
		{tree, staging: `${stagingFolder}/${name}`, kept: replacedOf(tree), archives: archives.map(packed)},
		{
			of: name,
			title:
				archives.length === 0
					? `Make the record of ${name} anew, from the tree as it is`
					: `Make the record of ${name} anew, and mend what differs from it`,
			why:
				archives.length === 0
					? `${item.path} ${driftWords(item)}. The release was adopted without an archive, so whether something in it changed since cannot be told any more.`
					: `${item.path} ${driftWords(item)}. What each file of the release must be is read from its archive; only what is otherwise is replaced.`,
			undo: 'put back what was found, which is kept until the run has ended well',
			pre: archives.length === 0 ? [] : [{kind: 'space', path: ourPrefix, bytes: downloads}],
			cost: {diskBytes: 0, seconds: 10 + bytes / 60e6},
		},
	);
	return {
		steps: [...downloadsFolderSteps(archives), ...archives.map(fetchStep), step],
		afterwards: dropDownloadSteps({release: {archives}}),
		atEnd: [dropReplaced(tree)],
	};
}

/** A tree that is gone, and its record with it: from its archives, as at the first time. */
function unpackedAgain({args, title}: StandingStep, materials: Materials, reasons: string[]): Mending | null {
	const unpacked = args as Unpacked;
	const archives = archivesFor(unpacked.archives, materials, unpacked.tree, reasons);
	if (archives === null) return null;
	const name = treeNameOf(unpacked.tree);
	const step = makeStep(
		'unpack-tree',
		{...unpacked, archives: archives.map(packed)},
		{of: name, title, why: `${unpacked.tree} is gone.`, undo: `remove ${unpacked.tree}`},
	);
	return {
		steps: [...downloadsFolderSteps(archives), ...archives.map(fetchStep), step],
		afterwards: dropDownloadSteps({release: {archives}}),
		atEnd: [],
	};
}

/** The archives by their digests; null, with a reason, if one is not to be had. */
function archivesFor(
	wanted: Unpacked['archives'],
	{archives}: Materials,
	tree: string,
	reasons: string[],
): Archive[] | null {
	const found = wanted.map(({name, sha256}) =>
		archives.find(archive => (sha256 === null ? archive.name === name : archive.sha256 === sha256)),
	);
	const missing = wanted.filter((_, index) => found[index] === undefined);
	if (missing.length === 0) return found.filter(archive => archive !== undefined);
	for (const {name, sha256} of missing)
		reasons.push(
			`${tree} needs ${name}${sha256 === null ? '' : ` (SHA-256 ${sha256})`}, which was a local file and is not there any more. Give it with --archive FILE`,
		);
	return null;
}
