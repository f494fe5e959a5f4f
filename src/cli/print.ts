/** What goes to standard output and standard error, in one place. */
import {type ErrorReport, exitCodes} from '../errors.ts';
import type {ErrorLine} from './printed.ts';

/** Lines for a person. */
export function printLines(lines: readonly string[], stream: NodeJS.WriteStream = process.stdout): void {
	if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
}

/** One JSON document, for programs. */
export const printJson = (value: unknown): void => {
	process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

/** One JSON object on one line of an event stream. */
export const printEvent = (value: unknown): void => {
	process.stdout.write(`${JSON.stringify(value)}\n`);
};

/** An error as lines: what happened, why, what to do, and the evidence. */
export function errorLines({message, why, remedy, evidence}: ErrorReport): string[] {
	return [
		message,
		...(why === null ? [] : [`  Why: ${why}`]),
		...remedy.map(line => `  Do:  ${line}`),
		...evidence.map(line => `  | ${line}`),
	];
}

/** Prints an error as was asked and gives its exit code. */
export function printError(report: ErrorReport, json: boolean): number {
	if (json) printEvent({event: 'error', error: report} satisfies ErrorLine);
	else
		printLines(
			errorLines(report).map((line, index) => (index === 0 ? `kata-setup: ${line}` : line)),
			process.stderr,
		);
	return exitCodes[report.exit].code;
}
