/** Which options of one configuration another one has no words for. Pure. */
import type {Pair} from '../catalogue/catalogue.ts';
import {translateSetting} from './translate.ts';
import {knowsOption, optionsOf} from './vocabulary.ts';

/**
 * Options of the packaged configuration of `from` that would be dropped on the way to `to`, for the newest release that
 * the names are known of; in the order of the file. Empty too where one of the two has no configuration.
 */
export function optionsWithout(from: Pair, to: Pair): {table: string; option: string}[] {
	const tables = optionsOf(from)?.tables;
	if (!tables || !optionsOf(to)) return [];
	return Object.entries(tables).flatMap(([table, options = []]) =>
		options
			.filter(option => translateSetting({table, option, value: ''}, from, to).fate === 'dropped')
			// What names the pair's own programs is not carried over, but the other has it all the same.
			.filter(option => !knowsOption(to, table, option))
			.map(option => ({table, option})),
	);
}
