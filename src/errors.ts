/**
 * Every failure this program reports, and the exit code that stands for it.
 *
 * An error tells four things: what happened, why (the cause in words), what to do, and the evidence. A screen, the
 * plain text and the JSON all print the same four.
 */

/** The exit codes, by name. The README's table and `--help` are printed from this object. */
export const exitCodes = {
	ok: {code: 0, meaning: 'done, and checked'},
	bug: {code: 1, meaning: 'an error in kata-setup itself; please report it'},
	usage: {code: 2, meaning: 'a flag, a value or an answer is wrong or missing'},
	host: {code: 3, meaning: 'this host cannot do what was asked; the findings say why'},
	privileges: {code: 4, meaning: 'root is needed and could not be had'},
	locked: {code: 5, meaning: 'another kata-setup is at work on this host'},
	changed: {code: 6, meaning: 'the host changed since the plan was made; nothing was done'},
	release: {code: 7, meaning: 'the release could not be found, downloaded, verified or unpacked'},
	undone: {code: 8, meaning: 'a step failed, for a reason that has no code of its own; everything done was undone'},
	incomplete: {code: 9, meaning: 'a run is not finished: `kata-setup finish` or `undo` goes on'},
	unproven: {
		code: 10,
		meaning: 'the smoke test did not prove a VM; an install or a repair stays, a change or an adoption was taken back',
	},
	nothing: {code: 11, meaning: 'there is nothing of ours to act on: no installation, no run, no earlier state'},
	warnings: {code: 12, meaning: 'check: Kata can run here, or may; the findings warn of something'},
	sandboxes: {code: 13, meaning: 'sandboxes run from what would be removed; nothing was done'},
	interrupted: {code: 130, meaning: 'ended by Ctrl-C, a signal, or a no'},
} as const;

export type ExitName = keyof typeof exitCodes;

/** An error as data: what crosses the worker's socket, stands in the journal and is printed by `--json`. */
export interface ErrorReport {
	exit: ExitName;
	/** One sentence: what happened. */
	message: string;
	/** The cause in words, or `null` if it is not known. */
	why: string | null;
	/** What a person can do, one sentence or command each, the most promising first. */
	remedy: string[];
	/** Raw lines that back it: an engine's message, a log tail. */
	evidence: string[];
}

export interface ErrorDetails {
	why?: string;
	remedy?: string | string[];
	evidence?: string | string[];
	cause?: unknown;
}

const listOf = (value: string | string[] | undefined): string[] =>
	value === undefined ? [] : Array.isArray(value) ? value : [value];

/** A failure with a cause and a remedy. Anything else that is thrown is a bug and is reported as one. */
export class KataSetupError extends Error {
	readonly report: ErrorReport;

	constructor(exit: ExitName, message: string, details: ErrorDetails = {}) {
		super(message, details.cause === undefined ? undefined : {cause: details.cause});
		this.name = 'KataSetupError';
		this.report = {
			exit,
			message,
			why: details.why ?? null,
			remedy: listOf(details.remedy),
			evidence: listOf(details.evidence),
		};
	}

	/** The error again, from its data. */
	static from(report: ErrorReport): KataSetupError {
		return new KataSetupError(report.exit, report.message, {
			...(report.why === null ? {} : {why: report.why}),
			remedy: report.remedy,
			evidence: report.evidence,
		});
	}
}

/** Any thrown value as a report; what is not ours becomes a `bug` whose evidence is the place it was thrown at. */
export function reportOf(thrown: unknown): ErrorReport {
	if (thrown instanceof KataSetupError) return thrown.report;
	const error = thrown instanceof Error ? thrown : new Error(String(thrown));
	return {
		exit: 'bug',
		message: `kata-setup failed unexpectedly: ${error.message}`,
		why: null,
		remedy: ['Please report this with the output of `kata-setup check`.'],
		evidence: thrownAt(error),
	};
}

/** Where an error was thrown, in one line for whoever mends it. A stack is nothing for the person who meets it. */
function thrownAt({stack}: Error): string[] {
	const place = /^\s+at .*?([^/()\s]+:\d+:\d+)\)?$/m.exec(stack ?? '')?.[1];
	return place === undefined ? [] : [`thrown at ${place}`];
}

/** The errno code of a Node error (`ENOENT`, `EACCES`, …), or `null`. */
export function errnoOf(thrown: unknown): string | null {
	const code = (thrown as {code?: unknown} | null)?.code;
	return typeof code === 'string' ? code : null;
}
