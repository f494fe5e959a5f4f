/** One setting of Kata's configuration that this host needs, and why. */
import type {Facts} from '../facts/facts.ts';
import type {Choice} from '../plan/choice.ts';

export interface Setting {
	/** The table's path, for example `['agent', 'kata']`. */
	table: readonly string[];
	/** In the words of the chosen runtime: the two differ in names and units. */
	key: string;
	value: string | number | boolean;
	/** One sentence: what is so on this host, and what is set because of it. It stands in the file and in the plan. */
	why: string;
	/** What it changes, in a few words that go on from a pair's name: `waits longer for the agent in its guests`. */
	change: string;
}

/** What of a choice decides settings; a whole Choice is one too. */
export type SettingChoice = Pick<Choice, 'runtime' | 'hypervisor' | 'variant' | 'guestMemoryMiB' | 'options'> & {
	/** Absent: the newest is assumed. Its name for the hypervisor's table counts. */
	release?: {version: string};
};

/** Pure. Null: the packaged value suits this host, or this pair has no such setting. */
export type SettingRule = (facts: Facts, choice: SettingChoice) => Setting | null;
