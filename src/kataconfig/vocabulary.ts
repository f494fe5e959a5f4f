/** Which options a pair's packaged configuration knows: assets/vocabulary.json, made by scripts/build-vocabulary.mjs. */
import vocabularyData from '../../assets/vocabulary.json' with {type: 'json'};
import {type Pair, pairEntry, type Runtime} from '../catalogue/catalogue.ts';

interface VocabularyFile {
	runtime: Runtime;
	/** For example `configuration-qemu.toml`. */
	file: string;
	architectures: string[];
	/** Table (`hypervisor.qemu`, `agent.kata`) → option names. */
	tables: Partial<Record<string, string[]>>;
}

/** The release that the names were read from. */
export const vocabularyVersion: string = vocabularyData.version;

const files = vocabularyData.files as unknown as VocabularyFile[];

/**
 * Whether the newest known configuration of a pair has an option.
 * @param table as in the file, for example `hypervisor.qemu`
 */
export function knowsOption(pair: Pair, table: string, option: string): boolean {
	return optionsOf(pair)?.tables[table]?.includes(option) ?? false;
}

/** All tables of a pair's configuration; null where no release has one. */
export function optionsOf(pair: Pair): VocabularyFile | null {
	const name = pairEntry(pair).configuration.at(-1)?.file;
	return files.find(({runtime, file}) => runtime === pair.runtime && file === name) ?? null;
}
