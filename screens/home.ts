/** Home: what is installed, and what can be done with it. */
import {driftCount, driftLines} from '../src/facts/drift-words.ts';
import type {DriftFacts, InstallationFacts} from '../src/facts/facts.ts';
import {formatTime} from '../src/format.ts';
import {span, Writer} from './doc.ts';
import {nameOf, writeInstallation} from './installation.ts';
import {type HomeAction, homeActions} from './journey/entries.ts';
import type {Journey} from './journey/state.ts';
import {capOf} from './keys.ts';
import type {Look} from './look.ts';
import type {ScreenView} from './view.ts';

const actions: Record<HomeAction, {label: string; text: string}> = {
	repair: {
		label: 'Repair',
		text: 'Compares every file of kata-setup with what it should be, makes right what changed behind our back, and nothing else. You see all of it before anything happens; the smoke test follows.',
	},
	switch: {
		label: 'Switch hypervisor',
		text: 'Another hypervisor for the runtime in force. What is unpacked already is not downloaded again; the smoke test proves the new pair, and if it cannot, everything goes back by itself.',
	},
	runtime: {
		label: 'Change runtime',
		text: 'go or rust, with a hypervisor that it has. Your own settings are translated; what has no counterpart is named before anything happens.',
	},
	options: {
		label: 'Change options',
		text: 'What a guest gets: memory, vCPUs, debug messages and more. Runtime and hypervisor stay.',
	},
	upgrade: {
		label: 'Upgrade',
		text: 'Brings the newest release beside this one and makes it the one in force. Sandboxes that run keep theirs until they end.',
	},
	rollback: {
		label: 'Roll back',
		text: 'Goes back to the state before this one. Its release is still unpacked: nothing is downloaded.',
	},
	test: {
		label: 'Run the smoke test',
		text: 'Starts a container through the engine and proves that it runs in a VM. Changes nothing that stays.',
	},
	check: {label: 'Look at this host', text: 'What this machine is, and what has changed on it since.'},
	finish: {
		label: 'Finish what was begun',
		text: 'Does the rest of the run that was not finished, by the plan that was agreed to then. You see what is left of it before anything happens.',
	},
	unfinished: {
		label: 'Look at what was begun',
		text: 'What of that run is done and what is not, what went wrong, and where all of it is written down.',
	},
	undo: {
		label: 'Undo what was begun',
		text: 'Takes back what the run that was not finished did, and nothing else: this host is then as it was before that run. You see all of it before anything happens.',
	},
	uninstall: {
		label: 'Uninstall',
		text: 'Takes away everything that kata-setup made, from its journal: the engine gets its configuration back first, then the files go. You see all of it before anything happens.',
	},
};

const finishUninstall: (typeof actions)[HomeAction] = {
	label: 'Finish the uninstall',
	text: 'Takes away what the uninstall that was cut short has left. You see all of it before anything happens.',
};

export function homeView(state: Journey, look: Look, panelWidth: number): ScreenView {
	const installation = state.facts?.installation ?? null;
	const listed = homeActions(state);
	const wordsOf = (action: HomeAction) =>
		action === 'uninstall' && installation?.unfinished?.verb === 'uninstall' ? finishUninstall : actions[action];
	const panel = new Writer(look, panelWidth);
	const {text} = wordsOf(listed[state.homeCursor] ?? 'test');
	panel.text(look.wide ? text : firstSentence(text));
	// Where it is narrow the title says how many things changed, and there is no room to name them.
	if (look.wide && listed[state.homeCursor] === 'repair') writeDrift(panel, state);
	const now = new Writer(look, panelWidth);
	if (state.facts) writeInstallation(now, state.facts);
	return {
		title: titleOf(installation, state.facts?.drift ?? null),
		aside: installation ? `${installation.runtime} ${look.glyphs.dot} ${nameOf(installation)}` : '',
		body: {
			kind: 'choice',
			items: listed.map(value => ({
				value,
				label: wordsOf(value).label,
				tag: '',
				tagTone: 'dim',
				disabled: false,
			})),
			index: state.homeCursor,
			panel: panel.doc(),
			now: now.doc(),
			below: new Writer(look).doc(),
		},
	};
}

/** Where little fits, that much of what an action means leaves room for how things stand. */
const firstSentence = (text: string): string => /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;

/** So many that what is installed is still seen below them; all of them are one key away. */
const driftShown = 3;

function writeDrift(writer: Writer, {facts}: Journey): void {
	if (!facts?.drift) return;
	const lines = driftLines(facts.drift);
	writer.blank();
	for (const line of lines.slice(0, driftShown)) writer.bullet(span(writer.look.glyphs.warning, 'warn'), line);
	if (lines.length > driftShown)
		writer.text(`and ${lines.length - driftShown} more: ${capOf('details', writer.look.glyphs)}`, 'dim', 2);
}

function titleOf(installation: InstallationFacts | null, drift: DriftFacts | null): string {
	if (!installation) return 'Nothing is installed';
	const {unfinished, unfinishedRun, version} = installation;
	if (unfinished) return `The ${unfinished.verb} of ${formatTime(unfinished.begun)} was not finished`;
	if (unfinishedRun) return `The run ${unfinishedRun} was begun and not finished`;
	const drifted = drift && drift.items.length > 0 ? `; ${driftCount(drift)} changed` : '';
	return `Kata ${version} is installed${drifted}`;
}
