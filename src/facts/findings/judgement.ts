/** What a judgement is: Facts in, findings out, nothing else. */
import type {Facts} from '../facts.ts';
import type {Finding} from '../findings.ts';

/** Pure. An empty list: there is nothing to say on this host. */
export type Judgement = (facts: Facts) => Finding[];

type Optional = 'detail' | 'sources' | 'remedy' | 'command' | 'affects';

/** A finding; what is left out is empty, and it concerns every pair. */
export const finding = (parts: Omit<Finding, Optional> & Partial<Pick<Finding, Optional>>): Finding => ({
	detail: [],
	sources: [],
	remedy: [],
	command: null,
	affects: 'all',
	...parts,
});

/** Why a probe's value is not a reading; null if it is one. */
export const unreadWhy = ({unread}: Facts, probe: string): string | null =>
	unread?.find(entry => entry.probe === probe)?.why ?? null;

/** The finding that stands for a reading that could not be had. */
export const unreadFinding = (id: string, label: string, what: string, why: string): Finding =>
	finding({
		id,
		label,
		severity: 'unknown',
		summary: `${what} could not be read`,
		detail: [why],
		remedy: ['Run the check again; if it stays so, run it as root.'],
	});
