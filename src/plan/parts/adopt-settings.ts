/** The part of an adoption that takes along what people have set for the Kata that is adopted. Pure. */
import {type Pair, pairName} from '../../catalogue/catalogue.ts';
import type {Facts, KataInstallFacts, TheirSettingsFacts} from '../../facts/facts.ts';
import {pairInUse} from '../../facts/findings/kata/adoptable-pairs.ts';
import {settingsInUse} from '../../facts/findings/kata/settings-in-use.ts';
import {type CarriedSetting, carriedDropIn, dropInFolder, dropInName} from '../../kataconfig/carry-over.ts';
import {hostDropIn} from '../../layout.ts';
import type {Choice} from '../choice.ts';
import {makeStep} from '../make-step.ts';
import type {Step} from '../plan.ts';

/**
 * The steps that write what is in force of people's own settings into the config.d of the adopted pair, in its words. The files
 * themselves stay as they are.
 * @param notes gets what is not carried over, and why
 * @param settings gets what becomes of each setting in the files that are written
 */
export function adoptedSettingsSteps(
	facts: Facts,
	found: KataInstallFacts & {version: string},
	choice: Choice,
	notes: string[],
	settings: CarriedSetting[],
): Step[] {
	const {from, inUse, others} = inForce(facts, found, choice);
	const releases = {from: found.version, to: found.version};
	const unread = facts.unread?.find(({probe}) => probe === 'their-settings');
	if (unread) notes.push(`Settings of your own are not carried over: they were not read. ${unread.why}`);
	if (others.length > 0)
		notes.push(
			`Settings of your own that are not in force for ${pairName(from)} stay where they are, and are not carried over: ${others.map(({path}) => path).join(', ')}.`,
		);
	const there = new Set((facts.dropIns ?? []).filter(({pair}) => pair === pairName(choice)).map(({path}) => path));
	return inUse.flatMap(file => {
		notes.push(...unsetNotes(file));
		const carried = carriedDropIn({...file, pair: pairName(from), text: withHead(file)}, from, choice, releases);
		notes.push(...carried.notes);
		if (carried.content === null || carried.settings.length === 0) return [];
		const path = `${dropInFolder(choice)}/${nameOf(file, inUse)}`;
		if (there.has(path)) {
			notes.push(`${path} is there already and stays as it is; ${file.path} is not carried over to it.`);
			return [];
		}
		settings.push(...carried.settings);
		return [
			makeStep(
				'write-file',
				{path, content: carried.content, mode: file.mode},
				{
					of: path,
					title:
						file.kind === 'drop-in'
							? `Carry your drop-in ${dropInName(file)} over to ${pairName(choice)}`
							: `Carry what you changed in ${file.path} over to ${pairName(choice)}`,
					why: `The handler of kata-setup reads its own config.d; ${file.path} stays as it is.`,
					undo: 'remove it, unless it was changed since',
					pre: [{kind: 'path', path, state: 'absent'}],
				},
			),
		];
	});
}

interface InForce {
	/** In whose words they are. */
	from: Pair;
	inUse: TheirSettingsFacts[];
	others: TheirSettingsFacts[];
}

/** What the adopted runtime reads now; where that is nothing, what the pair reads that the Kata is used with. */
function inForce(facts: Facts, found: KataInstallFacts, choice: Choice): InForce {
	const used = pairInUse(found, facts);
	const own = settingsInUse(facts, choice.runtime);
	if (!used || used.runtime === choice.runtime) return {from: used ?? choice, ...own};
	const its = settingsInUse(facts, used.runtime);
	if (own.inUse.length > 0 || its.inUse.length === 0)
		return {from: choice, inUse: own.inUse, others: [...own.others, ...its.inUse]};
	return {from: used, inUse: its.inUse, others: [...its.others, ...own.others]};
}

/** A whole file comes before every drop-in beside it, as it did, and after what kata-setup sets for the host. */
function nameOf(file: TheirSettingsFacts, all: readonly TheirSettingsFacts[]): string {
	const base = dropInName(file);
	if (file.kind === 'drop-in') return base === hostDropIn ? '11-kata-setup.toml' : base;
	const names = all.filter(({kind}) => kind === 'drop-in').map(dropInName);
	const free = ['20-adopted.toml', '11-adopted.toml', '00-adopted.toml'];
	return free.find(name => names.every(other => name < other)) ?? '000-adopted.toml';
}

/** Where the settings of a whole file come from; a drop-in has its own words. */
const withHead = ({kind, path, text, like}: TheirSettingsFacts): string | null =>
	kind === 'drop-in' || text === null
		? text
		: [
				`# Carried over by kata-setup: what ${path} sets`,
				`# otherwise than the packaged ${like ?? 'file'}.`,
				'',
				text,
			].join('\n');

const unsetNotes = ({path, unset = [], like}: TheirSettingsFacts): string[] =>
	unset.length === 0
		? []
		: [
				`${path} leaves out what ${like ?? 'the packaged file'} sets, which holds now: ${unset.map(({table, option}) => `[${table}] ${option}`).join(', ')}.`,
			];
