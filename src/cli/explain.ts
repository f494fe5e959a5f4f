/** `kata-setup explain NAME`: the whole story of a runtime, hypervisor, pair, variant or option. */
import {type PairEntry, pairName, type VariantEntry} from '../catalogue/catalogue.ts';
import {type Story, storyNames, storyOf} from '../catalogue/story.ts';
import {refusalEverywhere} from '../catalogue/variants.ts';
import {ascii, columns, hanging, twoColumns, wrap} from '../columns.ts';
import {exitCodes, KataSetupError} from '../errors.ts';
import {type ExplainDocument, type OptionStory, optionStory} from '../kataconfig/option-story.ts';
import type {Context} from './context.ts';
import {printJson, printLines} from './print.ts';

/** @throws KataSetupError (`usage`) if there is no name, or nothing is called so */
export async function explain({flags}: Context, name: string | null): Promise<number> {
	if (name === null)
		throw new KataSetupError('usage', 'Which name?', {remedy: '`kata-setup list --advanced` lists them.'});
	const story = storyOf(name);
	const option = story ? null : optionStory(name);
	const document = explainDocument(story, option);
	if (!document)
		throw new KataSetupError('usage', `Nothing of Kata's is called \`${name}\` here.`, {
			why: "It is no runtime, hypervisor, pair, variant or option of Kata's configuration that is described.",
			remedy: nearest(name),
		});
	if (flags.json) printJson(document);
	else printLines((story ? storyLines(story) : optionLines(option as OptionStory)).map(ascii));
	return exitCodes.ok.code;
}

/** What `--json` prints; null if there is nothing of that name. */
export function explainDocument(story: Story | null, option: OptionStory | null): ExplainDocument | null {
	if (story) return {schema: 1, ...story};
	return option ? {schema: 1, kind: 'option', ...option} : null;
}

/** What a person may have meant: names that have the word in them. */
function nearest(name: string): string {
	const near = storyNames().filter(one => one.includes(name.toLowerCase()));
	return near.length > 0 ? `Names with it: ${near.join(', ')}.` : '`kata-setup list --advanced` lists them.';
}

/** Plain text of at most 80 columns. */
export function storyLines(story: Story): string[] {
	switch (story.kind) {
		case 'runtime': {
			const {title, summary, has, lacks, sizing, status, future, archives, source} = story.entry;
			return [
				...heading(`${story.name}: ${title}`, summary),
				...twoColumns([
					['status', status],
					['future', future],
					['a VM’s size', sizing],
					['only here', has.join('; ')],
					['not here', lacks.join('; ')],
					['archive', archives.map(({since, name}) => `${name} since ${since}`).join(', ')],
					['source', source],
				]),
				...pairsLines(story.pairs),
			];
		}
		case 'hypervisor': {
			const {name, summary, ...words} = story.entry;
			return [
				...heading(`${story.name}: ${name}`, summary),
				...twoColumns(Object.entries(words).map(([key, word]) => [wordsOf(key), word])),
				...pairsLines(story.pairs),
			];
		}
		case 'pair':
			return [
				...heading(`${story.name}: ${story.hypervisor.name} under ${story.entry.runtime}`, story.hypervisor.summary),
				...twoColumns(pairRows(story.entry)),
			];
		case 'variant':
			return story.entries.flatMap((entry, index) => [
				...(index > 0 ? [''] : []),
				...heading(`${entry.runtime}-${entry.name}: ${entry.title}`, entry.summary),
				...twoColumns([...chosenRows(entry), ...variantRows(entry)]),
			]);
	}
}

const heading = (first: string, summary: string): string[] => [
	...wrap(first, columns),
	'',
	...wrap(summary, columns),
	'',
];

/** `memoryPerSandbox` → `memory per sandbox`. */
const wordsOf = (key: string): string => key.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);

const orNone = (words: readonly string[]): string => (words.length > 0 ? words.join(', ') : 'none');

const pairsLines = (pairs: readonly PairEntry[]): string[] => [
	'',
	...pairs.flatMap(pair => [
		`  ${pairName(pair)}`,
		...pairRows(pair).flatMap(([key, word]) => hanging(`    ${key.padEnd(15)}  `, word)),
	]),
];

/** What kata-setup does about it; what it does on this host stands in `plan`. */
const blockSnapshotterWords =
	'a block snapshotter in containerd 1.7 or newer. kata-setup takes one that works, else it sets up blockfile, or where containerd has none devmapper with a pool in two files, made at every boot before containerd starts. This handler alone uses it, and an uninstall takes it away. Docker and containerd 1.6 cannot';

function pairRows({
	shipped,
	until,
	absent,
	configuration,
	tables,
	ownDefault,
	testedUpstream,
	experimental,
	...rest
}: PairEntry): [string, string][] {
	const since = Object.entries(shipped).map(([architecture, release]) => `${architecture} since ${release}`);
	return [
		['in releases', since.length > 0 ? `${since.join(', ')}${until ? `, until ${until}` : ''}` : 'none'],
		...(absent ? [['why not', absent] as [string, string]] : []),
		['configuration', orNone(configuration.map(one => `${one.file} since ${one.since}`))],
		['table', orNone(tables.map(one => `[hypervisor.${one.name}] since ${one.since}`))],
		['program', rest.binary ?? 'none: it is part of the shim'],
		[
			'own default',
			ownDefault ? `since ${ownDefault.since}${ownDefault.until ? `, until ${ownDefault.until}` : ''}` : 'no',
		],
		['tested by Kata', orNone(testedUpstream)],
		...(experimental ? [['state', 'experimental'] as [string, string]] : []),
		...(rest.needsBlockSnapshotter ? [['needs', blockSnapshotterWords] as [string, string]] : []),
		['source', rest.source],
	];
}

const variantRows = ({
	architectures,
	since,
	needs,
	until,
	file,
	table,
	testedUpstream,
	experimental,
	source,
}: VariantEntry): [string, string][] => [
	['on', `${architectures.join(', ')}, known since Kata ${since}${until ? `, until ${until}` : ''}`],
	['needs', orNone(needs)],
	['configuration', file],
	['table', `[hypervisor.${table}]`],
	['tested by Kata', orNone(testedUpstream)],
	...(experimental ? [['state', 'experimental'] as [string, string]] : []),
	['source', source],
];

/** How it is chosen, or why kata-setup does not install it on any host. */
function chosenRows(entry: VariantEntry): [string, string][] {
	const refusal = refusalEverywhere(entry);
	if (!refusal) return [['to choose it', `kata-setup install --runtime ${entry.runtime} --hypervisor ${entry.name}`]];
	return [
		['not installed', refusal.reason],
		...(refusal.remedy === null ? [] : [['what helps', refusal.remedy] as [string, string]]),
	];
}

/** Where an option stands, a line for each file, and how the runtimes differ in it. */
export function optionLines({name, release, places, differences}: OptionStory): string[] {
	return [
		...wrap(`${name}: an option of Kata's configuration, as packaged in ${release}`, columns),
		'',
		...differences.flatMap(line => hanging('  ', line)),
		...(differences.length > 0 ? [''] : []),
		...(['rust', 'go'] as const).flatMap(runtime => {
			const its = places.filter(place => place.runtime === runtime);
			if (its.length === 0) return [`  ${runtime}: none`];
			const tables = [...new Set(its.map(({table}) => table))];
			return tables.flatMap(table => [
				`  ${runtime}  [${table}]`,
				...its.filter(place => place.table === table).map(({file}) => `        ${file}`),
			]);
		}),
	];
}
