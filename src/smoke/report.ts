/** A verdict as plain lines: the sentence, then what it rests on, or the cause, the evidence and the remedy. Pure. */
import type {SmokeVerdict} from './verdict.ts';

const marks = {true: 'yes', false: 'NO ', null: '   '} as const;

/** Lines of at most about 100 columns; the first is the verdict itself. */
export function verdictLines(verdict: SmokeVerdict): string[] {
	const width = Math.max(0, ...verdict.evidence.map(({label}) => label.length));
	return [
		`Smoke test: ${verdict.sentence}`,
		...(verdict.cause === null ? [] : [`  Why: ${verdict.cause}`]),
		...verdict.remedy.map(line => `  Do:  ${line}`),
		...verdict.evidence.map(
			({label, found, proves}) => `  ${marks[`${proves}` as keyof typeof marks]} ${label.padEnd(width)}  ${found}`,
		),
		...(verdict.outcome === 'rehearsed'
			? []
			: [`      runc as control: ${verdict.control.outcome.replaceAll('-', ' ')} (${verdict.control.detail})`]),
		...verdict.log.map(line => `  | ${line}`),
	];
}
