/** What becomes of a person's settings, in words: the same on screens and in a plan's text. Pure. */
import type {CarriedSetting} from './carry-over.ts';

/** How many of them stay, change and are dropped: `2 the same, 1 dropped`. */
export function settingsWords(settings: readonly CarriedSetting[]): string {
	const count = (fate: CarriedSetting['fate']): number => settings.filter(setting => setting.fate === fate).length;
	return [
		[count('same'), 'the same'],
		[count('changed'), 'in other words'],
		[count('dropped'), 'dropped'],
	]
		.filter(([number]) => number !== 0)
		.map(words => words.join(' '))
		.join(', ');
}

/** What one setting is on the other side, with what differs of it named alone. */
export function fateWords({from, to}: Pick<CarriedSetting, 'from' | 'to'>): string {
	if (to === null) return 'dropped';
	const table = to.table === from.table ? '' : `[${to.table}] `;
	const changed = to.option !== from.option || to.value !== from.value;
	if (changed) return `${table}${to.option} = ${to.value}`;
	return table === '' ? 'the same' : `the same in ${table.trim()}`;
}
