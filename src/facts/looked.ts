/** What a look at a host gives: the facts with what is judged of them, and what can be said before all is looked at. */
import type {Facts} from './facts.ts';
import type {Finding} from './findings.ts';

export interface Gathered {
	facts: Facts;
	findings: Finding[];
}

/** Before every probe has ended. Nothing of it is taken back later: see `judgeSettled`. */
export interface Early {
	findings: Finding[];
	/** The fields of Facts that are still awaited. */
	pending: (keyof Facts)[];
}
