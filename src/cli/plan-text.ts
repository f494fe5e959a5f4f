/** A plan as plain lines: what the review screen shows, for a terminal without screens. */
import {hanging} from '../columns.ts';
import {formatBytes} from '../format.ts';
import type {CarriedSetting} from '../kataconfig/carry-over.ts';
import {fateWords, settingsWords} from '../kataconfig/setting-words.ts';
import {commandIn} from '../plan/command.ts';
import type {Plan, Step} from '../plan/plan.ts';

/**
 * Every step with what it does, why and how it is undone; what it costs; the command and the hash.
 * @param root the rehearsal's, for the command; null: there is none to name
 */
export function planLines(plan: Plan, root: string | null): string[] {
	const {choice, steps, notes} = plan;
	const download = sum(steps, 'downloadBytes');
	const disk = sum(steps, 'diskBytes');
	return [
		...(plan.rehearsal
			? [...hanging('', 'This is a rehearsal: nothing outside its throwaway root is touched and no VM runs.'), '']
			: []),
		choice
			? `Plan: Kata ${choice.release.version}, runtime ${choice.runtime}, hypervisor ${choice.variant ?? choice.hypervisor}, on ${plan.hostname}`
			: `Plan: ${plan.verb} on ${plan.hostname}`,
		`Download ${formatBytes(download)}, disk ${formatBytes(disk)}.${plan.rehearsal ? '' : ' Everything runs as root.'}`,
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

const sum = (steps: readonly Step[], field: 'downloadBytes' | 'diskBytes'): number =>
	steps.reduce((total, {cost}) => total + cost[field], 0);

function stepLines(step: Step, index: number): string[] {
	const edits =
		step.kind === 'containerd-config'
			? step.args.edits.flatMap(({path, before, after}) => [
					`     ${path}:`,
					...changedLines(before ?? '', after).map(line => `     ${line}`),
				])
			: [];
	return [
		...hanging(`${String(index + 1).padStart(2)}.  `, step.title),
		...hanging('     ', step.why),
		...edits,
		...(step.undo === null ? [] : hanging('     ', `Undo: ${step.undo}.`)),
	];
}

/**
 * The lines that an edit takes away (`- …`) and adds (`+ …`): our edits are in one place each. Most only insert; a repair may
 * also write over what somebody put into a drop-in of ours.
 */
export function changedLines(before: string, after: string): string[] {
	const old = before.split('\n');
	const now = after.split('\n');
	let start = 0;
	while (start < old.length && old[start] === now[start]) start += 1;
	let end = 0;
	while (end < old.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
	return [
		...old.slice(start, old.length - end).map(line => `- ${line}`),
		...now.slice(start, now.length - end).map(line => `+ ${line}`),
	];
}
