/** The one command line that does what a choice says, without the wizard. */
import {optionNames} from '../kataconfig/options.ts';
import type {Choice} from './choice.ts';

const plain = /^[\w@%+=:,./-]+$/;

/** A word as a POSIX shell takes it. */
export const shellQuote = (word: string): string => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/**
 * A plan's command as it is to be typed: a rehearsal's in the root that it is of. The plan's own has none, so that it and its
 * hash are the same in every root.
 */
export const commandIn = (command: string, root: string | null): string =>
	root === null ? command : `${command} --root ${shellQuote(root)}`;

/** `kata-setup install …`: with the same archives or index it plans the same, to the same hash. */
export function installCommand(choice: Choice, rehearsal: boolean): string {
	const words = ['kata-setup', 'install', '--yes'];
	if (rehearsal) words.push('--rehearse');
	words.push('--runtime', choice.runtime, '--hypervisor', choice.variant ?? choice.hypervisor);
	if (!rehearsal) words.push(...releaseWords(choice));
	if (choice.beside) words.push('--beside');
	words.push(...settingUpWords(choice));
	return words.map(shellQuote).join(' ');
}

/** `kata-setup adopt …`: what is there, with the same answers. */
export function adoptCommand(choice: Choice, rehearsal: boolean): string {
	const words = ['kata-setup', 'adopt', '--yes'];
	if (rehearsal) words.push('--rehearse');
	words.push(
		'--runtime',
		choice.runtime,
		'--hypervisor',
		choice.variant ?? choice.hypervisor,
		...settingUpWords(choice),
	);
	return words.map(shellQuote).join(' ');
}

/** The answers of a choice that have nothing to do with its release. */
function settingUpWords(choice: Choice): string[] {
	const words: string[] = [];
	if (!choice.restartEngine) words.push('--no-restart');
	if (!choice.defaultPaths) words.push('--no-default-paths');
	if (!choice.smokeTest) words.push('--no-test');
	if (choice.guestMemoryMiB !== undefined) words.push('--guest-memory', String(choice.guestMemoryMiB));
	if (choice.blockfileGiB !== undefined) words.push('--blockfile-size', String(choice.blockfileGiB));
	if (choice.poolGiB !== undefined) words.push('--pool-size', String(choice.poolGiB));
	words.push(...optionWords(choice));
	for (const finding of choice.ignore ?? []) words.push('--ignore', finding);
	return words;
}

export interface Change {
	verb: 'switch' | 'upgrade' | 'rollback';
	choice: Choice;
	rehearsal: boolean;
	/** Whether the pair stays. `upgrade` keeps it, so that an upgrade to another one is asked for as an install is. */
	samePair: boolean;
	/** Whether the release is one that the receipt names, which a switch finds there. */
	knownRelease: boolean;
}

/** `kata-setup switch …`, `upgrade …` or `rollback`, to the state that a choice names. */
export function changeCommand({verb, choice, rehearsal, samePair, knownRelease}: Change): string {
	const asInstall = verb === 'upgrade' && !samePair;
	const words = ['kata-setup', asInstall ? 'install' : verb];
	const pair = choice.variant ?? choice.hypervisor;
	if (asInstall) words.push('--yes', '--runtime', choice.runtime, '--hypervisor', pair);
	if (verb === 'switch') words.push(`${choice.runtime}/${pair}`);
	if (verb === 'switch' && !knownRelease && !rehearsal) words.push(...sourceWords(choice));
	if (verb === 'upgrade' && !rehearsal) words.push(...releaseWords(choice));
	// A rehearsal has one release, but by a version it is known that an upgrade is meant.
	if (asInstall && rehearsal) words.push('--version', choice.release.version);
	if (!asInstall) words.push('--yes');
	if (rehearsal) words.push('--rehearse');
	// The default paths stay as they were decided by the install. What a rollback goes back to has its own answers.
	words.push(...(verb === 'rollback' ? runWords(choice) : settingUpWords({...choice, defaultPaths: true})));
	return words.map(shellQuote).join(' ');
}

/** `kata-setup repair …`, with the archives and flags that it was given. */
export function repairCommand(
	{restartEngine, smokeTest}: Pick<Choice, 'restartEngine' | 'smokeTest'>,
	archives: readonly string[],
	rehearsal: boolean,
): string {
	const words = ['kata-setup', 'repair', '--yes'];
	if (rehearsal) words.push('--rehearse');
	for (const file of archives) words.push('--archive', file);
	words.push(...runWords({restartEngine, smokeTest}));
	return words.map(shellQuote).join(' ');
}

/** The answers that are about this one run. */
function runWords({restartEngine, smokeTest, ignore = []}: Pick<Choice, 'restartEngine' | 'smokeTest' | 'ignore'>) {
	const words: string[] = [];
	if (!restartEngine) words.push('--no-restart');
	if (!smokeTest) words.push('--no-test');
	for (const finding of ignore) words.push('--ignore', finding);
	return words;
}

/** `--debug`, `--static-sizing=no`, `--vcpus 2`. */
const optionWords = ({options = {}}: Choice): string[] =>
	optionNames.flatMap(name => {
		const value = options[name];
		if (value === undefined) return [];
		return typeof value === 'boolean' ? [value ? `--${name}` : `--${name}=no`] : [`--${name}`, String(value)];
	});

/** How a release is had again: the local archives, or its version in the index. */
function releaseWords(choice: Choice): string[] {
	const {archives, version} = choice.release;
	return [...(archives.some(({file}) => file) ? [] : ['--version', version]), ...sourceWords(choice)];
}

/** Where a release comes from, for a command that knows its version. */
function sourceWords({release}: Choice): string[] {
	const words: string[] = [];
	for (const {file} of release.archives) if (file) words.push('--archive', file);
	for (const {sha256, digestSource} of release.archives)
		if (sha256 && digestSource === 'flag') words.push('--sha256', sha256);
	if (release.index) words.push('--release-url', release.index);
	if (release.archives.some(({digestSource}) => digestSource === 'none')) words.push('--allow-unverified');
	return words;
}
