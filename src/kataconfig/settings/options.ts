/** What the person set of the pair's options, in the words of the chosen runtime. */

import {hypervisorTable} from '../hypervisor-table.ts';
import {optionEntries, optionNames, tablesFor} from '../options.ts';
import type {Setting, SettingChoice} from '../setting.ts';

/** The path of a table of the newest release, in the release of the choice. */
function tableIn(choice: SettingChoice, table: string): string[] {
	const [first, , ...rest] = table.split('.');
	return first === 'hypervisor' ? [first, hypervisorTable(choice), ...rest] : table.split('.');
}

/** One setting for each table that an option stands in. What was asked for is written even where Kata ships the same. */
export const optionSettings = (choice: SettingChoice): Setting[] =>
	optionNames.flatMap(name => {
		const value = choice.options?.[name];
		if (value === undefined) return [];
		const {title, key} = optionEntries[name];
		const said = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
		return tablesFor(choice, name).map(table => ({
			table: tableIn(choice, table),
			key,
			value,
			why: `${title}: ${said}, as was asked.`,
			change: `has ${title.charAt(0).toLowerCase()}${title.slice(1)} set to ${said}`,
		}));
	});
