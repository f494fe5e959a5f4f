/** A judgement on Facts: what was found, what it means for the choice, and what to do about it. */
import type {Pair} from '../catalogue/catalogue.ts';

export type Severity = 'ok' | 'note' | 'warning' | 'blocker' | 'unknown';

export interface Finding {
	/** Stable name, for example `kvm`, `vhost-vsock`, `engine`. */
	id: string;
	severity: Severity;
	/** The short word of the Host screen's first column, for example `KVM`. */
	label: string;
	/** One line: what was found. */
	summary: string;
	/** The whole story: what was found and what it means. */
	detail: string[];
	/** What was read: paths and commands, for example `/proc/meminfo` or `systemd-detect-virt --vm`. */
	sources: string[];
	/** What to do, in words; empty where nothing is needed. */
	remedy: string[];
	/** A command that does it, where one does. */
	command: string | null;
	/** The pairs it concerns; `all` for every one. */
	affects: 'all' | Pair[];
}
