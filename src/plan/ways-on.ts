/** What can become of a run that does not come to its end, by its verb. Pure. */
import type {Verb} from './plan.ts';

/** Verbs whose runs are never turned round: what they took away does not come back, the rest can be taken away later. */
const onlyForward: readonly Verb[] = ['uninstall', 'undo'];

export const isOnlyForward = (verb: string): boolean => (onlyForward as readonly string[]).includes(verb);

/**
 * The command that does the rest of a run. Of an undo that is another undo: the run that was not finished is still the
 * one that it takes back, and `finish` would do that one's rest. A fix is never told as unfinished, but can be done again.
 */
export function restCommand(verb: Verb): string {
	if (verb === 'undo') return 'kata-setup undo';
	return verb === 'fix' ? 'kata-setup check --fix' : 'kata-setup finish';
}

/** The command that takes back a run that was not finished; null where none does. */
export const backCommand = (verb: Verb): string | null =>
	isOnlyForward(verb) || verb === 'fix' ? null : 'kata-setup undo';

/**
 * What can be done about a run that was not finished, a sentence with its command each.
 * @param verb absent: the journal does not tell
 */
export function waysOn(verb: Verb = 'install'): string[] {
	const back = backCommand(verb);
	return [`To do the rest: ${restCommand(verb)}`, ...(back === null ? [] : [`To take it back: ${back}`])];
}
