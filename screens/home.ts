/** Home: what is installed, and what can be done with it. */
import {dirname, resolve} from 'node:path/posix';
import {catalogue, hypervisorByName} from '../src/catalogue/catalogue.ts';
import type {InstallationFacts} from '../src/facts/facts.ts';
import {kataPrefix} from '../src/layout.ts';
import {Writer} from './doc.ts';
import {type HomeAction, homeActions, type Journey} from './journey-state.ts';
import type {Look} from './look.ts';
import type {ScreenView} from './view.ts';

const actions: Record<HomeAction, {label: string; text: string}> = {
	test: {
		label: 'Run the smoke test',
		text: 'Starts a container through the engine and proves that it runs in a VM. Changes nothing that stays.',
	},
	check: {label: 'Look at this host', text: 'What this machine is, and what has changed on it since.'},
	uninstall: {
		label: 'Uninstall',
		text: 'Takes away everything that kata-setup made, from its journal: the engine gets its configuration back first, then the files go. You see all of it before anything happens.',
	},
};

const undoUnfinished: (typeof actions)[HomeAction] = {
	label: 'Undo what was begun',
	text: 'Takes back everything that the journal holds, also of the run that was not finished. Afterwards this host is as it was before, and kata-setup can begin anew. You see all of it before anything happens.',
};

export function homeView(state: Journey, look: Look, panelWidth: number): ScreenView {
	const installation = state.facts?.installation ?? null;
	const listed = homeActions(state);
	const wordsOf = (action: HomeAction) =>
		action === 'uninstall' && installation?.unfinishedRun ? undoUnfinished : actions[action];
	const panel = new Writer(look, panelWidth);
	panel.text(wordsOf(listed[state.homeCursor] ?? 'test').text);
	if (installation) writeInstallation(panel, installation);
	return {
		title: titleOf(installation),
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
			below: new Writer(look).doc(),
		},
	};
}

function titleOf(installation: InstallationFacts | null): string {
	if (!installation) return 'Nothing is installed';
	return installation.unfinishedRun
		? `The run ${installation.unfinishedRun} was begun and not finished`
		: `Kata ${installation.version} is installed`;
}

/** The link's target is relative to the folder of the link. */
const treeOf = ({tree}: InstallationFacts): string => (tree === '' ? 'none' : resolve(dirname(kataPrefix), tree));

function nameOf({hypervisor}: InstallationFacts): string {
	const known = hypervisorByName(hypervisor);
	return known ? catalogue.hypervisors[known].name : hypervisor;
}

function writeInstallation(writer: Writer, installation: InstallationFacts): void {
	writer.blank().rows([
		{label: 'Version', value: installation.version},
		{label: 'Runtime', value: installation.runtime},
		{label: 'Hypervisor', value: nameOf(installation)},
		{label: 'Handler', value: installation.handler ?? 'none registered'},
		{label: 'Tree', value: treeOf(installation)},
	]);
}
