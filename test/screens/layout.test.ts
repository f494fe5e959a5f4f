/** Every screen at many sizes, as lines: nothing is wider than its place, and nothing is cut without saying so. */
import {describe, expect, it} from 'vitest';
import {bindingsOf} from '../../screens/bindings.ts';
import {type Line, lineWidth} from '../../screens/doc.ts';
import {footerLines, headerLines} from '../../screens/frame.ts';
import {advancedEntries} from '../../screens/journey/entries.ts';
import {journey} from '../../screens/journey/journey.ts';
import {type Action, type Journey, startOf} from '../../screens/journey/state.ts';
import type {Command} from '../../screens/keys.ts';
import {lookFor} from '../../screens/look.ts';
import {panelWidthOf, viewOf} from '../../screens/screen-of.ts';
import {layoutOf, tableWidth} from '../../screens/table.ts';
import {extentOf, type ScreenView} from '../../screens/view.ts';
import {allAvailability} from '../../src/catalogue/availability.ts';
import {catalogue, hypervisors, runtimes} from '../../src/catalogue/catalogue.ts';
import type {DriftFacts} from '../../src/facts/facts.ts';
import {choiceOptions} from '../../src/kataconfig/option-choices.ts';
import {blockers, facts, findings} from './fixtures.ts';
import {carriedSettings, plan} from './plan-fixtures.ts';
import {failedVerdict, failure, runEvents} from './run-fixtures.ts';

const look80 = lookFor({columns: 80, rows: 24}, 'unicode');

/** The state after these actions; a word is a command. */
function stateAfter(state: Journey, ...actions: (Action | Command)[]): Journey {
	return actions.reduce<Journey>((before, action) => {
		if (typeof action !== 'string') return journey(before, action);
		const view = viewOf(before, look80);
		return journey(before, {type: 'command', command: action, extent: extentOf(before, view, 17)});
	}, state);
}

const gathered = (found = findings, known = facts): Action => ({
	type: 'gathered',
	attempt: 1,
	facts: known,
	findings: found,
	pairs: allAvailability(known, null, found),
});

const installation = {
	version: '4.1.0',
	runtime: 'rust' as const,
	hypervisor: 'qemu',
	tree: 'kata-setup/trees/4.1.0-rust-0123456789ab',
	handler: 'kata',
	unfinishedRun: null,
	sequence: 40,
};

const withTree = {
	...installation,
	trees: [{path: installation.tree, version: '4.1.0', runtime: 'rust' as const, archives: []}],
};

/** A person has another Kata with options of go's that rust does not have. */
const withGoOptions = {
	...facts,
	kataConfiguration: [
		{
			path: '/etc/kata-containers/configuration.toml',
			kind: 'file' as const,
			runtime: 'go' as const,
			target: null,
			packaged: '/opt/kata/share/defaults/kata-containers/configuration.toml',
			differs: true,
			ours: false,
			set: ['vm_cache_number', 'vm_cache_endpoint', 'enable_template'].map(option => ({table: 'factory', option})),
		},
	],
};

const drift: DriftFacts = {
	depth: 'quick',
	items: Array.from({length: 30}, (_, n) => ({
		path: `/opt/kata-setup/trees/4.1.0-rust-0123456789ab/share/kata-containers/kata-ubuntu-noble-${n}.image`,
		kind: 'content',
		expected: '268435456 bytes',
		found: '4096 bytes',
	})),
	unjudged: [{path: 'kata', why: 'no containerd is running that has it'}],
	theirs: ['/etc/kata-containers/kata-setup/rust-cloud-hypervisor/config.d/50-mine.toml'],
};

const host = stateAfter(startOf({}, null), gathered());
const hypervisor = stateAfter(host, 'take', 'take');
const review = stateAfter(hypervisor, 'take', {type: 'planned', attempt: 1, plan});
const withSettings = stateAfter(hypervisor, 'take', {
	type: 'planned',
	attempt: 1,
	plan: {...plan, settings: carriedSettings},
});
const starting = stateAfter(review, 'install');
const run = (events = runEvents()): Action => ({type: 'events', events});
const began = stateAfter(starting, {type: 'started', attempt: 1}, run(runEvents().slice(0, 14)));

const states: Record<string, Journey> = {
	looking: startOf({}, null),
	'looking, some found': stateAfter(startOf({}, null), {
		type: 'found',
		attempt: 1,
		early: {findings, pending: ['containerd', 'otherEngines']},
	}),
	'looking failed': stateAfter(startOf({}, null), {type: 'gather-failed', attempt: 1, error: failure}),
	host,
	'host, rehearsed': stateAfter(startOf({}, {root: '/tmp/kata-setup-rehearsal-x1'}), gathered()),
	blocked: stateAfter(startOf({}, null), gathered(blockers)),
	finding: stateAfter(startOf({}, null), gathered(blockers), 'down', 'down', 'take'),
	outlook: stateAfter(host, 'down', 'take'),
	'outlook, blocked': stateAfter(startOf({}, null), gathered(blockers), 'down', 'take'),
	fine: stateAfter(host, 'last', 'take'),
	home: stateAfter(startOf({}, null), gathered(findings, {...facts, installation})),
	'home, drifted': stateAfter(startOf({}, null), gathered(findings, {...facts, installation, drift})),
	'what is installed, and drifted': stateAfter(
		startOf({}, null),
		gathered(findings, {...facts, installation, drift}),
		'details',
		'last',
	),
	runtime: stateAfter(host, 'take'),
	'runtime go': stateAfter(host, 'take', {type: 'highlight', index: 1}),
	'runtime, with options of the other': stateAfter(startOf({}, null), gathered(findings, withGoOptions), 'take'),
	'runtime, with options of the other, in detail': stateAfter(
		startOf({}, null),
		gathered(findings, withGoOptions),
		'take',
		'details',
	),
	'runtime, here already': stateAfter(
		startOf({}, null),
		gathered(findings, {...facts, installation: withTree}),
		'take',
		'take',
	),
	'runtime in detail': stateAfter(host, 'take', 'details'),
	'runtime go in detail': stateAfter(host, 'take', {type: 'highlight', index: 1}, 'details'),
	hypervisor,
	...Object.fromEntries(
		hypervisors.map((name, index) => [
			`hypervisor ${name}`,
			stateAfter(hypervisor, {type: 'highlight', index}) satisfies Journey,
		]),
	),
	...Object.fromEntries(
		choiceOptions.map((name, index) => [
			`option ${name}`,
			stateAfter(hypervisor, 'options', {type: 'highlight', index}, 'right') satisfies Journey,
		]),
	),
	'hypervisor in detail': stateAfter(hypervisor, 'details'),
	compare: stateAfter(hypervisor, 'compare'),
	'compare, from its end': stateAfter(hypervisor, 'compare', 'last', 'right', 'right', 'right', 'right'),
	why: stateAfter(hypervisor, 'why'),
	...Object.fromEntries(
		runtimes.flatMap(runtime => {
			const list = stateAfter({...hypervisor, runtime}, 'advanced');
			return advancedEntries(list).map((_, index) => [
				`advanced, ${runtime} ${index}`,
				stateAfter(list, {type: 'highlight', index}) satisfies Journey,
			]);
		}),
	),
	'advanced in detail': stateAfter(hypervisor, 'advanced', 'details'),
	planning: stateAfter(hypervisor, 'take'),
	'no plan': stateAfter(hypervisor, 'take', {type: 'plan-failed', attempt: 1, error: failure}),
	review,
	command: stateAfter(review, 'take'),
	...Object.fromEntries(
		plan.steps.map(({id}, step) => [`step ${id}`, {...review, page: {page: 'step', step, top: 0}} satisfies Journey]),
	),
	'review, settings': withSettings,
	settings: stateAfter(withSettings, 'settings'),
	'settings, from the end': stateAfter(withSettings, 'settings', 'last', 'right', 'right'),
	unverified: {...review, page: {page: 'unverified', top: 0}},
	starting,
	'not started': stateAfter(starting, {type: 'start-failed', attempt: 1, error: failure}),
	install: began,
	leaving: stateAfter(began, 'interrupt'),
	log: stateAfter(began, 'log'),
	proven: stateAfter(began, run()),
	unproven: stateAfter(began, run(runEvents({verdict: failedVerdict, outcome: 'unproven'}))),
	undone: stateAfter(began, run(runEvents({failAt: 'containerd-config'}))),
	lost: stateAfter(began, {type: 'lost', error: failure}),
};

const sizes = [
	[40, 12],
	[60, 20],
	[73, 24],
	[80, 24],
	[140, 40],
] as const;

const bodyLines = ({body}: ScreenView, rows = 100): readonly Line[] => {
	if (body.kind === 'table') return layoutOf(body.table, body, rows).lines;
	if (body.kind !== 'choice') return body.doc.lines;
	return [...body.panel.lines, ...(body.now?.lines ?? []), ...body.below.lines];
};

const textOf = (line: Line): string => line.map(({text}) => text).join('');

describe.each(Object.entries(states))('%s', (_name, state) => {
	it.each(sizes)('is no wider than its place in %ix%i', (columns, rows) => {
		for (const glyphs of ['unicode', 'ascii'] as const) {
			const look = lookFor({columns, rows}, glyphs);
			const view = viewOf(state, look);
			const frame = [...headerLines(state, view, look), ...footerLines(bindingsOf(state), look)];
			const {body} = view;
			const inner = bodyLines(view, rows - frame.length - (look.compact ? 0 : 1));
			const room = body.kind === 'table' ? tableWidth(look) : look.width;
			expect(room).toBeLessThanOrEqual(columns - 2);
			for (const line of inner) expect(lineWidth(line), textOf(line)).toBeLessThanOrEqual(room);
			for (const line of frame) expect(lineWidth(line), textOf(line)).toBeLessThanOrEqual(look.width);
			for (const line of [...frame, ...inner]) {
				if (glyphs === 'ascii') expect(textOf(line)).toMatch(/^[\u0020-\u007e]*$/);
			}
			// Something is left for the screen itself.
			expect(rows - frame.length).toBeGreaterThanOrEqual(6);
		}
	});
});

describe('the header', () => {
	const topOf = (columns: number, state: Journey): string => {
		const look = lookFor({columns, rows: 24}, 'unicode');
		return (
			headerLines(state, viewOf(state, look), look)[0]
				?.map(({text}) => text)
				.join('') ?? ''
		);
	};

	it('names the host as far as there is room, and never cuts the mark of a rehearsal', () => {
		expect(topOf(80, host)).toMatch(/^kata-setup +web-01 · x86_64 · Debian 13$/);
		const rehearsed = states['host, rehearsed'];
		if (!rehearsed) throw new Error('there is such a state');
		expect(topOf(80, rehearsed)).toMatch(/^kata-setup {3}REHEARSAL +web-01 · x86_64 · Debian 13$/);
		expect(topOf(44, rehearsed)).toMatch(/^kata-setup {3}REHEARSAL {2,}(1 of 6|web-01)/);
	});
});

describe('what is greyed', () => {
	it.each(sizes)('says so in words, beside the others, in %ix%i', (columns, rows) => {
		const view = viewOf(hypervisor, lookFor({columns, rows}, 'unicode'));
		if (view.body.kind !== 'choice') throw new Error('the hypervisors are a choice');
		expect(view.body.items.map(({label}) => label)).toEqual(hypervisors.map(name => catalogue.hypervisors[name].name));
		for (const {disabled, tag} of view.body.items) if (disabled) expect(tag).not.toBe('');
		expect(view.body.items.filter(({disabled}) => disabled)).toHaveLength(2);
	});
});

describe('the seven columns of the hypervisors document', () => {
	const columns = [
		'summary',
		'features',
		'limitations',
		'creationSpeed',
		'memoryDensity',
		'useCases',
		'comment',
	] as const;
	/** All of a screen's words, as they are read across wrapped lines. */
	const words = (state: Journey): string =>
		bodyLines(viewOf(state, lookFor({columns: 140, rows: 40}, 'unicode')))
			.map(textOf)
			.join(' ')
			.replace(/\s+/g, ' ');

	it.each(hypervisors)('are all on the page of details of %s', name => {
		const page = words(stateAfter(hypervisor, {type: 'highlight', index: hypervisors.indexOf(name)}, 'details'));
		for (const column of columns) expect(page).toContain(catalogue.hypervisors[name][column]);
	});

	it('and all have a row in the comparison', () => {
		const page = words(stateAfter(hypervisor, 'compare'));
		for (const label of [
			'Creation speed',
			'Memory density',
			'Good for',
			'Limitations',
			'Features',
			'In short',
			'Comment',
		])
			expect(page).toContain(label);
	});
});

describe('the traits of the highlighted hypervisor', () => {
	it('stay on their lines while the cursor moves', () => {
		const lineOf = (name: string, index: number): number => {
			const {body} = viewOf(stateAfter(hypervisor, {type: 'highlight', index}), look80);
			if (body.kind !== 'choice') throw new Error('the hypervisors are a choice');
			return body.panel.lines.findIndex(line => textOf(line).startsWith(name));
		};
		for (const name of ['Creation speed', 'Memory density', 'Hotplug'])
			expect(new Set(hypervisors.map((_, index) => lineOf(name, index))).size).toBe(1);
	});

	it('leave room for all that decides at 80x24', () => {
		hypervisors.forEach((_, index) => {
			const state = stateAfter(hypervisor, {type: 'highlight', index});
			const {body} = viewOf(state, look80);
			if (body.kind !== 'choice') throw new Error('the hypervisors are a choice');
			const seen = body.panel.lines.slice(0, 17).map(textOf).join('\n');
			for (const label of ['Hotplug', 'File sharing', 'GPU, TDX, SNP', 'Good for', 'On this host'])
				expect(seen).toContain(label);
		});
		expect(panelWidthOf(look80)).toBeGreaterThan(40);
	});
});
