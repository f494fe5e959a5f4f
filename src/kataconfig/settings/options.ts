/** What the person set of the pair's options, in the words of the chosen runtime. */

import {optionEntries, optionNames, tablesFor} from '../options.ts';
import type {Setting, SettingChoice} from '../setting.ts';

/** One setting for each table that an option stands in. What was asked for is written even where Kata ships the same. */
export const optionSettings = (choice: SettingChoice): Setting[] =>
	optionNames.flatMap(name => {
		const value = choice.options?.[name];
		if (value === undefined) return [];
		const {title, key} = optionEntries[name];
		const said = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
		return tablesFor(choice, name).map(table => ({
			table: table.split('.'),
			key,
			value,
			why: `${title}: ${said}, as was asked.`,
			change: `has ${title.charAt(0).toLowerCase()}${title.slice(1)} set to ${said}`,
		}));
	});
