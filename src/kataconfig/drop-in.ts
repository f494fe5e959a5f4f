/**
 * The settings of ours that one host needs, as a drop-in beside the managed copy.
 *
 * Both runtimes merge `config.d/*.toml` in the folder of the resolved configuration, in the order of the names; scalars
 * and arrays replace (src/runtime/README.md, src/libs/kata-types/src/config/mod.rs of Kata 4.1.0).
 */
import {type JsonMap, stringify} from '@iarna/toml';
import type {Facts} from '../facts/facts.ts';
import type {Setting, SettingChoice, SettingRule} from './setting.ts';
import {agentTimeout} from './settings/agent-timeout.ts';
import {blockDeviceAio} from './settings/block-device-aio.ts';
import {cpuFeatures} from './settings/cpu-features.ts';
import {guestMemory} from './settings/guest-memory.ts';
import {optionSettings} from './settings/options.ts';

/** Independent of each other: no two of them set the same key. A new setting is a file in settings/ and a line here. */
const rules: readonly SettingRule[] = [agentTimeout, guestMemory, blockDeviceAio, cpuFeatures];

/** The settings that differ from the packaged ones on this host. */
export const settingsFor = (facts: Facts, choice: SettingChoice): Setting[] => [
	...rules.map(rule => rule(facts, choice)).filter(setting => setting !== null),
	...optionSettings(choice),
];

/** A drop-in's text and the reasons for it; null if the packaged values suit this host. */
export function settingsDropIn(facts: Facts, choice: SettingChoice): {content: string; why: string} | null {
	const settings = settingsFor(facts, choice);
	if (settings.length === 0) return null;
	// An option that stands in several tables gives its reason once.
	return {content: dropInText(settings), why: [...new Set(settings.map(({why}) => why))].join(' ')};
}

/** The settings as one TOML text, with the reasons as comments at its head. */
export const dropInText = (settings: readonly Setting[]): string =>
	[
		'# Written by kata-setup for this host. It is replaced when kata-setup changes the installation:',
		'# put settings of your own into a file of your own beside it, for example 50-mine.toml.',
		...[...new Set(settings.map(({why}) => why))].flatMap(why => ['#', `# ${why}`]),
		'',
		plainNumbers(stringify(tablesOf(settings))).trim(),
		'',
	].join('\n');

function tablesOf(settings: readonly Setting[]): JsonMap {
	const root: JsonMap = {};
	for (const {table, key, value} of settings) {
		let inner = root;
		for (const name of table) {
			inner[name] ??= {};
			inner = inner[name] as JsonMap;
		}
		inner[key] = value;
	}
	return root;
}

/** The library writes 60_000, which is valid TOML that nobody expects in a configuration. */
const plainNumbers = (text: string): string =>
	text.replaceAll(/( = )(\d[\d_]*)$/gm, (_, equals: string, digits: string) => equals + digits.replaceAll('_', ''));
