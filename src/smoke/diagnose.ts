/** Why no answer came: the words of the engine and the journal → a cause and what to do. Pure; it invents no cause. */
import type {CommandResult} from '../host/host.ts';
import {knownErrors} from './known-errors.ts';

export interface Diagnosis {
	/** What happened, in one sentence. */
	sentence: string;
	/** The cause in words; where it is not known, that. */
	cause: string;
	remedy: string[];
	/** The name of the error in known-errors.ts; null: it is none that we know. */
	known: string | null;
}

/** `socket`: there is none; `image`: the import failed; `run`: the container gave no answer. */
export type FailurePlace = 'socket' | 'image' | 'run';

export interface Failure {
	at: FailurePlace;
	/** How the command ended; null if none was run. */
	result: Pick<CommandResult, 'code' | 'stderr' | 'timedOut' | 'notStarted'> | null;
	/** What the container printed. */
	output: string;
	/** Lines of Kata's in the system's journal. */
	journal: string[];
	/** The limit that a container had. */
	timeoutMs: number;
	address: string;
	ctr: string;
}

const askTheLogs = ['See what they say: journalctl -t kata -n 50, and journalctl -u containerd -n 50'];

export function diagnose(failure: Failure): Diagnosis {
	const {at, result, address, ctr} = failure;
	if (at === 'socket')
		return {
			sentence: 'No container could be run: containerd does not run.',
			cause: `There is no socket at ${address}.`,
			remedy: ['Start it: systemctl start containerd', 'journalctl -u containerd tells why it stopped.'],
			known: 'no socket',
		};
	if (result?.notStarted)
		return {
			sentence: 'No container could be run: ctr does not start.',
			cause: `${ctr}: ${result.notStarted}`,
			remedy: ['Install the ctr that belongs to this containerd.'],
			known: 'no ctr',
		};
	const sentence = sentenceOf(failure);
	const words = [...engineWords(failure.result), ...failure.journal].join('\n');
	for (const {name, pattern, cause, remedy} of knownErrors) {
		const found = pattern.exec(words);
		if (!found) continue;
		const subject = found.slice(1).find(group => group !== undefined) ?? '';
		return {sentence, cause: cause.replaceAll('$1', subject), remedy, known: name};
	}
	return {sentence, cause: unknownCause(failure), remedy: askTheLogs, known: null};
}

function sentenceOf({at, result, output, timeoutMs}: Failure): string {
	if (at === 'image') return 'No container could be run: containerd did not take the image.';
	if (result?.timedOut) return `The container did not answer within ${Math.round(timeoutMs / 1000)} s.`;
	if (output.trim() !== '') return 'The container ran, but its answer is not complete.';
	return 'The container did not start.';
}

/** What containerd passes on from a shim that refuses, and from one that ends before it answers. */
const passedOn = /failed to create shim task: (.+)|failed to start shim: (?:start failed: )?(.+)/;

function unknownCause(failure: Failure): string {
	const message = engineWords(failure.result).join(' ');
	const shim = passedOn.exec(message);
	const words = (shim?.[1] ?? shim?.[2])?.replace(/: unknown$/, '');
	if (words) return `Kata's shim gave a reason that kata-setup does not know: ${shortened(words)}`;
	if (failure.result?.timedOut) return 'Why is not known: neither containerd nor Kata said anything in that time.';
	return message === ''
		? 'Why is not known: containerd said nothing.'
		: `containerd gave a reason that kata-setup does not know: ${shortened(message.replace(/^ctr: /, ''))}`;
}

const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 299)}…` : text);

/** The engine's message without the warnings of 2.x: it finds much deprecated, or cannot look. */
export const engineWords = (result: Pick<CommandResult, 'stderr'> | null): string[] =>
	(result?.stderr ?? '')
		.split('\n')
		.map(line => line.trim())
		.filter(line => line !== '' && !/deprecat/i.test(line));
