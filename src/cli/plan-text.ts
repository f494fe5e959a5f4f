/** A plan as plain lines: what the review screen shows, for a terminal without screens. */
import {hanging} from '../columns.ts';
import type {CarriedSetting} from '../kataconfig/carry-over.ts';
import {fateWords, settingsWords} from '../kataconfig/setting-words.ts';
import {diffLines, hunks} from '../line-diff.ts';
import {commandIn} from '../plan/command.ts';
import {costWords} from '../plan/explain.ts';
import type {Plan, Step} from '../plan/plan.ts';

/**
 * Every step with what it does, why and how it is undone; what it costs; the command and the hash.
 * @param root the rehearsal's, for the command; null: there is none to name
 */
export function planLines(plan: Plan, root: string | null): string[] {
	const {choice, steps, notes} = plan;
	const costs = [costWords(plan), plan.rehearsal ? null : 'Everything runs as root.'].filter(words => words !== null);
	return [
		...(plan.rehearsal
			? [...hanging('', 'This is a rehearsal: nothing outside its throwaway root is touched and no VM runs.'), '']
			: []),
		choice
			? `Plan: Kata ${choice.release.version}, runtime ${choice.runtime}, hypervisor ${choice.variant ?? choice.hypervisor}, on ${plan.hostname}`
			: `Plan: ${plan.verb} on ${plan.hostname}`,
		...(costs.length > 0 ? [costs.join(' ')] : []),
		'',
		...steps.flatMap(stepLines),
		...settingsLines(plan.settings ?? []),
		...(notes.length > 0 ? ['', 'Good to know:', ...notes.flatMap(note => hanging('  - ', note))] : []),
		'',
		`Plan hash: ${plan.hash}`,
		`The same without questions: ${commandIn(plan.command, root)}`,
	];
}

/** The person's own settings before and after, with their reasons; nothing where none is carried over. */
export function settingsLines(settings: readonly CarriedSetting[]): string[] {
	if (settings.length === 0) return [];
	const lines = settings.flatMap(({file, from, to, why}, index) => {
		const before = settings[index - 1];
		const sameTable = file === before?.file && from.table === before.from.table;
		return [
			...(sameTable ? [] : hanging('  ', `[${from.table}] in ${file}`)),
			...hanging('    ', `${from.option} = ${from.value}`),
			...hanging('      -> ', [fateWords({from, to}), ...(why === null ? [] : [why])].join('. ')),
		];
	});
	return ['', `Your own settings: ${settingsWords(settings)}:`, ...lines];
}

function stepLines(step: Step, index: number): string[] {
	const edits =
		step.kind === 'containerd-config'
			? step.args.edits.flatMap(({path, before, after}) => [
					`     ${path}:`,
					...editLines(before, after).map(line => `     ${line}`),
				])
			: [];
	return [
		...hanging(`${String(index + 1).padStart(2)}.  `, step.title),
		...hanging('     ', step.why),
		...edits,
		...(step.undo === null ? [] : hanging('     ', `Undo: ${step.undo}.`)),
	];
}

/** The lines that an edit takes away (`- …`) and adds (`+ …`); between two places that change stands `...`. */
export function editLines(before: string | null, after: string): string[] {
	const shown = hunks(diffLines(before ?? '', after), 0);
	return shown.flatMap((line, index) => {
		if (line) return [`${line.mark} ${line.text}`];
		return index === 0 || index === shown.length - 1 ? [] : ['  ...'];
	});
}
