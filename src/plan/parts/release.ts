/** The part of an install or a change that brings a release onto the host: fetch, verify, unpack into a tree of its own. */
import {configurationName} from '../../catalogue/by-release.ts';
import {configurationInTree, downloadsFolder, ourPrefix, shimInTree, stagingFolder, treesFolder} from '../../layout.ts';
import type {Archive, Choice} from '../choice.ts';
import {hashOf} from '../hash.ts';
import {folder, makeStep} from '../make-step.ts';
import type {Step, StepArguments} from '../plan.ts';

/** Unpacked bytes for each byte of archive. Kata 4.1.0: 969 MB become 2.5 GB; older ones are not worse. */
const unpackRatio = 2.6;
/** Guesses for the progress bar's shares: a line of 25 MB/s, a disk that takes 60 MB/s of archive. */
const downloadRate = 25e6;
const unpackRate = 60e6;

/** `<version>-<runtime>-<12 hex over the archives' digests>`: two different contents never share a tree. */
export function treeName({release, runtime}: Choice): string {
	const content = release.archives.map(({name, sha256, size}) => sha256 ?? `${name} ${size}`);
	return `${release.version}-${runtime}-${hashOf(content).slice(0, 12)}`;
}

const downloadOf = (name: string): string => `${downloadsFolder}/${name}`;

/** Steps up to a finished tree, which nothing leads to yet. `notes` gets what the person must know. */
export function releaseSteps(choice: Choice, tree: string, notes: string[]): Step[] {
	const {release, runtime} = choice;
	const archiveBytes = release.archives.reduce((sum, {size}) => sum + (size ?? 0), 0);
	const unverified = release.archives.filter(({digestSource}) => digestSource === 'none');
	for (const {name} of unverified)
		notes.push(`${name} is not verified: nobody published a digest for it that kata-setup knows.`);
	return [
		folder(treesFolder, 'Each release is unpacked into a folder of its own here.'),
		...downloadsFolderSteps(release.archives),
		...release.archives.map(fetchStep),
		makeStep(
			'unpack-tree',
			{
				archives: release.archives.map(packed),
				staging: `${stagingFolder}/${treeName(choice)}`,
				tree,
				expect: [shimInTree[runtime], packagedConfiguration(choice)],
				version: release.version,
				runtime,
			},
			{
				of: treeName(choice),
				title: `Unpack Kata ${release.version} into a tree of its own`,
				why: 'Only a finished, verified tree gets its name; until then nothing can reach it.',
				undo: `remove ${tree}`,
				pre: [
					{
						kind: 'space',
						path: ourPrefix,
						bytes:
							Math.ceil(archiveBytes * unpackRatio) +
							release.archives.reduce((sum, {url, size}) => sum + (url ? (size ?? 0) : 0), 0),
					},
				],
				cost: {diskBytes: Math.ceil(archiveBytes * unpackRatio), seconds: 1 + archiveBytes / unpackRate},
			},
		),
	];
}

/** The folder for downloads, where there are any. */
export const downloadsFolderSteps = (archives: readonly Archive[]): Step[] =>
	archives.some(({url}) => url !== null)
		? [folder(downloadsFolder, 'Downloads lie on the file system that they are unpacked on, not in /tmp.')]
		: [];

/** An archive as unpacking is told of it. */
export const packed = ({
	file,
	name,
	sha256,
	compression,
}: Archive): StepArguments['unpack-tree']['archives'][number] => ({
	path: file ?? downloadOf(name),
	name,
	sha256,
	compression,
});

/** Brings one archive here, or verifies the local one. */
export const fetchStep = (archive: Archive): Step =>
	makeStep(
		'fetch-archive',
		{archive, into: downloadOf(archive.name), allowUnverified: archive.digestSource === 'none'},
		{
			of: archive.name,
			title: archive.file ? `Verify ${archive.name}` : `Download and verify ${archive.name}`,
			why: archive.sha256
				? `Its SHA-256 must be ${archive.sha256} (${digestSourceWords[archive.digestSource]}).`
				: 'There is no digest to check it against.',
			undo: archive.file ? 'nothing: the file stays as it is' : 'remove the download',
			pre: archive.file && archive.sha256 ? [{kind: 'file-digest', path: archive.file, sha256: archive.sha256}] : [],
			cost: {
				downloadBytes: archive.file ? 0 : (archive.size ?? 0),
				seconds: 1 + (archive.size ?? 0) / (archive.file ? 10 * downloadRate : downloadRate),
			},
		},
	);

const digestSourceWords: Record<Choice['release']['archives'][number]['digestSource'], string> = {
	'release-index': 'published by the release index',
	flag: 'given by --sha256',
	'known-digests': 'known to kata-setup',
	none: 'measured, not published',
};

/** The packaged configuration's path inside the tree. */
export const packagedConfiguration = (choice: Choice): string =>
	`${configurationInTree[choice.runtime]}/${configurationName(choice, choice.release.version)}`;

/** Downloads are removed when everything that needs them is done. */
export const dropDownloadSteps = ({release}: {release: Pick<Choice['release'], 'archives'>}): Step[] =>
	release.archives
		.filter(archive => archive.url !== null)
		.map(({name}) =>
			makeStep(
				'drop-download',
				{path: downloadOf(name)},
				{
					of: name,
					title: `Remove the download of ${name}`,
					why: 'It has been unpacked; nothing needs it any more.',
					undo: null,
				},
			),
		);
