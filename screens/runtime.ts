/** Runtime: rust or go, what each has that the other lacks. */
import {catalogue, hypervisors, type Runtime, runtimes} from '../src/catalogue/catalogue.ts';
import {treeHere} from '../src/catalogue/here-already.ts';
import {knownSizes} from '../src/catalogue/sizes.ts';
import {formatBytes} from '../src/format.ts';
import {lostUnder, lostWords} from '../src/kataconfig/in-use.ts';
import {vocabularyVersion} from '../src/kataconfig/vocabulary.ts';
import {optionsWithout} from '../src/kataconfig/without.ts';
import {type Doc, type Row, span, Writer} from './doc.ts';
import {availabilityIn, runtimeAvailable, versionIn} from './journey/questions.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import type {ChoiceItem, ScreenView} from './view.ts';

export function runtimeView(state: Journey, look: Look, panelWidth: number): ScreenView {
	const items = runtimes.map((runtime): ChoiceItem => {
		const disabled = !runtimeAvailable(state, runtime);
		const recommended = state.pairs.some(pair => pair.recommended && pair.runtime === runtime);
		return {
			value: runtime,
			label: runtime,
			tag: disabled ? 'not here' : recommended ? 'recommended' : '',
			tagTone: disabled ? 'dim' : 'good',
			disabled,
		};
	});
	return {
		title: 'Which runtime does Kata use?',
		aside: 'what containerd starts',
		body: {
			kind: 'choice',
			items,
			index: runtimes.indexOf(state.runtime),
			panel: runtimePanel(state, state.runtime, new Writer(look, panelWidth)),
			below: new Writer(look).doc(),
		},
	};
}

function runtimePanel(state: Journey, runtime: Runtime, writer: Writer): Doc {
	const entry = catalogue.runtimes[runtime];
	writer.line(span(runtime, 'accent'), span(`  ${entry.title}`, 'dim'));
	writer.text(entry.summary);
	if (!writer.look.compact) writer.blank();
	writer.rows([
		{label: 'Future', value: entry.future},
		{label: 'VM size', value: entry.sizing},
		{label: 'Here', value: choicesHere(state, runtime)},
		...sizeRows(state, runtime),
		...lostRows(state, runtime),
	]);
	if (!writer.look.compact) writer.blank();
	for (const line of entry.has) writer.bullet(span('+', 'good'), line);
	for (const line of entry.lacks) writer.bullet(span('-', 'warn'), `without ${line}`, 'dim');
	return writer.doc();
}

/** Nothing to fetch where it is unpacked already; else the whole archive of this runtime, of the newest release whose size is known for this host's architecture. */
function sizeRows(state: Journey, runtime: Runtime): Row[] {
	const {facts} = state;
	if (!facts) return [];
	const here = treeHere(facts, runtime, versionIn(state));
	if (here) return [{label: 'Download', value: `nothing: Kata ${here.version} is here already`}];
	const {download, unpacked} = knownSizes(runtime, facts.machine);
	return [
		{
			label: 'Download',
			value: download
				? `${formatBytes(download.downloadBytes)} (Kata ${download.release})`
				: 'not known yet; see Review',
		},
		{
			label: 'Disk',
			value: unpacked
				? `${formatBytes(unpacked.unpackedBytes)} (Kata ${unpacked.release})`
				: 'not known yet; see Review',
		},
	];
}

/** For a person who set options in the words of the other runtime: which of them this one does not have. */
function lostRows({facts}: Journey, runtime: Runtime): Row[] {
	const found = facts && lostUnder(facts, runtime);
	const value = found && lostWords(found, runtime);
	return value ? [{label: 'Yours', value, tone: found.lost.length > 0 ? 'warn' : 'plain'}] : [];
}

function choicesHere(state: Journey, runtime: Runtime): string {
	const here = hypervisors.filter(hypervisor => availabilityIn(state, {runtime, hypervisor}).state === 'ok');
	return here.length === 0 ? 'no hypervisor can run' : here.map(name => catalogue.hypervisors[name].name).join(', ');
}

/** For a person who has options of go in use: which of them rust has no words for, by hypervisor. */
function lostOptions(writer: Writer): void {
	writer.heading(`Options of go without a counterpart in rust, Kata ${vocabularyVersion}`);
	writer.rows(
		hypervisors.flatMap(hypervisor => {
			const lost = optionsWithout({runtime: 'go', hypervisor}, {runtime: 'rust', hypervisor});
			return lost.length === 0
				? []
				: [{label: catalogue.hypervisors[hypervisor].name, value: lost.map(({option}) => option).join(', ')}];
		}),
		2,
	);
}

const sharing =
	'Since Kata 4.1.0 each runtime has an archive of its own, so that changing the runtime later is a second download. Up to 4.0.0 one archive has both.';

/** All there is to say of one runtime. */
export function runtimeDetails(state: Journey, top: number, look: Look): ScreenView {
	const writer = new Writer(look);
	runtimePanel(state, state.runtime, writer);
	writer.blank().text(sharing);
	writer.blank().heading('Hypervisors with it on this host');
	writer.rows(
		hypervisors.map(hypervisor => {
			const availability = availabilityIn(state, {runtime: state.runtime, hypervisor});
			const runs = availability.state === 'ok';
			return {
				label: catalogue.hypervisors[hypervisor].name,
				value: runs ? ['runs', ...availability.changes].join('; ') : availability.reason,
				tone: runs ? ('plain' as const) : ('dim' as const),
			};
		}),
		2,
	);
	const lost = state.facts ? lostUnder(state.facts, state.runtime).lost : [];
	if (lost.length > 0) {
		writer.blank().heading(`Options that you set, without a counterpart in ${state.runtime}`);
		writer.rows(
			lost.map(({file, table, option, why}) => ({label: option, value: `${why} [${table}] in ${file}`})),
			2,
		);
	}
	lostOptions(writer.blank());
	return {title: `The ${state.runtime} runtime`, aside: '', body: {kind: 'page', doc: writer.doc(), top}};
}
