/** What becomes of a rehearsal's new root: it goes where nothing was done in it, else it is named. */
import {dropUnused} from '../rehearsal/rehearsal.ts';
import type {CommandName} from './command-entries.ts';
import type {Context} from './context.ts';
import {printLines} from './print.ts';

/** The root that a printed command may name; null: there is none, or it goes when this command ends. */
export const lastingRoot = ({flags, rehearsalRoot}: Context): string | null =>
	flags.root === undefined ? null : rehearsalRoot;

export const rootWords = (root: string): string =>
	`The rehearsal's root is ${root}; delete it when you have seen enough.`;

/** Does the work of a command, and cleans up after it. A root that `--root` named is the person's, and stays. */
export async function inItsRoot(context: Context, command: CommandName, work: () => Promise<number>): Promise<number> {
	const {flags, rehearsalRoot} = context;
	if (rehearsalRoot === null || flags.root !== undefined) return work();
	let keep = false;
	try {
		const code = await work();
		// Its archive lies in the root, where `apply` looks for it.
		keep = flags.json && (command === 'plan' || flags['dry-run']);
		return code;
	} finally {
		const stays = keep || !(await dropUnused(rehearsalRoot));
		// Without --json the run itself says so.
		if (stays && flags.json) printLines([rootWords(rehearsalRoot)], process.stderr);
	}
}
