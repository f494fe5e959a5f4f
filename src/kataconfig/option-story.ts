/** Where an option of Kata's configuration stands, and what the other runtime calls it. Pure. */
import vocabularyData from '../../assets/vocabulary.json' with {type: 'json'};
import type {Runtime} from '../catalogue/catalogue.ts';
import type {Story} from '../catalogue/story.ts';
import {rules} from './translation-rules.ts';

export interface OptionPlace {
	runtime: Runtime;
	/** For example `configuration-qemu.toml`. */
	file: string;
	/** For example `hypervisor.qemu`. */
	table: string;
}

export interface OptionStory {
	name: string;
	/** The release that was read. */
	release: string;
	places: OptionPlace[];
	/** How the two runtimes differ in it: one sentence each. */
	differences: string[];
}

const files = vocabularyData.files as unknown as {
	runtime: Runtime;
	file: string;
	tables: Partial<Record<string, string[]>>;
}[];

/** What `kata-setup explain NAME --json` prints. */
export type ExplainDocument = {schema: 1} & (Story | ({kind: 'option'} & OptionStory));

/** @param name for example `default_memory`, in any case; null: no packaged configuration has it */
export function optionStory(name: string): OptionStory | null {
	const wanted = name.toLowerCase();
	const places = files.flatMap(({runtime, file, tables}) =>
		Object.entries(tables).flatMap(([table, options = []]) =>
			options.includes(wanted) ? [{runtime, file, table}] : [],
		),
	);
	if (places.length === 0) return null;
	const differences = rules
		.filter(({go, rust}) => go?.option === wanted || rust?.option === wanted)
		.map(({go, rust, why}) => {
			const names = [go && `go: [${go.table}] ${go.option}`, rust && `rust: [${rust.table}] ${rust.option}`];
			return `${names.filter(part => part !== undefined).join('; ')}. ${why}`;
		});
	return {name: wanted, release: vocabularyData.version, places, differences};
}
