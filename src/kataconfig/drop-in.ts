/**
 * The settings of ours that one host needs, as a drop-in beside the managed copy.
 *
 * Both runtimes merge `config.d/*.toml` in the folder of the resolved configuration, in the order of the names; scalars
 * and arrays replace (src/runtime/README.md, src/libs/kata-types/src/config/mod.rs of Kata 4.1.0).
 */
import {type JsonMap, stringify} from '@iarna/toml';
import type {Facts} from '../facts/facts.ts';
import type {Choice} from '../plan/choice.ts';
import type {Setting, SettingRule} from './setting.ts';
import {agentTimeout} from './settings/agent-timeout.ts';
import {guestMemory} from './settings/guest-memory.ts';

/** Independent of each other: no two of them set the same key. A new setting is a file in settings/ and a line here. */
const rules: readonly SettingRule[] = [agentTimeout, guestMemory];

/** A drop-in's text and the reasons for it; null if the packaged values suit this host. */
export function settingsDropIn(facts: Facts, choice: Choice): {content: string; why: string} | null {
	const settings = rules.map(rule => rule(facts, choice)).filter(setting => setting !== null);
	if (settings.length === 0) return null;
	return {content: dropInText(settings), why: settings.map(({why}) => why).join(' ')};
}

/** The settings as one TOML text, with the reasons as comments at its head. */
export const dropInText = (settings: readonly Setting[]): string =>
	[
		'# Written by kata-setup for this host. It is replaced when kata-setup changes the installation:',
		'# put settings of your own into a file of your own beside it, for example 50-mine.toml.',
		...settings.flatMap(({why}) => ['#', `# ${why}`]),
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
