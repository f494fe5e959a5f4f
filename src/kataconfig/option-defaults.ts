/** What Kata's packaged files set: assets/option-defaults.json, made by scripts/build-option-defaults.mjs. */
import defaultsData from '../../assets/option-defaults.json' with {type: 'json'};
import {type Pair, pairEntry, type Runtime} from '../catalogue/catalogue.ts';

interface DefaultsFile {
	runtime: Runtime;
	file: string;
	architectures: string[];
	/** Table (`hypervisor.qemu`) → option → value. */
	tables: Partial<Record<string, Record<string, string | number | boolean>>>;
}

const files = defaultsData.files as unknown as DefaultsFile[];

/**
 * The value in force in a pair's newest known packaged configuration; null where the file is not packaged for the
 * machine, or does not set it.
 * @param machine as `uname -m` calls it
 * @param table as in the file, for example `hypervisor.qemu`
 */
export function packagedValue(
	pair: Pair,
	machine: string,
	table: string,
	key: string,
): string | number | boolean | null {
	const name = pairEntry(pair).configuration.at(-1)?.file;
	const found = files.find(
		({runtime, file, architectures}) => runtime === pair.runtime && file === name && architectures.includes(machine),
	);
	return found?.tables[table]?.[key] ?? null;
}
