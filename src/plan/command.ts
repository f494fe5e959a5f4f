/** The one command line that does what a choice says, without the wizard. */
import {optionNames} from '../kataconfig/options.ts';
import type {Choice} from './choice.ts';

const plain = /^[\w@%+=:,./-]+$/;

/** A word as a POSIX shell takes it. */
export const shellQuote = (word: string): string => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

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

/** `kata-setup switch …`, `upgrade …` or `rollback`, to the state that a choice names. */
export function changeCommand(verb: 'switch' | 'upgrade' | 'rollback', choice: Choice, rehearsal: boolean): string {
	const words = ['kata-setup', verb];
	if (verb === 'switch') words.push(`${choice.runtime}/${choice.variant ?? choice.hypervisor}`);
	if (verb === 'upgrade') words.push(...(rehearsal ? [] : releaseWords(choice)));
	words.push('--yes');
	if (rehearsal) words.push('--rehearse');
	if (!choice.smokeTest) words.push('--no-test');
	if (verb !== 'rollback') {
		if (choice.guestMemoryMiB !== undefined) words.push('--guest-memory', String(choice.guestMemoryMiB));
		words.push(...optionWords(choice));
		for (const finding of choice.ignore ?? []) words.push('--ignore', finding);
	}
	return words.map(shellQuote).join(' ');
}

/** `--debug`, `--static-sizing=no`, `--vcpus 2`. */
const optionWords = ({options = {}}: Choice): string[] =>
	optionNames.flatMap(name => {
		const value = options[name];
		if (value === undefined) return [];
		return typeof value === 'boolean' ? [value ? `--${name}` : `--${name}=no`] : [`--${name}`, String(value)];
	});

function releaseWords({release}: Choice): string[] {
	const words: string[] = [];
	for (const {file} of release.archives) if (file) words.push('--archive', file);
	for (const {sha256, digestSource} of release.archives)
		if (sha256 && digestSource === 'flag') words.push('--sha256', sha256);
	if (words.length === 0) words.push('--version', release.version);
	if (release.index) words.push('--release-url', release.index);
	if (release.archives.some(({digestSource}) => digestSource === 'none')) words.push('--allow-unverified');
	return words;
}
